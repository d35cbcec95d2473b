"""Which file of a data set is meant for a clip."""

from __future__ import annotations

from pathlib import Path

from app.errors import UserError
from app.media.clip import Clip
from app.os_errors import told_to_the_user


def only_file(path: Path, folder: str, suffix: str, clip: Clip) -> Path:
    """Return `path`, or in it or in its `folder` the file with the clip's name, or the only one with this `suffix`.

    A `suffix` of "" looks for folders. Raises UserError where there is none, or several and none with the clip's name.
    """
    if not path.exists():
        raise UserError(f"There is no {path}", "check the path")
    if not path.is_dir():
        return path
    for place in (path / folder, path):
        if place.is_dir():
            with told_to_the_user(place):
                found = sorted(file for file in place.iterdir() if _fits(file, suffix))
            named = [file for file in found if (file.stem if suffix else file.name) in (clip.path.name, clip.path.stem)]
            if named or len(found) == 1:
                return (named or found)[0]
            if found:
                raise UserError(
                    f"{place} has {len(found)} of them, none called {clip.path.stem}", "give the one of this clip"
                )
    raise UserError(f"There is nothing of this format in {path}", "give the file itself, or choose another format")


def _fits(file: Path, suffix: str) -> bool:
    return file.is_file() and file.suffix.lower() == suffix if suffix else file.is_dir()
