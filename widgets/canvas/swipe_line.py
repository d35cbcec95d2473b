"""The line of a swipe: its knob, and what is seen on either side of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter

from widgets.canvas import marks

KNOB_PX, ARROW_PX = 11.0, 4.0
GAP_PX = 8.0
REACH_PX = 120
"""How far to each side of the line its knob and words reach."""


def paint_swipe_line(painter: QPainter, x: float, top: float, height: int, left: str, right: str) -> None:
    """Draw the line at `x` over a canvas of `height`, and the words for either side with their middle at `top`."""
    marks.twice(painter, lambda: painter.drawLine(QPointF(x, 0), QPointF(x, height)))
    knob = QPointF(x, height / 2)
    painter.setBrush(QColor(0, 0, 0, 165))
    marks.twice(painter, lambda: painter.drawEllipse(knob, KNOB_PX, KNOB_PX))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for side in (-1, 1):
        tip = knob + QPointF(side * (KNOB_PX - 3), 0)
        for dy in (-ARROW_PX, ARROW_PX):
            painter.drawLine(tip, tip + QPointF(-side * ARROW_PX, dy))
    for start, text in ((x - GAP_PX - marks.label_width(painter, left), left), (x + GAP_PX, right)):
        marks.paint_label(painter, marks.label_box(painter, QPointF(start, top), text), text)
