"""Edits on Qt's undo stack."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QUndoCommand

from app.project.edits import Edit


class TakesEdits(Protocol):
    """Where edits are done: the desk."""

    taking_back: SignalInstance
    """A command is about to be undone."""

    def apply(self, edit: Edit) -> None:
        """Do an edit without an undo step."""


class EditCommand(QUndoCommand):
    """One edit. Holds nothing but the edit, which is its own inverse with the columns swapped.

    A run adds its results to the step that it belongs to while it goes on (`merge`): to a step of its own, which is
    done when it begins so that steps stay in the order they were made, or to that of the stroke which it follows.
    Undoing that step cancels the run.
    """

    def __init__(self, desk: TakesEdits, edit: Edit, *, is_done: bool = False) -> None:
        super().__init__(edit.text)
        self._desk = desk
        self._edit = edit
        self.is_done = is_done

    def merge(self, edit: Edit) -> None:
        """Take what has just been done into this step."""
        self._edit = self._edit.then(edit)

    def redo(self) -> None:
        """Do the edit, the first time too unless it was done before."""
        if not self.is_done:
            self.is_done = True
            self._desk.apply(self._edit)

    def undo(self) -> None:
        """Take the edit back, stopping first the run that adds to it."""
        self._desk.taking_back.emit(self)
        self.is_done = False
        self._desk.apply(self._edit.inverse())
