"""A lock that dies with the program that holds it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

SUFFIX = ".lock"
_ATTEMPTS = 5


class ProcessLock:
    """Holds a name for this program until released or killed. Any thread.

    A small file beside it is kept locked through SQLite, whose locks work on every system
    and go with the process. Its mere existence means nothing, so one left by a kill is no hindrance.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock of `path`, whether there is such a file or not.

        Raises BlockingIOError where it is held, another OSError where none can be taken there.
        """
        self._path = path.with_name(path.name + SUFFIX)
        self._connection = self._take()

    def release(self) -> None:
        """Let go and remove the lock's file."""
        with suppress(OSError):  # Windows keeps open files; then below
            self._path.unlink()
            self._connection.close()
            return
        self._connection.close()
        with suppress(OSError):
            self._path.unlink()

    def _take(self) -> sqlite3.Connection:
        for _ in range(_ATTEMPTS):
            connection = self._locked()
            if connection is None:
                break
            # Whoever held it may have removed the file between our opening and locking it. Then
            # ours is a lock on nothing, as can be told from the path being free still.
            other = self._locked()
            if other is None:
                return connection
            connection.close()
            other.close()
        raise BlockingIOError(f"{self._path} is held by another program")

    def _locked(self) -> sqlite3.Connection | None:
        """Return a connection that holds the file at the path, None where another one does."""
        connection = None
        try:
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = MEMORY")  # no second file
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if error.sqlite_errorname in ("SQLITE_BUSY", "SQLITE_LOCKED"):
                return None
            raise OSError(f"{self._path} cannot be locked ({error})") from error
        return connection
