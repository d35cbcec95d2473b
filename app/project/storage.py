"""What stands in a project file's tables: writing a batch of changes, and clearing up after them.

Works on a connection that is given to it; knows no thread, no lock and no path.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.project.colour_draft import ColourDraft
from app.project.edits import Edit, Swap
from app.project.migrations import migrate
from app.project.model import ClipRecord, Label, LabelKey, LearnedOnClip, Object, RunRecord

BUSY_S = 5.0
"""SQLite's own patience with a lock; ours is never held that long, so running out of it is an error."""


@dataclass(frozen=True, slots=True)
class StoredMask:
    """A mask or points as the file keeps them: their `to_bytes`, and of a mask `DoubtMap.to_bytes` or nothing."""

    mask_id: int
    digest: bytes
    data: bytes
    doubt: bytes = b""


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that reach the file together or not at all. `counters` are written as they are given."""

    counters: Mapping[str, int]
    masks: tuple[StoredMask, ...] = ()
    edit: Edit | None = None
    runs: tuple[RunRecord, ...] = ()
    clip: ClipRecord | None = field(default=None)
    learned: tuple[tuple[str, LearnedOnClip | None], ...] = ()
    """By weights; None forgets."""


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open an existing database, `mode` "ro" or "rw"; usable by one thread at a time, whichever it is."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open a project file for writing, in the mode that a kill at any moment cannot hurt.

    With WAL and synchronous NORMAL a commit is one append without waiting for the disk: safe from
    a kill of the program; a power cut may take the last moments but leaves the file whole.
    """
    connection = connect(path, "rw")
    try:
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", "wal_autocheckpoint = 0"):
            connection.execute(f"PRAGMA {setting}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def build(path: Path, clip: ClipRecord) -> None:
    """Write a new project file of nothing but `clip`, whole on disk when this returns."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only an empty file can be told
        with transaction(connection):
            migrate(connection)
            write_clip(connection, clip)
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do what the block does wholly or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise


def write(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write `batch` in one transaction."""
    with transaction(connection):
        connection.executemany(
            "INSERT INTO masks (mask_id, digest, data, doubt) VALUES (?, ?, ?, ?)",
            ((mask.mask_id, mask.digest, mask.data, mask.doubt) for mask in batch.masks),
        )
        if batch.edit is not None:
            _write_objects(connection, batch.edit.objects)
            _write_labels(connection, "labels", batch.edit.labels)
            _write_labels(connection, "proposals", batch.edit.proposals)
            _write_drafts(connection, batch.edit.drafts)
        for run in batch.runs:
            _write_run(connection, run)
        if batch.clip is not None:
            write_clip(connection, batch.clip)
        for weights, found in batch.learned:
            connection.execute("DELETE FROM learned WHERE weights = ?", (weights,))
            if found is not None:
                connection.execute("INSERT INTO learned VALUES (?, ?, ?)", (weights, found.told, found.data))
        connection.executemany("INSERT OR REPLACE INTO counters VALUES (?, ?)", batch.counters.items())


def write_clip(connection: sqlite3.Connection, clip: ClipRecord) -> None:
    """Write the one row that says which clip this is."""
    connection.execute(
        "INSERT OR REPLACE INTO clip VALUES (1, ?, ?, ?, ?, ?, ?)",
        (
            _path_value(clip.relative_path),
            _path_value(clip.absolute_path),
            clip.fingerprint,
            clip.width,
            clip.height,
            clip.n_frames,
        ),
    )


def clear_up(connection: sqlite3.Connection, unused: Iterable[int]) -> None:
    """Remove the masks `unused`, which nothing points to, give their room back and mark the file as tidy.

    Only where no undo stack may still need them: before the first edit of a session or after the last.
    """
    with transaction(connection):
        connection.executemany("DELETE FROM masks WHERE mask_id = ?", ((mask_id,) for mask_id in unused))
        connection.execute("DELETE FROM proposals WHERE object_id NOT IN (SELECT object_id FROM objects)")
        connection.execute("INSERT OR REPLACE INTO counters VALUES ('is_untidy', 0)")
    connection.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page and stop


def mask_ids(connection: sqlite3.Connection) -> set[int]:
    """Return the ids of all masks in the file; read from the index of digests, a fraction of the table."""
    return {row[0] for row in connection.execute("SELECT mask_id FROM masks")}


def _path_value(path: str) -> str | bytes:
    """Return `path` as text, or as the system's bytes where its name is no text (it may be any bytes on Linux)."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _write_objects(connection: sqlite3.Connection, changes: Mapping[int, Swap[Object]]) -> None:
    gone = [(object_id,) for object_id, change in changes.items() if change.new is None]
    connection.executemany("DELETE FROM objects WHERE object_id = ?", gone)
    connection.executemany(
        "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_object_row(change.new) for change in changes.values() if change.new is not None),
    )


def _object_row(found: Object) -> tuple[int | str, ...]:
    return (
        found.object_id,
        found.name,
        *found.colour,
        found.class_name,
        found.kind.value,
        int(found.is_hidden),
        int(found.is_locked),
        found.position,
        "" if found.skeleton is None else found.skeleton.to_json(),
    )


def _write_labels(connection: sqlite3.Connection, table: str, swaps: Mapping[LabelKey, Swap[Label]]) -> None:
    gone = (key for key, swap in swaps.items() if swap.new is None)
    connection.executemany(f"DELETE FROM {table} WHERE object_id = ? AND frame = ?", gone)
    connection.executemany(
        f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _label_rows(swaps.items())
    )


def _label_rows(swaps: Iterable[tuple[LabelKey, Swap[Label]]]) -> Iterator[tuple[int | float | str, ...]]:
    for key, swap in swaps:
        label = swap.new
        if label is not None:
            yield (
                *key,
                label.provenance.value,
                label.mask_id,
                label.presence.value,
                label.confidence,
                label.run_id,
                *label.sources,
            )


def _write_drafts(connection: sqlite3.Connection, swaps: Mapping[int, Swap[ColourDraft]]) -> None:
    connection.executemany("DELETE FROM colour_drafts WHERE frame = ?", ((frame,) for frame in swaps))
    kept = ((frame, swap.new.to_json()) for frame, swap in swaps.items() if swap.new is not None)
    connection.executemany("INSERT INTO colour_drafts VALUES (?, ?)", kept)


def _write_run(connection: sqlite3.Connection, run: RunRecord) -> None:
    weights = ("", "") if run.weights is None else (run.weights.name, run.weights.fingerprint)
    how = (run.engine, run.direction, run.quality, run.state.value)
    connection.execute(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run.run_id, *how, run.base_revision, run.started_at, *weights),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO stretches VALUES (?, ?, ?, ?, ?, ?)",
        (
            (run.run_id, stretch.object_id, stretch.first, stretch.last, stretch.left, stretch.right)
            for stretch in run.stretches
        ),
    )
