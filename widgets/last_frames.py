"""Which frame of each project was in view last, so that opening it again goes on there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from app.desk.workspace import Workspace
from widgets.settings import WRITE_AFTER_MS, Settings


class LastFrames(QObject):
    """Remembers the frame, and goes back to it when a project is opened again. GUI thread only.

    It is on disk once the view rests on it, as not every end is an orderly one.
    """

    def __init__(self, workspace: Workspace, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._settings = settings
        self._here: tuple[Path, int] | None = None
        self._timer = QTimer(self, interval=WRITE_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.write)
        workspace.clip_changed.connect(self.on_clip_changed)
        workspace.project_moved.connect(self.note)
        workspace.view.changed.connect(self.on_view_changed)

    @Slot()
    def on_clip_changed(self) -> None:
        """Keep where the person was in what is closed; go to where they were in what is opened."""
        project = self._workspace.project
        if project is not None:
            self._workspace.request_frame(self._settings.last_frame(project.path))
            self.note()
        elif self._here is not None:
            self.write()
            self._here = None

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Note the frame in view. What is being opened begins at its first frame, before anybody has looked."""
        if name == "frame" and self._here is not None:
            self.note()

    @Slot()
    def note(self) -> None:
        """Note project and frame, and write them later."""
        project = self._workspace.project
        self._here = None if project is None else (project.path, self._workspace.view.frame)
        self._timer.start()

    @Slot()
    def write(self) -> None:
        """Bring to disk what was noted."""
        self._timer.stop()
        if self._here is not None:
            self._settings.set_last_frame(*self._here)
            self._settings.write()
