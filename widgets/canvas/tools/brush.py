"""Brush and eraser."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from widgets.canvas import marks
from widgets.canvas.hand import MaskInHand, take_hand
from widgets.canvas.picture_hand import PictureInHand
from widgets.canvas.stage import Stage
from widgets.canvas.tools.painting import PaintingTool
from widgets.canvas.tools.tool import Pointer

CROSS_BELOW_PX = 4.0
"""A ring smaller than this on the screen gets a cross around it, to be found again."""
CROSS_PX = 9.0


class Brush(PaintingTool[MaskInHand | PictureInHand]):
    """Paints the mask of the selected object, or its texture in colour, with a disc of `view.brush_radius_px`.

    The right button and a pen's eraser end erase; Shift joins to the last point by a straight line;
    pressure scales the radius.
    """

    cursor = Qt.CursorShape.BlankCursor
    erases = False

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._hover: Pointer | None = None
        self._last: tuple[float, float] | None = None
        self._last_radius = 0.0

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke."""
        if pointer.button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) or self.is_busy:
            return
        self._hand = take_hand(self.stage)
        if self._hand is None:
            return
        is_other = pointer.button == Qt.MouseButton.RightButton or pointer.is_eraser_end
        self._value = 0 if self.erases or is_other else 255
        self._hand.begin(erases=self._value == 0)
        if not (pointer.has_shift and self._last is not None):
            self._last, self._last_radius = pointer.position, self._radius_px(pointer)
        self._stamp(pointer)
        self._hover_at(pointer)

    def move(self, pointer: Pointer) -> None:
        """Paint on, and take the ring along."""
        if self._hand is not None:
            self._stamp(pointer)
        self._hover_at(pointer)

    def leave(self) -> None:
        """Take the ring away."""
        self._hover = None
        self.stage.refresh_overlay()

    def overlay_bounds(self) -> QRectF:
        """Return the ring's surroundings, and the straight line's."""
        if self._hover is None:
            return QRectF()
        reach = max(self._ring_px(), CROSS_PX) + marks.REACH_PX
        bounds = QRectF(self._hover.view_x - reach, self._hover.view_y - reach, 2 * reach, 2 * reach)
        start = self._line_start()
        if start is not None:
            bounds |= QRectF(start, QPointF(self._hover.view_x, self._hover.view_y)).normalized().adjusted(-3, -3, 3, 3)
        return bounds

    def paint(self, painter: QPainter) -> None:
        """Draw the ring of the brush's size."""
        if self._hover is None:
            return
        centre, ring_px = QPointF(self._hover.view_x, self._hover.view_y), self._ring_px()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        start = self._line_start()
        if start is not None:
            marks.twice(painter, lambda: painter.drawLine(start, centre), is_dashed=True)
        marks.ring(painter, centre, ring_px, is_dashed=self._is_erasing())
        if ring_px < CROSS_BELOW_PX:
            marks.cross(painter, centre, CROSS_PX, CROSS_BELOW_PX)

    def _stamp(self, pointer: Pointer) -> None:
        """Paint from the last point to this one."""
        assert self._hand is not None and self._last is not None
        radius_px = self._radius_px(pointer)
        self._hand.stroke(self._last, pointer.position, self._last_radius, radius_px)
        self._last, self._last_radius = pointer.position, radius_px

    def _radius_px(self, pointer: Pointer) -> float:
        return max(0.5, self.stage.workspace.view.brush_radius_px * pointer.pressure)

    def _ring_px(self) -> float:
        return self.stage.workspace.view.brush_radius_px * self.stage.viewport.scale

    def _is_erasing(self) -> bool:
        return self._value == 0 if self.is_busy else self.erases

    def _line_start(self) -> QPointF | None:
        """Return where a straight line would begin, in screen pixels, if Shift asks for one."""
        if self.is_busy or self._last is None or self._hover is None or not self._hover.has_shift:
            return None
        return QPointF(*self.stage.viewport.to_view(*self._last))

    def _hover_at(self, pointer: Pointer) -> None:
        self._hover = pointer
        self.stage.refresh_overlay()


class Eraser(Brush):
    """A brush that erases with either button."""

    erases = True
