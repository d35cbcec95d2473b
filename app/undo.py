"""Edits on Qt's undo stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.project.edits import Edit

if TYPE_CHECKING:
    from app.workspace import Workspace


class EditCommand(QUndoCommand):
    """One edit. Holds nothing but the edit, which is its own inverse with the columns swapped."""

    def __init__(self, workspace: Workspace, edit: Edit) -> None:
        super().__init__(edit.text)
        self._workspace = workspace
        self._edit = edit

    def redo(self) -> None:
        """Do the edit, the first time too."""
        self._workspace.apply(self._edit)

    def undo(self) -> None:
        """Take the edit back."""
        self._workspace.apply(self._edit.inverse())


class RunCommand(QUndoCommand):
    """A whole run as one step. Pushed when the run starts, so that steps stay in the order they were made.

    The run adds to it while it goes on (`merge`); undoing it then cancels the run.
    """

    def __init__(self, workspace: Workspace, text: str) -> None:
        super().__init__(text)
        self._workspace = workspace
        self._edit = Edit(text)
        self._is_done = True

    def merge(self, edit: Edit) -> None:
        """Take results that have just become proposals into this step."""
        self._edit = self._edit.then(edit)

    def redo(self) -> None:
        """Bring the run's proposals back; nothing at first, while the run makes them."""
        if self._is_done:
            return
        self._is_done = True
        self._workspace.apply(self._edit)

    def undo(self) -> None:
        """Take the run's proposals away, stopping it first if it is this one that goes on."""
        self._workspace.runner.abandon(self)
        self._is_done = False
        self._workspace.apply(self._edit.inverse())
