"""The tool that cuts a part off an object."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from app.project import identity
from app.project.model import Kind
from engines.labels.parts import connected_parts
from engines.labels.raster import fill_polygon
from engines.labels.rle import RleMask
from widgets.canvas import marks
from widgets.canvas.stage import Stage
from widgets.canvas.tools.select import is_click
from widgets.canvas.tools.tool import Pointer, Tool


class Split(Tool):
    """Drawing around pixels of the selected object, or clicking a part of it, gives them to a new one from here on."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._way: list[Pointer] = []

    @property
    def is_busy(self) -> bool:
        """Whether a line is being drawn."""
        return bool(self._way)

    def press(self, pointer: Pointer) -> None:
        """Begin a line."""
        if pointer.button == Qt.MouseButton.LeftButton and not self._way:
            self._way = [pointer]

    def move(self, pointer: Pointer) -> None:
        """Draw on."""
        if self._way:
            self._way.append(pointer)
            self.stage.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        """Split off what is inside, or the part that was clicked."""
        way, self._way = self._way, []
        self.stage.refresh_overlay()
        if not way:
            return
        is_part = all(is_click(way[0], place) for place in (*way, pointer))
        whole = self._whole()
        if whole is None:
            return
        part = _part_at(whole, pointer) if is_part else _inside(whole, way)
        object_id, frame = self.stage.workspace.view.object_id, self.stage.shown_frame
        assert frame is not None
        self.stage.workspace.regrouper.start(lambda project: identity.split_object(project, object_id, frame, part))

    def finish(self) -> None:
        """Drop the line: it belongs to the frame and the object that it was begun on."""
        self.cancel()

    def cancel(self) -> None:
        """Drop the line."""
        self._way = []
        self.stage.refresh_overlay()

    def _whole(self) -> RleMask | None:
        """Return what is seen of the selected object, or say why it cannot be split and return None."""
        workspace = self.stage.workspace
        project, view = workspace.project, workspace.view
        found = project.objects.get(view.object_id) if project is not None else None
        if project is None or found is None:
            workspace.say("Select the object to be split first.")
            return None
        if self.stage.shown_frame != view.frame:
            workspace.say(f"Frame {view.frame} is still being decoded; split when it is shown.")
            return None
        shown = None if found.kind is Kind.POINTS else workspace.shown(found.object_id, view.frame)
        if shown is None:
            workspace.say(f"{found.name} has no mask on this frame to split.")
            return None
        return project.mask(shown[0].mask_id)

    def overlay_bounds(self) -> QRectF:
        """Return the line's surroundings."""
        return self._line().boundingRect().adjusted(-marks.REACH_PX, -marks.REACH_PX, marks.REACH_PX, marks.REACH_PX)

    def paint(self, painter: QPainter) -> None:
        """Draw the line, closed."""
        if len(self._way) > 1:
            line = self._line()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            marks.twice(painter, lambda: painter.drawPolygon(line), is_dashed=True)

    def _line(self) -> QPolygonF:
        return QPolygonF([QPointF(*self.stage.viewport.to_view(*pointer.position)) for pointer in self._way])


def _part_at(whole: RleMask, pointer: Pointer) -> RleMask:
    """Return the connected part of a mask that holds the pixel pointed at; an empty mask where there is none."""
    column, row = pointer.pixel
    for part in connected_parts(whole):
        left, top, right, bottom = part.box
        if left <= column < right and top <= row < bottom and part.crop()[row - top, column - left]:
            return part
    return RleMask.empty(whole.width, whole.height)


def _inside(whole: RleMask, way: list[Pointer]) -> RleMask:
    """Return the pixels inside a line that closes itself."""
    pixels = np.zeros((whole.height, whole.width), bool)
    fill_polygon(pixels, [pointer.position for pointer in way], 1)
    return RleMask.encode(pixels)
