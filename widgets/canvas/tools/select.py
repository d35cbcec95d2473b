"""Tools that change how one looks, and nothing else."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt

from widgets.canvas.stage import Stage
from widgets.canvas.tools.tool import Pointer, Tool

CLICK_PX = 4.0
"""A press that moves less than this is a click."""


def is_click(start: Pointer, end: Pointer) -> bool:
    """Return whether a press at `start` that was let go at `end` is a click."""
    return math.hypot(end.view_x - start.view_x, end.view_y - start.view_y) <= CLICK_PX


class Pan(Tool):
    """Dragging pushes the picture."""

    cursor = Qt.CursorShape.OpenHandCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._start: Pointer | None = None
        self._last: Pointer | None = None

    def press(self, pointer: Pointer) -> None:
        """Take hold of the picture."""
        self._start = self._last = pointer

    def move(self, pointer: Pointer) -> None:
        """Push it."""
        if self._last is not None:
            self.stage.pan(pointer.view_x - self._last.view_x, pointer.view_y - self._last.view_y)
            self._last = pointer

    def release(self, pointer: Pointer) -> None:
        """Let go."""
        self._start = self._last = None

    def cancel(self) -> None:
        """Let go."""
        self._start = self._last = None


class Select(Pan):
    """A click selects the topmost object under it, with Ctrl it marks it; dragging pushes the picture."""

    cursor = Qt.CursorShape.ArrowCursor

    def release(self, pointer: Pointer) -> None:
        """Select or mark, if this was a click."""
        start = self._start
        super().release(pointer)
        if start is None or not is_click(start, pointer):
            return
        found = self.stage.layers.points.object_at(self.stage.viewport, pointer.view_x, pointer.view_y)
        found = found or self.stage.layers.masks.object_at(*pointer.position)
        found = found or self.stage.layers.textures.object_at(*pointer.position)
        if found is not None and pointer.has_ctrl:
            self.stage.workspace.toggle_mark(found.object_id)
        elif found is not None:
            self.stage.workspace.view.object_id = found.object_id
