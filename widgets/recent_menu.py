"""The menu of what was opened last. Whether it still exists is found out off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.desk.jobs import Job, Lane
from widgets.settings import Settings


class RecentMenu(QMenu):
    """Filled each time it opens; what is gone is greyed as soon as that is known. A dead network disk stops nothing."""

    def __init__(
        self, settings: Settings, lane: Lane, open_path: Callable[[Path], None], parent: QWidget | None = None
    ) -> None:
        super().__init__("Open recent", parent)
        self.setToolTipsVisible(True)
        self._settings = settings
        self._lane = lane
        self._open_path = open_path
        self._job: Job | None = None
        self._actions: dict[Path, QAction] = {}
        self.aboutToShow.connect(self.fill)

    @Slot()
    def fill(self) -> None:
        """List the files anew."""
        self.clear()
        self._actions = {}
        paths = self._settings.recent
        for place, path in enumerate(paths, start=1):
            action = self.addAction(f"&{place % 10}  {path.name}")
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self._open_path(path))
            self._actions[path] = action
        if paths:
            self.addSeparator()
            self.addAction("Clear list", self._on_clear)
            self._job = self._lane.start(lambda: _missing(paths), "Recent files")
            self._job.progressed.connect(self._on_missing)
        else:
            self.addAction("Nothing yet").setEnabled(False)

    @Slot(object)
    def _on_missing(self, path: Path) -> None:
        action = self._actions.get(path)
        if action is not None and QObject.sender(self) is self._job:
            action.setEnabled(False)
            action.setToolTip(f"{path} is not there any more.")

    @Slot()
    def _on_clear(self) -> None:
        self._settings.clear_recent()


def _missing(paths: list[Path]) -> Iterator[Path]:
    """Yield those of `paths` that do not exist. Worker thread."""
    for path in paths:
        if not path.exists():
            yield path
