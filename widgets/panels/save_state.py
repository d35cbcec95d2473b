"""Whether everything is on disk, as the status bar tells it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.desk.jobs import Job, JobEnd, Lane
from app.desk.workspace import Workspace
from app.project.project import Project

SETTLE_MS = 250
SAVED = "All changes saved"
SAVED_UNNAMED = "All changes saved (unnamed project)"
SAVING = "Saving…"
FAILED = "Changes could not be saved"


class SaveState(QObject):
    """Waits on a thread of its own until the project is on disk. GUI thread only; `told` carries the words."""

    told = Signal(str)

    def __init__(self, workspace: Workspace, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._lane = lane
        self._job: Job | None = None
        self.text = ""
        self._timer = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        workspace.changed.connect(self.on_changed)
        workspace.clip_changed.connect(self.on_project_changed)
        workspace.project_moved.connect(self.on_project_changed)

    @Slot()
    def on_project_changed(self) -> None:
        """Tell of another project, or another file."""
        self._timer.stop()
        self._tell("" if self._workspace.project is None else self._saved())

    @Slot()
    def on_changed(self, *_change: object) -> None:
        """Tell that a change is on its way."""
        self._tell(SAVING)
        if not self._timer.isActive():
            self._timer.start()

    def _saved(self) -> str:
        return SAVED if self._workspace.is_saved_by_user else SAVED_UNNAMED

    def _tell(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.told.emit(text)

    @Slot()
    def _look(self) -> None:
        project = self._workspace.project
        if project is not None:
            self._job = self._lane.start(lambda: _until_on_disk(project), "Saving")
            self._job.ended.connect(self._on_ended)

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is not self._job or self._workspace.project is None or self._timer.isActive():
            return
        assert self._job is not None
        self._tell(FAILED if self._job.end is JobEnd.FAILED else self._saved())


def _until_on_disk(project: Project) -> Iterator[None]:
    """Come to an end when everything is on disk. Worker thread."""
    project.flush()
    yield from ()
