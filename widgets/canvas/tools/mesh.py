"""The tool that corrects where a texture lies, by the vertices of its mesh."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.project import paint_verbs
from app.tasks.mesh_drag import moved_sheets, top_sheet
from engines.labels.sheets import Sheets
from widgets.canvas.mesh_painting import mesh_bounds, paint_mesh, paint_vertices
from widgets.canvas.stage import Stage
from widgets.canvas.texture_layer import ShownTexture
from widgets.canvas.tools.tool import Pointer, Tool

GRAB_PX = 10.0


class MeshTool(Tool):
    """Drags a vertex of the selected texture's mesh; the rest follows, and all of it becomes an anchor.

    How the rest follows is worked out off the GUI thread: the vertex is at the pointer at once, its neighbours come.
    """

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._held: int | None = None
        self._near: int | None = None
        self._aim: tuple[float, float] | None = None
        self._from: Sheets | None = None
        """Where the sheets lay when the vertex was taken."""
        self._sheets: Sheets | None = None
        """Where they lie by now."""
        self._frame: int | None = None
        self._object_id: int | None = None
        self._is_asking = False
        self._commits = False

    @property
    def is_busy(self) -> bool:
        """Whether a vertex is held."""
        return self._held is not None

    @property
    def sheets(self) -> Sheets | None:
        """The sheets of the selected texture as they lie now, None where it has none on this frame."""
        shown = self._shown()
        if self._sheets is not None and self._frame == self.stage.shown_frame:
            return self._sheets
        return None if shown is None else shown.layer.sheets

    def _shown(self) -> ShownTexture | None:
        object_id = self.stage.workspace.view.object_id
        return next((one for one in self.stage.layers.textures.shown if one.object.object_id == object_id), None)

    def press(self, pointer: Pointer) -> None:
        """Take hold of a vertex."""
        workspace = self.stage.workspace
        if pointer.button != Qt.MouseButton.LeftButton or self.is_busy or self._commits:
            return
        workspace.view.is_playing = False
        shown, sheets = self._shown(), self.sheets
        if shown is None or sheets is None:
            workspace.say("There is no mesh here: paint a texture and run, then correct it on other frames.")
        elif shown.object.is_locked:
            workspace.say(f"{shown.object.name} is locked; unlock it in the object list to move its mesh.")
        else:
            self._held = self._vertex_at(pointer, sheets)
            self._from, self._frame, self._object_id = sheets, self.stage.shown_frame, shown.object.object_id
            self._aim = None

    def move(self, pointer: Pointer) -> None:
        """Drag it, or point at one."""
        sheets = self.sheets
        if self._held is not None:
            self._aim = pointer.position
            self._ask()
        elif sheets is not None:
            self._near = self._vertex_at(pointer, sheets)
        self.stage.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        """Let go: one step."""
        self.finish()

    def finish(self) -> None:
        """Make an anchor of where the mesh lies, once it is known."""
        if self._held is not None and self._aim is not None:
            self._commits = True
            self._ask()
        else:
            self.cancel()

    def cancel(self) -> None:
        """Put the vertex back."""
        self._held = self._aim = self._from = self._sheets = None
        self._commits = False
        self.stage.refresh_overlay()

    def leave(self) -> None:
        """Point at nothing."""
        self._near = None
        self.stage.refresh_overlay()

    def _ask(self) -> None:
        """Have worked out where the mesh lies; of questions that come faster than answers the newest."""
        if self._is_asking or self._held is None or self._aim is None or self._from is None:
            return
        before, vertex, aim = self._from, self._held, self._aim
        self._is_asking = True
        self.stage.workspace.textures.work_out(
            lambda: moved_sheets(before, vertex, *aim), lambda found: self._on_moved(found, aim)
        )

    def _on_moved(self, found: Sheets, aim: tuple[float, float]) -> None:
        self._is_asking = False
        if self._held is None:
            return
        self._sheets = found
        if self._aim != aim:
            self._ask()
        elif self._commits:
            self._commit(found)
        self.stage.refresh_overlay()

    def _commit(self, sheets: Sheets) -> None:
        workspace, object_id, frame = self.stage.workspace, self._object_id, self._frame
        self.cancel()
        project = workspace.project
        found = None if project is None or object_id is None else project.objects.get(object_id)
        if project is not None and found is not None and not found.is_locked and frame is not None:
            text = f"correct {found.name}"
            workspace.do(paint_verbs.lay_sheets(project, found.object_id, frame, sheets, text=text))

    def _vertex_at(self, pointer: Pointer, sheets: Sheets) -> int | None:
        vertices = sheets.sheets[top_sheet(sheets)].vertices
        apart = np.hypot(*(vertices - np.array(pointer.position, np.float32)).T) * self.stage.viewport.scale
        nearest = int(apart.argmin())
        return nearest if apart[nearest] <= GRAB_PX else None

    def overlay_bounds(self) -> QRectF:
        """Return the surroundings of the mesh."""
        sheets = self.sheets
        if sheets is None:
            return QRectF()
        return mesh_bounds(self.stage.viewport, sheets.sheets[top_sheet(sheets)].vertices)

    def paint(self, painter: QPainter) -> None:
        """Draw the mesh and its vertices."""
        sheets = self.sheets
        if sheets is None:
            return
        sheet = sheets.sheets[top_sheet(sheets)]
        vertices = sheet.vertices
        if self._held is not None and self._aim is not None:
            vertices = vertices.copy()
            vertices[self._held] = self._aim
        paint_mesh(painter, self.stage.viewport, sheet, vertices)
        paint_vertices(painter, self.stage.viewport, vertices, self._held, self._near)
