"""A project file held open: its lock, its reader and its I/O thread; how it is made, opened and copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from app.errors import UserError
from app.os_errors import told_to_the_user
from app.process_lock import ProcessLock
from app.project import faults, loading, storage
from app.project.loading import Stored
from app.project.masks import MaskStore
from app.project.migrations import CURRENT_VERSION, migrate, version_of
from app.project.model import ClipRecord
from app.project.storage import Batch
from app.project.writer import Writer

_SIDECARS = ("-wal", "-shm", "-journal")


class ProjectFile:
    """The file of one open project. Takes over `lock`, which says that it is ours alone."""

    def __init__(
        self,
        path: Path,
        lock: ProcessLock,
        size: tuple[int, int],
        next_mask_id: int,
        cache_bytes: int,
        on_error: Callable[[UserError], None],
    ) -> None:
        """Start working on a file that has been found whole. `size` is the clip's (width, height) in pixels."""
        self.path = path
        self._lock = lock
        self._is_written = False
        self._is_closed = False
        with _told(path):
            writer = storage.connect_writer(path.resolve())
            try:
                reader = storage.connect(path.resolve(), "ro")
            except sqlite3.Error:
                writer.close()
                raise
        self.masks = MaskStore(path, reader, size, next_mask_id, cache_bytes)
        self._writer = Writer(path, writer, lambda batch: self.masks.on_committed(batch.masks), on_error)

    def put(self, batch: Batch) -> None:
        """Hand over a batch; see `Writer.put`."""
        self._is_written = True
        self._writer.put(batch)

    def flush(self) -> None:
        """Wait until every batch is on disk. Raises UserError where it cannot get there. Any thread."""
        self._writer.flush()

    def unwritten(self) -> tuple[Batch, ...]:
        """Return the batches that are not on disk yet, in order."""
        return self._writer.unwritten()

    @property
    def is_closed(self) -> bool:
        """Whether the file has been let go of."""
        return self._is_closed

    def close(self, unused_masks: Collection[int]) -> None:
        """Let go of the file, without `unused_masks`. What `flush` could not write is given up."""
        if self._is_closed:
            return
        self._is_closed = True
        self.masks.close()
        self._writer.close()
        # Were a batch lost, labels in the file may point to what memory holds for unused.
        if self._is_written and not self._writer.unwritten():
            _clear_up(self.path, unused_masks)
        self._lock.release()


def create_file(path: Path, clip: ClipRecord) -> ProcessLock:
    """Make a project file of nothing but `clip` and return its lock. It appears whole or not at all.

    Raises UserError where a file stands there or none can be written.
    """
    if path.exists():
        raise faults.taken(path)
    with _locked(path) as lock, _appearing(path) as unfinished, _told(path):
        storage.build(unfinished, clip)
    return lock


def open_file(path: Path) -> tuple[ProcessLock, Stored]:
    """Lock and read a project file. Raises UserError; what cannot be read is not written to."""
    if path.is_dir():
        raise faults.foreign(path, "a folder, not a project")
    if not path.exists():
        raise faults.missing(path)
    with _locked(path) as lock:
        stored = _read(path)
        if stored.counters["is_untidy"]:
            _clear_up(path, _unused_masks(path, stored))
    return lock, stored


def copy_file(source: Path, target: Path, clip: ClipRecord) -> ProcessLock:
    """Write a whole copy to `target`, with `clip` for the clip's whereabouts, and return the copy's lock.

    `source` may be in use by this process; what stands at `target` is replaced at the very end.
    Raises UserError. Any thread.
    """
    with (
        _locked(target) as lock,
        _appearing(target) as unfinished,
        _told(target),
        closing(storage.connect(source.resolve(), "ro")) as original,
        closing(sqlite3.connect(unfinished, isolation_level=None)) as copy,
    ):
        original.backup(copy)
        with storage.transaction(copy):
            storage.write_clip(copy, clip)
    return lock


def remove_file(path: Path) -> None:
    """Remove a project file that is not in use, and what SQLite keeps beside it."""
    _remove_sidecars(path)  # first: beside another file they would damage it
    path.unlink(missing_ok=True)


def _read(path: Path) -> Stored:
    """Return what a locked file holds, brought up to the current format."""
    real = path.resolve()
    loading.check_header(real)
    absent = [suffix for suffix in _SIDECARS if not _beside(real, suffix).exists()]
    try:
        return _load(path, real)
    except (sqlite3.Error, ValueError, UserError) as error:
        for suffix in absent:  # what a look at the file has left beside it
            _beside(real, suffix).unlink(missing_ok=True)
        if isinstance(error, UserError):
            raise
        raise faults.unreadable(path, error) from error


def _load(path: Path, real: Path) -> Stored:
    # A read-only connection replays the log of a killed program without writing to the file.
    with closing(storage.connect(real, "ro")) as connection:
        version = version_of(connection)  # the header's may be older than the log's
        if version > CURRENT_VERSION:
            raise faults.newer(path, version, CURRENT_VERSION)
        loading.check_pages(connection, real.stat().st_size)
        if version == CURRENT_VERSION:
            return loading.load(connection)
    with closing(storage.connect(real, "rw")) as connection, storage.transaction(connection):
        migrate(connection)
        return loading.load(connection)  # or all is rolled back


def _unused_masks(path: Path, stored: Stored) -> set[int]:
    """Return the masks that a killed program left with nothing pointing to them."""
    with closing(storage.connect(path.resolve(), "ro")) as connection:
        unused = storage.mask_ids(connection)
    for table in (stored.labels, stored.proposals):
        for labels in table.values():
            unused.difference_update(label.mask_id for label in labels.values())
    return unused


def _clear_up(path: Path, unused: Collection[int]) -> None:
    """Remove what nobody needs any more from a file that is locked but not in use.

    Not being able to is no harm: the file stays marked, and is cleared up when it is next opened.
    """
    with suppress(sqlite3.Error), closing(storage.connect_writer(path.resolve())) as connection:
        storage.clear_up(connection, unused)


@contextmanager
def _locked(path: Path) -> Iterator[ProcessLock]:
    """Hold the lock of `path` while the block works, and afterwards too if it succeeds."""
    if not path.parent.is_dir():
        raise UserError(f"There is no folder {path.parent}", "make it, or choose another")
    # The project file itself cannot carry the lock: it is read and written through two connections.
    try:
        lock = ProcessLock(path.resolve())
    except BlockingIOError as error:
        raise faults.in_use(path) from error
    except OSError as error:
        raise faults.unwritable(path) from error
    try:
        yield lock
    except BaseException:
        lock.release()
        raise


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """Give a name to write a database under; when the block succeeds it takes the place of `path`, whole."""
    real = path.resolve()
    unfinished = real.with_name(real.name + ".new")
    with told_to_the_user(path):
        remove_file(unfinished)
        try:
            yield unfinished
            _remove_sidecars(real)  # another file's log would be replayed into ours
            unfinished.replace(real)
        except BaseException:
            with suppress(OSError):
                remove_file(unfinished)
            raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors of writing `path` into sentences."""
    try:
        yield
    except sqlite3.Error as error:
        raise faults.unsaved(path, error) from error


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove_sidecars(path: Path) -> None:
    for suffix in _SIDECARS:
        _beside(path, suffix).unlink(missing_ok=True)
