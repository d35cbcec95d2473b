"""The signs of anchors: a shape for each presence, told apart without any colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engines.labels.presence import Presence

HALF_PX = 5.5
"""Half the diagonal of a diamond."""


def draw_presence(painter: QPainter, at: QPointF, presence: Presence, ink: QColor, ground: QColor) -> None:
    """Draw the sign of `presence` around `at`.

    A diamond for visible, a hollow one for uncertain, a cross for occluded, a circle with a stroke through it for
    out of the frame. `ground` is the colour of the rim that parts it from what is under it.
    """
    x, y = at.x(), at.y()
    if presence in (Presence.VISIBLE, Presence.UNCERTAIN):
        is_hollow = presence is Presence.UNCERTAIN
        half = HALF_PX - 0.7 if is_hollow else HALF_PX
        corners = [QPointF(x, y - half), QPointF(x + half, y), QPointF(x, y + half), QPointF(x - half, y)]
        if is_hollow:
            painter.setPen(_pen(ground, 4.0))
            painter.drawPolygon(QPolygonF(corners))
        painter.setPen(_pen(ink, 1.6) if is_hollow else _pen(ground, 1.2))
        painter.setBrush(ground if is_hollow else ink)
        painter.drawPolygon(QPolygonF(corners))
        return
    arm = HALF_PX * 0.62
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((ground, 4.5), (ink, 2.0 if presence is Presence.OCCLUDED else 1.6)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        if presence is Presence.OCCLUDED:
            painter.drawLine(QPointF(x - arm, y - arm), QPointF(x + arm, y + arm))
        else:
            painter.drawEllipse(QRectF(x - arm - 1, y - arm - 1, 2 * arm + 2, 2 * arm + 2))
        painter.drawLine(QPointF(x - arm, y + arm), QPointF(x + arm, y - arm))


def _pen(colour: QColor, width_px: float) -> QPen:
    return QPen(colour, width_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin)
