"""The tool that shows what is proposed beside what was."""

from __future__ import annotations

from PySide6.QtCore import Qt

from widgets.canvas.stage import Stage
from widgets.canvas.tools.select import Pan
from widgets.canvas.tools.tool import Pointer


class Compare(Pan):
    """Dragging draws the line of a swipe along; a click makes what blinks alternate; else the picture is pushed."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        is_swiping = stage.workspace.view.compare_by == "swipe"
        self.cursor = Qt.CursorShape.SplitHCursor if is_swiping else Qt.CursorShape.OpenHandCursor

    def press(self, pointer: Pointer) -> None:
        """Bring the line here, alternate, or take hold of the picture."""
        view = self.stage.workspace.view
        super().press(pointer)
        if view.compare_by == "swipe":
            self._swipe(pointer)
        elif view.compare_by == "blink":
            view.shows_before = not view.shows_before

    def move(self, pointer: Pointer) -> None:
        """Draw the line along, or push."""
        if self.stage.workspace.view.compare_by != "swipe":
            super().move(pointer)
        elif self._last is not None:
            self._swipe(pointer)

    def _swipe(self, pointer: Pointer) -> None:
        if self.stage.image is not None:
            self.stage.workspace.view.swipe_at = (pointer.x + 0.5) / self.stage.image.shape[1]
