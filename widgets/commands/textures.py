"""Commands on textures: add one, and choose what is stamped."""

from __future__ import annotations

from pathlib import Path

from app.desk.workspace import Workspace
from app.media.picture_file import PICTURE_TYPES
from app.project.model import Kind
from widgets.dialogs.ask import Ask
from widgets.settings import Settings

_PICTURES = " ".join(f"*{suffix}" for suffixes in PICTURE_TYPES.values() for suffix in suffixes)


class TextureCommands:
    """Targets of the Object and Tools menus for textures. GUI thread only."""

    def __init__(self, workspace: Workspace, settings: Settings, ask: Ask) -> None:
        self._workspace = workspace
        self._settings = settings
        self._ask = ask

    def add(self) -> None:
        """Add a texture, select it and take the brush."""
        if self._workspace.project is not None:
            self._workspace.add_object(kind=Kind.TEXTURE)
            self._workspace.view.tool = "brush"

    def stamp_stripes(self) -> None:
        """Take six stripes as the stamp."""
        self._take("stripes")

    def stamp_text(self) -> None:
        """Ask for words and take them as the stamp."""
        before = self._workspace.view.stamp
        words = before.removeprefix("text:") if before.startswith("text:") else ""
        self._ask.words("Stamp words", "Words, drawn in the colour of the brush", words, self._take_words)

    def stamp_picture(self) -> None:
        """Ask for a picture and take it as the stamp."""
        folder = self._settings.folder("open")
        self._ask.open_file("Stamp a picture", folder, f"Pictures ({_PICTURES})", self._take_picture)

    def _take_words(self, words: str) -> None:
        if words.strip():
            self._take(f"text:{words.strip()}")

    def _take_picture(self, path: Path) -> None:
        self._settings.set_folder("open", path.parent)
        self._take(f"picture:{path}")

    def _take(self, stamp: str) -> None:
        view = self._workspace.view
        if view.tool == "stamp":
            view.tool = "brush"  # what is laid belongs to the stamp before
        view.stamp = stamp
        view.tool = "stamp"
