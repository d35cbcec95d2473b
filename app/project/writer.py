"""The I/O thread of one project file: batches go in, in order, and none is ever dropped.

One batch may wait, and a second one waits at the door: `put` returns when every batch before its
own is committed. So at any moment at most the latest change is not on disk, which is what a kill may
take; and a slow disk slows the person's hand rather than filling memory.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from app.errors import UserError
from app.project import faults, storage
from app.project.storage import Batch

_log = logging.getLogger(__name__)

CHECKPOINT_BYTES = 4 << 20
"""The log is moved into the file after about this much (SQLite's own default of 1000 pages), after
the commit is reported rather than as a part of it, so that nobody waits for it."""

_ROW_BYTES = 100
_PAGE_BYTES = 4096


class Writer:
    """Writes batches on a thread of its own. `put`, `flush`, `close`: any thread.

    When a batch cannot be written, it and all later ones are kept, `on_error` is told once, on the I/O
    thread, and the next `put` or `flush` tries again. The thread is a daemon: a program that exits
    without `close` behaves like a killed one.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        on_committed: Callable[[Batch], None],
        on_error: Callable[[UserError], None],
    ) -> None:
        """Take over `connection`. Both callbacks are called on the I/O thread."""
        self._path = path
        self._connection = connection
        self._on_committed = on_committed
        self._on_error = on_error
        self._batches: deque[Batch] = deque()
        self._failure: UserError | None = None
        self._is_parked = False
        self._is_closing = False
        self._unmoved_bytes = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name=f"project {path.name}", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Hand over a batch; wait until those before it are on disk, or known not to get there for now.

        Raises ValueError when closed.
        """
        with self._changed:
            if self._is_closing:
                raise ValueError(f"{self._path.name} is closed")
            self._try_again()
            self._batches.append(batch)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until everything is on disk. Raises UserError where it cannot be brought there."""
        with self._changed:
            self._try_again()
            if self._batches and self._failure is not None:
                raise self._failure

    def _try_again(self) -> None:
        """Wait until all batches are on disk or the first of them has been refused (again). Under the condition."""
        self._is_parked = False
        self._changed.notify_all()
        self._changed.wait_for(lambda: not self._batches or self._is_parked or self._is_closing)

    def unwritten(self) -> tuple[Batch, ...]:
        """Return the batches that are not on disk yet, in order."""
        with self._changed:
            return tuple(self._batches)

    def close(self) -> None:
        """End the thread and close the connection; what could not be written is given up. Call `flush` first."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing or (self._batches and not self._is_parked))
                if not self._batches or self._is_parked:
                    return
                batch = self._batches[0]
            self._write(batch)

    def _write(self, batch: Batch) -> None:
        try:
            storage.write(self._connection, batch)
        except Exception as error:
            # Whatever it is, a thread that died of it would keep everyone waiting and lose what is to come.
            self._park(error)
            return
        self._on_committed(batch)
        with self._changed:
            self._batches.popleft()
            self._failure = None
            self._changed.notify_all()
        self._unmoved_bytes += _weight(batch)
        if self._unmoved_bytes >= CHECKPOINT_BYTES:
            self._move_log()

    def _park(self, error: Exception) -> None:
        failure = faults.unsaved_yet(self._path, error)
        with self._changed:
            is_new = self._failure is None
            self._failure = failure
            self._is_parked = True
            self._changed.notify_all()
        if is_new:
            _log.warning("%s", failure, exc_info=error)
            try:
                self._on_error(failure)
            except Exception:  # the thread must outlive its listener's faults
                _log.exception("nobody was told that %s", failure)

    def _move_log(self) -> None:
        """Move the log into the file, as far as that goes without anybody waiting."""
        self._unmoved_bytes = 0
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:  # all is safe in the log, and the next time may do
            _log.warning("%s: the log stays as long as it is", self._path.name, exc_info=error)


def _weight(batch: Batch) -> int:
    """Return about how many bytes a batch adds to the log."""
    n_rows = 0 if batch.edit is None else len(batch.edit.labels) + len(batch.edit.proposals)
    return sum(len(mask.data) + len(mask.doubt) for mask in batch.masks) + _ROW_BYTES * n_rows + 4 * _PAGE_BYTES
