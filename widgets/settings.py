"""What the window remembers between two days: layout, recent files, how things were shown.

A plain INI file in the user's configuration folder, read once at the start and written when the window
closes, a list changes, or what changed has rested for a second. Nothing of it belongs to a project.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

from app.desk.view_state import ViewState

MOST_RECENT = 10
MOST_LAST_FRAMES = 100
WRITE_AFTER_MS = 1000
"""What changes often is written so long after its last change, and no more often."""
REMEMBERED_FIELDS = (
    "tool", "brush_radius_px", "paint_colour", "paint_opacity", "show_mesh",
    "opacity", "outline", "onion_skin", "show_trails", "exclusive", "loop", "theme",
    "other_offset", "feature_colours", "feature_opacity", "unsure_below", "pause_after", "rerun", "learn", "most_tubes",
)  # fmt: skip
"""Fields of the view state that the next window starts with."""


class Settings:
    """The remembered values. GUI thread only."""

    def __init__(self, path: Path | None = None) -> None:
        path = path or user_config_path("throughline", appauthor=False) / "window.ini"
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def recent(self) -> list[Path]:
        """Return what was opened last, the newest first. Nothing is looked up on disk."""
        stored = self._store.value("recent", [])
        names = stored if isinstance(stored, list) else [stored] if isinstance(stored, str) else []
        return [Path(name) for name in names][:MOST_RECENT]

    def add_recent(self, path: Path) -> None:
        """Put `path` on top of the list, once."""
        self._set_recent([path, *(other for other in self.recent if other != path)])

    def drop_recent(self, path: Path) -> None:
        """Take `path` off the list."""
        self._set_recent([other for other in self.recent if other != path])

    def clear_recent(self) -> None:
        """Empty the list."""
        self._set_recent([])

    def _set_recent(self, paths: list[Path]) -> None:
        self._store.setValue("recent", [str(path) for path in paths[:MOST_RECENT]])

    def last_frame(self, project: Path) -> int:
        """Return the frame that was in view when a project was closed; 0 where that is long ago, or never was."""
        return next((frame for path, frame in self._last_frames() if path == str(project)), 0)

    def set_last_frame(self, project: Path, frame: int) -> None:
        """Remember it, for the projects closed last."""
        others = [entry for entry in self._last_frames() if entry[0] != str(project)]
        kept = [(str(project), frame), *others][:MOST_LAST_FRAMES]
        self._store.setValue("last_frames", json.dumps(kept))

    def _last_frames(self) -> list[tuple[str, int]]:
        try:
            return [(str(path), int(frame)) for path, frame in json.loads(str(self._store.value("last_frames", "[]")))]
        except (TypeError, ValueError):  # somebody wrote in the file
            return []

    def folder(self, purpose: str) -> Path:
        """Return the folder last used for `purpose` ("open", "save", "export"), home at first."""
        return Path(str(self._store.value(f"folders/{purpose}", "") or Path.home()))

    def set_folder(self, purpose: str, folder: Path) -> None:
        """Remember the folder used for `purpose`."""
        self._store.setValue(f"folders/{purpose}", str(folder))

    def format_name(self, purpose: str) -> str:
        """Return the format last used for `purpose` ("import", "export"), DAVIS at first."""
        return str(self._store.value(f"formats/{purpose}", "") or "davis")

    def set_format_name(self, purpose: str, name: str) -> None:
        """Remember the format used for `purpose`."""
        self._store.setValue(f"formats/{purpose}", name)

    def bytes_of(self, name: str) -> QByteArray:
        """Return remembered bytes, such as a window's geometry; empty at first."""
        value = self._store.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_bytes(self, name: str, value: QByteArray) -> None:
        """Remember bytes."""
        self._store.setValue(f"window/{name}", value)

    def restore_view(self, view: ViewState) -> None:
        """Set the remembered fields of `view`; what cannot be understood is left at its default."""
        for name in REMEMBERED_FIELDS:
            if self._store.contains(f"view/{name}"):
                with contextlib.suppress(TypeError, ValueError):
                    setattr(view, name, _typed(self._store.value(f"view/{name}"), getattr(view, name)))

    def save_view(self, view: ViewState) -> None:
        """Remember the fields of `view`."""
        for name in REMEMBERED_FIELDS:
            self._store.setValue(f"view/{name}", getattr(view, name))

    def words(self, group: str) -> dict[str, str]:
        """Return the words remembered under `group`, by name; none at first."""
        self._store.beginGroup(group)
        found = {name: str(self._store.value(name)) for name in self._store.childKeys()}
        self._store.endGroup()
        return found

    def set_words(self, group: str, words: Mapping[str, str]) -> None:
        """Remember words by name."""
        for name, word in words.items():
            self._store.setValue(f"{group}/{name}", word)

    def write(self) -> None:
        """Bring everything to disk."""
        self._store.sync()


def _typed(stored: object, like: object) -> object:
    """Turn an INI file's text into the type of `like`; "false" is not a true string."""
    return str(stored).lower() == "true" if isinstance(like, bool) else stored
