"""Names that results have until they are whole, and what killed programs left under such names."""

from __future__ import annotations

import platform
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.process_lock import SUFFIX, ProcessLock

_HELD = ".held"
"""Ends the name that is locked. A project's own lock, which is on its file's name, is one of the things left."""


@contextmanager
def partial_name(folder: Path) -> Iterator[Path]:
    """Lend a name in `folder` for results that are not whole yet; what is left under it is removed afterwards.

    What programs that were killed left under such names in the same folder goes first. Any thread.
    """
    clear_left_overs(folder)
    path = folder / f"{_prefix()}{secrets.token_hex(6)}"
    lock = None
    with suppress(OSError):  # where locks cannot be had, what a kill leaves stays
        lock = ProcessLock(_held(path))
    try:
        yield path
    finally:
        _remove(path)
        if lock is not None:
            lock.release()


def clear_left_overs(folder: Path) -> None:
    """Remove what `partial_name` lent in `folder` to programs of this machine that are no more."""
    for file in folder.glob(f"{_prefix()}*{_HELD}{SUFFIX}"):
        path = file.with_name(file.name.removesuffix(_HELD + SUFFIX))
        with suppress(OSError):  # its program is at work, or it is not ours to touch
            lock = ProcessLock(_held(path))
            _remove(path)
            lock.release()


def _prefix() -> str:
    """Return how the names of this machine begin: some shared disks know locks on one machine only."""
    return f".throughline-partial-{re.sub('[^A-Za-z0-9]', '-', platform.node())[:40]}-"


def _held(path: Path) -> Path:
    return path.with_name(path.name + _HELD)


def _remove(path: Path) -> None:
    """Remove a folder, or a file with what SQLite keeps beside it, as far as that is allowed."""
    for found in path.parent.glob(f"{path.name}*"):
        if found.name == path.name + _HELD + SUFFIX:
            continue
        if found.is_dir():
            shutil.rmtree(found, ignore_errors=True)
        else:
            with suppress(OSError):
                found.unlink(missing_ok=True)
