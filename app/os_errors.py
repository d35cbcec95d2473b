"""What the operating system's refusals mean to a person: the one table that says it.

Everything that writes files passes its `OSError` through here, so that a full disk reads the same
in the window, on the command line and in an export.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import UserError

_SENTENCES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("No space is left on the disk for {name}", "free some space, or choose a place on another disk"),
    errno.EDQUOT: ("Your disk quota is used up, so {name} cannot be written", "free some space, or ask for more"),
    errno.EFBIG: ("{name} is larger than this disk can hold in one file", "choose a place on another disk"),
    errno.EACCES: ("You are not allowed to use {name}", "change its permissions, or choose another place"),
    errno.EPERM: ("You are not allowed to change {name}", "change its permissions, or choose another place"),
    errno.EROFS: ("{name} is on a disk that can only be read", "choose a place on another disk"),
    errno.EISDIR: ("{name} is a folder where a file is needed", "choose another name, or move the folder away"),
    errno.ENOTDIR: ("A part of the path {name} is a file, not a folder", "correct the path"),
    errno.ENAMETOOLONG: ("The name {name} is too long for this disk", "choose a shorter one"),
    errno.ENOENT: ("There is no {name}", "check the path"),
    errno.EMFILE: ("Too many files are open to open {name}", "raise the limit with `ulimit -n 4096` and try again"),
    errno.EIO: ("The disk failed at {name}", "check the disk, and try again on another one"),
    errno.ELOOP: ("The links at {name} lead in a circle", "correct them, or give the real path"),
    errno.ESTALE: ("The network folder of {name} has gone", "connect it again and try again"),
}


def user_error(error: OSError, path: Path | str | None = None) -> UserError:
    """Return what `error` means to a person, as one sentence with its remedy.

    `path` is the name that the person knows it by; without it, the one in the error is used.
    """
    name = str(path if path is not None else error.filename or "the file")
    shortened = name if len(name) <= 120 else f"{name[:60]}…{name[-40:]}"
    if error.errno in _SENTENCES:
        problem, remedy = _SENTENCES[error.errno]
        return UserError(problem.format(name=shortened), remedy)
    reason = error.strerror or str(error) or type(error).__name__
    return UserError(f"{shortened} cannot be used ({reason})", "check the path and the disk, and try again")


@contextmanager
def told_to_the_user(path: Path | str | None = None) -> Iterator[None]:
    """Turn an `OSError` of the block into a `UserError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise user_error(error, path) from error


@contextmanager
def told_where_made(path: Path) -> Iterator[None]:
    """Do the same for a block that makes `path`: that it is not there is then no mistake in the name."""
    try:
        with told_to_the_user(path):
            yield
    except UserError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise UserError(f"{path} cannot be created or written to", "choose another folder") from error
        raise
