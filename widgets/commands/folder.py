"""Commands that go from clip to clip through a folder of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from app.beside import Beside, beside
from app.desk.jobs import Job
from app.desk.workspace import Workspace


class FolderCommands(QObject):
    """Opens what lies beside the open clip; beside the open project, where the person gave it a file. GUI thread only.

    The folder is read off the GUI thread: of several requests the newest counts.
    """

    def __init__(self, workspace: Workspace, open_path: Callable[[Path], None], parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._open_path = open_path
        self._looking: Job | None = None
        self._found: Beside | None = None
        workspace.clip_changed.connect(self._on_clip_changed)

    def step(self, n_places: int) -> None:
        """Open what comes `n_places` further on in the folder, before it where negative; tell where it ends."""
        project, clip = self._workspace.project, self._workspace.clip
        if project is None or clip is None:
            return
        path = project.path if self._workspace.is_saved_by_user else clip.path
        if self._looking is not None:
            self._looking.cancel()
        looking = self._workspace.start_job(lambda: iter((beside(path, n_places),)), "Looking into the folder")
        looking.progressed.connect(partial(self._on_found, looking, path, n_places))
        self._looking = looking

    def _on_found(self, job: Job, path: Path, n_places: int, found: Beside) -> None:
        if job is not self._looking:
            return
        self._looking = None
        if found.path is None:
            end = "last" if n_places > 0 else "first"
            self._workspace.say(f"{path.name} is the {end} of {found.n_there} in {path.parent.name}.")
            return
        self._found = found
        self._open_path(found.path)

    @Slot()
    def _on_clip_changed(self) -> None:
        """Tell how far through the folder this is."""
        found, project, clip = self._found, self._workspace.project, self._workspace.clip
        if found is None or project is None or clip is None:
            return
        self._found = None
        if found.path in (project.path, clip.path):
            self._workspace.say(f"{found.path.name}: {found.place} of {found.n_there} in {found.path.parent.name}.")
