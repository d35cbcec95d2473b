"""Opening something else ends the run that goes on: said once, where it can be read."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.desk.run_progress import RunProgress
from app.desk.workspace import Workspace


class StoppedRun(QObject):
    """Tells of the run that was going on in what was closed, once something is open again. GUI thread only.

    Runs that follow a correction are passed over: nobody has asked for them, and the labels say that they are stale.
    """

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._left: tuple[str, RunProgress] | None = None
        workspace.leaving.connect(self.on_leaving)
        workspace.clip_changed.connect(self.on_clip_changed)

    @Slot()
    def on_leaving(self) -> None:
        """Note what goes on."""
        run = self._workspace.runner.active
        self._left = None if run is None or run.correction is not None else (self._workspace.title, run)

    @Slot()
    def on_clip_changed(self) -> None:
        """Tell that it was stopped, and whether anything is left of it."""
        if self._left is not None and self._workspace.clip is not None:
            (name, run), self._left = self._left, None
            kept = "; what it had found is kept" if run.n_labels_done or run.half_done else ""
            self._workspace.say(f"The run on {name} was stopped{kept}.")
