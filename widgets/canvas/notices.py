"""Words on the canvas: the hint on an empty one, the banner over a damaged frame."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen

EMPTY_TITLE = "Paint one frame; carry it through the video"
EMPTY_HINT = "Drop a video, a folder of frames or a project here, or press Ctrl+O"
_PAD_PX = 12
_WARNING, _WARNING_TEXT = QColor(255, 196, 72, 240), QColor(48, 32, 0)
_CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


def paint_hint(painter: QPainter, room: QRect, palette: QPalette) -> None:
    """Say in the middle of an empty canvas what to do."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    text = palette.color(QPalette.ColorRole.WindowText)
    frame = QRectF(0, 0, min(560, room.width() - 48), min(220, room.height() - 48))
    frame.moveCenter(QRectF(room).center())
    text.setAlphaF(0.28)
    pen = QPen(text, 2)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(frame, 14, 14)
    font = painter.font()
    for line, share, alpha, place in (
        (EMPTY_TITLE, 1.35, 0.85, frame.adjusted(_PAD_PX, _PAD_PX, -_PAD_PX, -frame.height() / 2)),
        (EMPTY_HINT, 1.0, 0.6, frame.adjusted(_PAD_PX, frame.height() / 2, -_PAD_PX, -frame.height() / 4)),
    ):
        scaled = QFont(font)
        scaled.setPointSizeF(font.pointSizeF() * share)
        text.setAlphaF(alpha)
        painter.setFont(scaled)
        painter.setPen(text)
        painter.drawText(place, _CENTRED, line)
    painter.setFont(font)


def banner_rect(room: QRect, sentence: str, painter: QPainter) -> QRect:
    """Return where the banner with `sentence` lies: across the top, as high as it needs."""
    width = min(760, room.width() - 2 * _PAD_PX)
    inner = QRect(0, 0, width - 2 * _PAD_PX, room.height())
    needed = painter.boundingRect(inner, _CENTRED, sentence)
    return QRect((room.width() - width) // 2, _PAD_PX, width, needed.height() + 2 * _PAD_PX)


def paint_banner(painter: QPainter, room: QRect, sentence: str) -> None:
    """Lay a sentence over the top of the canvas."""
    rect = banner_rect(room, sentence, painter)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_WARNING)
    painter.drawRoundedRect(rect, 6, 6)
    painter.setPen(_WARNING_TEXT)
    painter.drawText(rect.adjusted(_PAD_PX, 0, -_PAD_PX, 0), _CENTRED, sentence)
