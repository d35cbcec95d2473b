"""Sentences for what can go wrong with a project file, so that each fault is told in one way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.errors import UserError


class DamagedFile(UserError):  # noqa: N818 - it tells a state of the world, not a fault of ours
    """The file is not what a project file must be. Its bytes are as they were found."""


def damaged(path: Path, why: str) -> DamagedFile:
    """Return the error for a file, or a part of one, that cannot be read."""
    return DamagedFile(f"{path.name} is damaged ({why})", "restore it from a copy; the file was left as it is")


def missing(path: Path) -> UserError:
    """Return the error for a project that is not where it should be."""
    return UserError(f"There is no project {path}", "check the path, or open the clip to begin a new project")


def foreign(path: Path, what: str) -> UserError:
    """Return the error for a file of another kind; `what` completes "is ..."."""
    return UserError(f"{path.name} is {what}", "open a file that Throughline saved, or open a clip")


def newer(path: Path, version: int, readable: int) -> UserError:
    """Return the error for a file in a format of the future."""
    return UserError(
        f"{path.name} was saved by a newer Throughline (its format is {version}, this one reads up to {readable})",
        "update Throughline to open it",
    )


def in_use(path: Path) -> UserError:
    """Return the error for a project that is open elsewhere."""
    return UserError(f"{path.name} is open in another window", "go on there, or close it there first")


def unwritable(path: Path) -> UserError:
    """Return the error for a file or folder that may not be written."""
    return UserError(
        f"{path.name} cannot be written in {path.parent}", "copy it to a folder of your own and open it there"
    )


def taken(path: Path) -> UserError:
    """Return the error for creating a project where a file stands."""
    return UserError(f"{path.name} exists already", "choose another name, or open it")


# By how SQLite names its error codes; the first prefix that fits.
_REFUSALS: tuple[tuple[str, str, str], ...] = (
    ("SQLITE_FULL", "the disk is full", "free some space, or save the project on another disk"),
    ("SQLITE_IOERR", "the disk failed or is full", "check the disk, or save the project on another one"),
    ("SQLITE_READONLY", "it may not be written", "change its permissions, or save the project in another place"),
    ("SQLITE_PERM", "it may not be written", "change its permissions, or save the project in another place"),
    ("SQLITE_CANTOPEN", "its folder may not be written or has gone", "save the project in another place"),
    ("SQLITE_BUSY", "another program holds it", "close that program and try again"),
    ("SQLITE_LOCKED", "another program holds it", "close that program and try again"),
    ("SQLITE_CORRUPT", "it was damaged while open", "save the project under another name"),
    ("SQLITE_NOTADB", "it was damaged while open", "save the project under another name"),
)


def unsaved(path: Path, error: Exception) -> UserError:
    """Return the error for what could not be brought to disk."""
    name = getattr(error, "sqlite_errorname", "")
    for prefix, why, remedy in _REFUSALS:
        if name.startswith(prefix):
            return UserError(f"{path.name} could not be saved because {why}", remedy)
    reason = str(error) or type(error).__name__
    return UserError(f"{path.name} could not be saved ({reason})", "save the project in another place")


def unsaved_yet(path: Path, error: Exception) -> UserError:
    """Return the error for a change of an open project that could not be brought to disk."""
    now = unsaved(path, error)
    return UserError(now.problem, f"{now.remedy}; nothing is lost while it stays open")


def unreadable(path: Path, error: sqlite3.Error | ValueError) -> UserError:
    """Return the error for a file that could not be read through, whether the file or the disk is to blame."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return in_use(path)
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return unwritable(path)
    return damaged(path, str(error))
