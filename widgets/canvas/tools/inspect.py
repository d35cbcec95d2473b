"""The tool that looks at single pixels: where the encoder finds them again."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from widgets.canvas.flow_layer import FlowLayer
from widgets.canvas.inspect_overlay import Overlay
from widgets.canvas.stage import Stage
from widgets.canvas.swipe_line import KNOB_PX
from widgets.canvas.tools.select import Pan, is_click
from widgets.canvas.tools.tool import Pointer


class Inspect(Pan):
    """Hovering looks at the pixel under the pointer, a click holds it or lets it go, dragging pushes the picture."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._inspection = stage.workspace.inspection
        self._overlay = Overlay(self._inspection, "here")
        self._flow = FlowLayer(stage.workspace, "here")
        self._draws_line = False

    @property
    def is_swiping(self) -> bool:
        """Whether a line is there to be drawn along."""
        return self._flow.look == "swipe"

    def press(self, pointer: Pointer) -> None:
        """Take hold of the swipe's line, if it is here, or of the picture."""
        self._draws_line = self.is_swiping and abs(self._flow.line(self.stage.viewport) - pointer.view_x) <= KNOB_PX
        if not self._draws_line:
            super().press(pointer)

    def move(self, pointer: Pointer) -> None:
        """Look at what is under the pointer, push, or draw the line along."""
        if self._draws_line:
            if self.stage.image is not None:
                self.stage.workspace.view.swipe_at = (pointer.x + 0.5) / self.stage.image.shape[1]
            return
        super().move(pointer)
        if pointer.button == Qt.MouseButton.NoButton:
            self._inspection.hover("here", *pointer.position)

    def release(self, pointer: Pointer) -> None:
        """Hold the point or let it go, if this was a click."""
        start, self._draws_line = self._start, False
        super().release(pointer)
        if start is not None and is_click(start, pointer):
            self._inspection.hold("here", *pointer.position)

    def leave(self) -> None:
        """Look at nothing more."""
        self._inspection.leave()

    def overlay_bounds(self) -> QRectF:
        """Return where marks, path, heat or colours lie."""
        size = self._picture_size()
        if size is None:
            return QRectF()
        viewport = self.stage.viewport
        room = QRectF(*viewport.rect_of(0, 0, *size))
        if self._flow.look != "off":
            return room
        return self._overlay.bounds(viewport, room)

    def paint(self, painter: QPainter) -> None:
        """Draw what was found."""
        size = self._picture_size()
        if size is not None:
            self._flow.paint(painter, self.stage.viewport, size)
            self._overlay.paint(painter, self.stage.viewport, size, with_heat=not self._flow.is_on)

    def _picture_size(self) -> tuple[int, int] | None:
        image = self.stage.image
        return None if image is None else (image.shape[1], image.shape[0])
