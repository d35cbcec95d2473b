"""The tool that looks at single pixels: where the encoder finds them again."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from widgets.canvas.stage import Stage
from widgets.canvas.tools.select import Pan, is_click
from widgets.canvas.tools.tool import Pointer
from widgets.inspect.overlay import Overlay


class Inspect(Pan):
    """Hovering looks at the pixel under the pointer, a click holds it or lets it go, dragging pushes the picture."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._inspection = stage.workspace.inspection
        self._overlay = Overlay(self._inspection, "here")

    def move(self, pointer: Pointer) -> None:
        """Look at what is under the pointer, or push."""
        super().move(pointer)
        if pointer.button == Qt.MouseButton.NoButton:
            self._inspection.hover("here", *pointer.position)

    def release(self, pointer: Pointer) -> None:
        """Hold the point or let it go, if this was a click."""
        start = self._start
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
        left, top = viewport.to_view(-0.5, -0.5)
        room = QRectF(left, top, size[0] * viewport.scale, size[1] * viewport.scale)
        return self._overlay.bounds(viewport, room)

    def paint(self, painter: QPainter) -> None:
        """Draw what was found."""
        size = self._picture_size()
        if size is not None:
            self._overlay.paint(painter, self.stage.viewport, size)

    def _picture_size(self) -> tuple[int, int] | None:
        image = self.stage.image
        return None if image is None else (image.shape[1], image.shape[0])
