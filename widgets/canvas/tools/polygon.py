"""Outlines made of corners."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from engines.labels.raster import fill_polygon
from widgets.canvas import marks
from widgets.canvas.hand import take_mask
from widgets.canvas.stage import Stage
from widgets.canvas.tools.tool import Pointer, Tool

GRAB_PX = 8.0
"""Screen pixels within which a press takes hold of a corner."""
CORNER_PX = 3.5
INSIDE_ALPHA = 80
CUT_COLOUR = QColor(0, 0, 0, 110)


class Polygon(Tool):
    """Clicks set corners; Enter, a double click or a click on the first corner closes the outline.

    A corner can be dragged, the newest while it is set. Backspace takes the last one back, Escape all. With Shift
    held while closing the outline is cut out of the mask instead of added to it. An outline belongs to the frame
    that it was begun on: one may look at other frames, begin others there, and go on with it on coming back.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._begun: dict[int | None, list[tuple[float, float]]] = {}
        """Corners by frame; none is empty."""
        self._grabbed: int | None = None
        self._hover: Pointer | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an outline is begun on this frame."""
        return bool(self.corners)

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The corners set so far on this frame, image positions."""
        return tuple(self._begun.get(self.stage.shown_frame, ()))

    def press(self, pointer: Pointer) -> None:
        """Set a corner, take hold of one, or close on the first."""
        if pointer.button != Qt.MouseButton.LeftButton:
            return
        near = self._near(pointer)
        if near == 0 and len(self.corners) >= 3:
            self._close(is_cut=pointer.has_shift)
            return
        if near is None:
            corners = self._begun.setdefault(self.stage.shown_frame, [])
            corners.append(pointer.position)
            near = len(corners) - 1
        self._grabbed = near
        self._hover_at(pointer)

    def move(self, pointer: Pointer) -> None:
        """Drag the corner that is held, or lead the next side along."""
        if self._grabbed is not None:
            self._begun[self.stage.shown_frame][self._grabbed] = pointer.position
        self._hover_at(pointer)

    def release(self, pointer: Pointer) -> None:
        """Let go of the corner."""
        self._grabbed = None

    def double_click(self, pointer: Pointer) -> None:
        """Close; the first of the two clicks has set the last corner."""
        if pointer.button == Qt.MouseButton.LeftButton:
            self._close(is_cut=pointer.has_shift)

    def accept(self) -> None:
        """Close."""
        self._close(is_cut=self._hover is not None and self._hover.has_shift)

    def step_back(self) -> None:
        """Take the last corner back."""
        if len(self.corners) < 2:
            self.cancel()
            return
        self._begun[self.stage.shown_frame].pop()
        self._grabbed = None
        self.stage.refresh_overlay()

    def finish(self) -> None:
        """Let go of the corner that is held; the outline waits."""
        self._grabbed = None

    def cancel(self) -> None:
        """Drop the outline on this frame."""
        self._begun.pop(self.stage.shown_frame, None)
        self._grabbed = None
        self.stage.refresh_overlay()

    def put_away(self) -> None:
        """Drop every outline, and say on which frames they were."""
        if self._begun:
            frames = ", ".join(map(str, sorted(frame for frame in self._begun if frame is not None)))
            self.stage.workspace.say(f"Outlines that were not closed are dropped. They were on frame {frames}.")
        self._begun.clear()
        self.cancel()

    def leave(self) -> None:
        """Keep the corners, without the side that follows the pointer."""
        self._hover = None
        self.stage.refresh_overlay()

    def overlay_bounds(self) -> QRectF:
        """Return the outline's surroundings."""
        if not self.corners:
            return QRectF()
        reach = GRAB_PX + marks.REACH_PX
        return self._outline().boundingRect().adjusted(-reach, -reach, reach, reach)

    def paint(self, painter: QPainter) -> None:
        """Draw the outline, what it will cover, and the corners."""
        if not self.corners:
            return
        outline, points = self._outline(), self._points()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._inside())
        painter.drawPolygon(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks.twice(painter, lambda: painter.drawPolyline(outline))
        if outline.size() > 2:
            marks.twice(painter, lambda: painter.drawLine(outline.last(), outline.first()), is_dashed=True)
        painter.setBrush(marks.LIGHT)
        can_close = len(points) >= 3 and self._hover is not None and self._near(self._hover) == 0
        for corner, point in enumerate(points):
            size_px = GRAB_PX if corner == 0 and can_close else CORNER_PX
            painter.setPen(marks.DARK)
            painter.drawEllipse(point, size_px, size_px)

    def _close(self, *, is_cut: bool) -> None:
        """Fill the outline into the mask, or cut it out: one step."""
        self._grabbed = None
        corners = self.corners
        if len(corners) < 3:
            self.stage.workspace.say("An outline needs at least three corners.")
            return
        hand = take_mask(self.stage)
        if hand is None:
            return
        hand.touch(fill_polygon(hand.pixels, corners, 0 if is_cut else 255))
        hand.commit("erase from" if is_cut else "paint")
        self.cancel()

    def _inside(self) -> QColor:
        """Return what the outline would fill with: the object's colour, or dark where it cuts out."""
        if self._hover is not None and self._hover.has_shift:
            return CUT_COLOUR
        workspace = self.stage.workspace
        found = None if workspace.project is None else workspace.project.objects.get(workspace.view.object_id)
        return QColor(*(found.colour if found is not None else (255, 255, 255)), INSIDE_ALPHA)

    def _near(self, pointer: Pointer) -> int | None:
        """Return the corner within reach of the pointer, the nearest first."""
        distances = [math.hypot(p.x() - pointer.view_x, p.y() - pointer.view_y) for p in self._points()]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= GRAB_PX else None

    def _points(self) -> list[QPointF]:
        return [QPointF(*self.stage.viewport.to_view(*corner)) for corner in self.corners]

    def _outline(self) -> QPolygonF:
        """Return the corners in screen pixels, and the pointer where the next side leads."""
        points = self._points()
        if self._hover is not None and self._grabbed is None:
            points.append(QPointF(self._hover.view_x, self._hover.view_y))
        return QPolygonF(points)

    def _hover_at(self, pointer: Pointer) -> None:
        self._hover = pointer
        self.stage.refresh_overlay()
