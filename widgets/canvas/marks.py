"""Lines and words that are seen on bright and dark pictures alike: light on dark."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

DARK, LIGHT = QColor(0, 0, 0, 170), QColor(255, 255, 255, 235)
DARK_WIDTH_PX, LIGHT_WIDTH_PX = 3.0, 1.25
REACH_PX = 3.0
"""How far beyond the geometry such a line is drawn."""
MAX_KEPT_RING_PX = 500.0
"""Larger rings are stroked each time: as a picture they would take more memory than is sensible."""


def twice(painter: QPainter, draw: Callable[[], None], *, is_dashed: bool = False) -> None:
    """Call `draw` with the dark pen, then with the light one."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for colour, width in ((DARK, DARK_WIDTH_PX), (LIGHT, LIGHT_WIDTH_PX)):
        pen = QPen(colour, width)
        if is_dashed and colour is LIGHT:
            pen.setDashPattern([4, 3])
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        draw()


def cross(painter: QPainter, centre: QPointF, arm_px: float, gap_px: float = 0.0) -> None:
    """Draw a small cross, open in the middle by `gap_px`."""

    def draw() -> None:
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(centre + QPointF(dx, dy) * gap_px, centre + QPointF(dx, dy) * arm_px)

    twice(painter, draw)


def ring(painter: QPainter, centre: QPointF, radius_px: float, *, is_dashed: bool = False) -> None:
    """Draw a circle, on the nearest whole pixel."""
    if radius_px > MAX_KEPT_RING_PX:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        twice(painter, lambda: painter.drawEllipse(centre, radius_px, radius_px), is_dashed=is_dashed)
        return
    image = _ring_image(round(radius_px, 1), is_dashed, painter.device().devicePixelRatioF())
    half_px = image.deviceIndependentSize().width() / 2
    painter.drawImage(QPointF(round(centre.x() - half_px), round(centre.y() - half_px)), image)


@lru_cache(maxsize=4)
def _ring_image(radius_px: float, is_dashed: bool, pixel_ratio: float) -> QImage:
    """Return a circle to be drawn many times: stroking one of 120 pixels takes Qt 3 ms, drawing its picture 0.1 ms."""
    half_px = math.ceil(radius_px + REACH_PX)
    side_px = math.ceil(2 * half_px * pixel_ratio)
    image = QImage(side_px, side_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(pixel_ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    twice(painter, lambda: painter.drawEllipse(QPointF(half_px, half_px), radius_px, radius_px), is_dashed=is_dashed)
    painter.end()
    return image


def label_width(painter: QPainter, text: str) -> float:
    """Return how wide a label is in the painter's font."""
    return QFontMetricsF(painter.font()).horizontalAdvance(text) + 6


def label_box(painter: QPainter, start: QPointF, text: str) -> QRectF:
    """Return where a label lies, the middle of its left end at `start`."""
    height = QFontMetricsF(painter.font()).height()
    return QRectF(start.x(), start.y() - height / 2, label_width(painter, text), height)


def paint_label(painter: QPainter, box: QRectF, text: str, colour: QColor = LIGHT) -> None:
    """Write a word or two on a dark ground."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 165))
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(colour)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
