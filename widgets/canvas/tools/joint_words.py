"""Words beside the pointer about a joint, with its colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.project.skeleton import SkeletonJoint
from engines.labels.points import Joint
from widgets.canvas import marks
from widgets.canvas.points_layer import paint_joint

LABEL_PX = QPointF(16, 18)
"""From the pointer to the words beside it."""
WORDS_PX = 320


def words_of(named: SkeletonJoint, joint: Joint) -> str:
    """Return what there is to say of a joint that is placed: "nose, hidden, 0.45"."""
    more = "" if joint.is_visible else ", hidden"
    more += "" if joint.confidence == 1 else f", {joint.confidence:.2f}"
    return f"{named.name}{more}"


def words_bounds(x: float, y: float) -> QRectF:
    """Return the screen pixels that words beside the pointer at (x, y) may be drawn on."""
    reach = WORDS_PX + 2 * LABEL_PX.x()
    return QRectF(x - reach, y - 16, 2 * reach, 60)


def paint_words(painter: QPainter, x: float, y: float, words: str, colour: QColor | None) -> None:
    """Write words beside the pointer at (x, y), after a joint of a colour if there is one."""
    words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, WORDS_PX)
    start = QPointF(x, y) + LABEL_PX
    box = marks.label_box(painter, start, words).adjusted(0, 0, 12 if colour is not None else 0, 0)
    if box.right() > painter.viewport().right():  # beside the edge, on the other side of the pointer
        box.moveRight(x - LABEL_PX.x())
    marks.paint_label(painter, box, "")
    painter.setPen(QPen(marks.LIGHT))
    inside = box.adjusted(14 if colour is not None else 3, 0, -3, 0)
    painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
    if colour is not None:
        paint_joint(painter, QPointF(box.left() + 8, box.center().y()), colour, 3.0, is_visible=True)
