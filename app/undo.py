"""Edits on Qt's undo stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.project.edits import Edit

if TYPE_CHECKING:
    from app.workspace import Workspace


class EditCommand(QUndoCommand):
    """One edit. Holds nothing but the edit, which is its own inverse with the columns swapped.

    A run adds its results to the step that it belongs to while it goes on (`merge`): to a step of its own, which is
    done when it begins so that steps stay in the order they were made, or to that of the stroke which it follows.
    Undoing that step cancels the run.
    """

    def __init__(self, workspace: Workspace, edit: Edit, *, is_done: bool = False) -> None:
        super().__init__(edit.text)
        self._workspace = workspace
        self._edit = edit
        self.is_done = is_done

    def merge(self, edit: Edit) -> None:
        """Take what has just been done into this step."""
        self._edit = self._edit.then(edit)

    def redo(self) -> None:
        """Do the edit, the first time too unless it was done before."""
        if not self.is_done:
            self.is_done = True
            self._workspace.apply(self._edit)

    def undo(self) -> None:
        """Take the edit back, stopping first the run that adds to it."""
        self._workspace.runner.abandon(self)
        self.is_done = False
        self._workspace.apply(self._edit.inverse())
