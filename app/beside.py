"""What lies beside a clip or a project in its folder: whoever labels a folder of them goes from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.media.picture_file import TYPE_OF_SUFFIX
from app.media.sequence import natural_key
from app.os_errors import told_to_the_user

VIDEO_SUFFIXES = (
    *(".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv", ".flv"),
    *(".ogv", ".gif"),
)
STILL_SUFFIXES = (*TYPE_OF_SUFFIX, ".bmp")


@dataclass(frozen=True, slots=True)
class Beside:
    """What comes so many places further on. `place` is its own among `n_there`, counted from 1."""

    path: Path | None
    """None where the folder ends before."""
    place: int
    n_there: int


def beside(path: Path, step: int) -> Beside:
    """Return what lies `step` places after `path` among its like, as people number them; before it where negative.

    Alike are projects, videos, stills, and folders that hold a picture. What is hidden does not count. Reads folders:
    not for the GUI thread. Raises UserError where the folder cannot be read.
    """
    with told_to_the_user(path.parent):
        sort = None if path.is_dir() else _sort(path)
        there = [each for each in path.parent.iterdir() if each == path or _is_like(each, sort)]
    there.sort(key=natural_key)
    if path not in there:  # it has been moved away since
        return Beside(None, 0, len(there))
    place = there.index(path) + step
    found = there[place] if 0 <= place < len(there) else None
    return Beside(found, place + 1, len(there))


def _is_like(other: Path, sort: str | None) -> bool:
    """Return whether `other` is opened as files of a `sort` are, None being folders."""
    if other.name.startswith("."):
        return False
    if sort is None:
        return other.is_dir() and _holds_pictures(other)
    return _sort(other) == sort and not other.is_dir()


def _sort(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return "video"
    return "still" if suffix in STILL_SUFFIXES else suffix


def _holds_pictures(folder: Path) -> bool:
    try:
        return any(each.suffix.lower() in TYPE_OF_SUFFIX for each in folder.iterdir() if not each.name.startswith("."))
    except OSError:
        return False
