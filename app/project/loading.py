"""Reading a project file into values, trusting nothing in it.

A file may be cut short, have bits turned, or be made to harm. What gets past here can be worked
with: every value has the type and the range that the rest of the program relies on.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.project import faults
from app.project.colour_draft import ColourDraft, draft_from_json
from app.project.migrations import APPLICATION_ID, CURRENT_VERSION, expected_schema, schema_of
from app.project.model import (
    ClipRecord,
    Kind,
    Label,
    LearnedOnClip,
    Object,
    Provenance,
    RunRecord,
    RunState,
    UsedWeights,
)
from app.project.skeleton import Skeleton, skeleton_from_json
from engines.labels.presence import Presence
from engines.labels.rle import MAX_SIDE_PX
from engines.propagation.types import Stretch

_SQLITE_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_MARKS = struct.Struct(">60xi4xi")
"""``user_version`` and ``application_id`` in SQLite's header (sqlite.org/fileformat.html, 1.3)."""

CHECKED_BYTES = 256 << 20
"""Checked in about half a second (measured: 2.3 ms per MB with the file in memory)."""

_MAX_ID = 1 << 53
"""Far more ids than can be used up, and small enough that counting on stays within 64 bits."""
_MAX_FRAMES = 1 << 31
_MAX_TEXT = 4096
_MAX_SKELETON = 1 << 20

_IS_ID = "typeof({0}) = 'integer' AND {0} BETWEEN {1} AND 9007199254740992"
_LABEL_RULES = " AND ".join(
    (
        _IS_ID.format("object_id", 1),
        "typeof(frame) = 'integer' AND frame >= 0 AND frame < :n_frames",
        _IS_ID.format("mask_id", 1),
        f"presence IN ({', '.join(repr(value.value) for value in Presence)})",
        "typeof(confidence) = 'real' AND confidence BETWEEN 0 AND 1",
        *(_IS_ID.format(column, 0) for column in ("run_id", "left_source", "right_source")),
    )
)
"""Checked by SQLite itself: in Python it would take as long as all the rest of opening a million labels."""


@dataclass(frozen=True, slots=True)
class Stored:
    """All that a file holds but the masks."""

    clip: ClipRecord
    objects: list[Object]
    labels: dict[int, dict[int, Label]]
    proposals: dict[int, dict[int, Label]]
    runs: list[RunRecord]
    counters: dict[str, int]
    """``revision``, ``is_untidy``, and ``object_id``, ``mask_id``, ``run_id``: the next one to be given."""
    learned: tuple[LearnedOnClip, ...] = ()
    drafts: Mapping[int, ColourDraft] = field(default_factory=dict)


def check_header(path: Path) -> int:
    """Return the version of the format of the project file `path` after a look at its first bytes.

    Raises UserError for anything but a project file that this program can read, and may write. Must not be
    called while a connection to the file is open in this process: closing the file would drop SQLite's locks.
    """
    try:
        with path.open("r+b") as file:  # to write nothing, but to know that one may
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise faults.unwritable(path) from error
    if not header:
        raise faults.damaged(path, "it is empty")
    if not header.startswith(_SQLITE_MAGIC):
        raise faults.foreign(path, "not a Throughline project")
    if len(header) < _HEADER_BYTES:
        raise faults.damaged(path, "it is cut short")
    version, application_id = _MARKS.unpack_from(header)
    if application_id != APPLICATION_ID:
        raise faults.foreign(path, "a database of another program")
    if version > CURRENT_VERSION:
        raise faults.newer(path, version, CURRENT_VERSION)
    if version < 1:
        raise faults.damaged(path, f"its format is {version}")
    if _is_cut_short(path, header):
        raise faults.damaged(path, "it is cut short")
    return version


def _is_cut_short(path: Path, header: bytes) -> bool:
    """Return whether the file has fewer bytes than its `header` says.

    SQLite fills up a last page that is cut, and does not miss one that nothing points to. Where a log lies beside the
    file it may have the rest.
    """
    page_bytes, changed = int.from_bytes(header[16:18], "big"), header[24:28]
    n_pages, counted_at = int.from_bytes(header[28:32], "big"), header[92:96]
    log = path.with_name(f"{path.name}-wal")
    if changed != counted_at or (log.exists() and log.stat().st_size):
        return False
    return path.stat().st_size < n_pages * (65536 if page_bytes == 1 else page_bytes)


def check_pages(connection: sqlite3.Connection, n_bytes: int) -> None:
    """Raise ValueError, or SQLite's own error, where the file is not sound inside.

    Above `CHECKED_BYTES` it is not looked at, since that takes seconds: labels are read whole in any case,
    and masks are checked one by one when they are needed.
    """
    if n_bytes <= CHECKED_BYTES:
        (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if finding != "ok":
            raise ValueError(str(finding).splitlines()[-1])


def load(connection: sqlite3.Connection) -> Stored:
    """Return what the file holds.

    Raises ValueError, or SQLite's own error, saying what is wrong with it. About 4 s and 300 MB for
    a million labels. Any thread.
    """
    if schema_of(connection) != expected_schema():
        raise ValueError("its tables are not those of a project")
    clip = _load_clip(connection)
    objects = [_object_of(row) for row in connection.execute("SELECT * FROM objects")]
    with _collector_at_rest():
        labels = _load_labels(connection, "labels", clip.n_frames)
        proposals = _load_labels(connection, "proposals", clip.n_frames)
    object_ids = {found.object_id for found in objects}
    strays = set(labels) - object_ids
    if strays:
        raise ValueError(f"it has labels of an object {min(strays)} that is not there")
    for stray in set(proposals) - object_ids:  # redoing a deletion leaves those that a run has replaced meanwhile
        del proposals[stray]
    runs = _load_runs(connection)
    counters = _load_counters(connection, objects, runs)
    learned, drafts = _load_learned(connection), _load_drafts(connection, clip)
    return Stored(clip, objects, labels, proposals, runs, counters, learned, drafts)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep Python from looking for cycles among labels, which cannot have any: half the time of opening a million."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _load_clip(connection: sqlite3.Connection) -> ClipRecord:
    rows = connection.execute(
        "SELECT relative_path, absolute_path, fingerprint, width, height, n_frames FROM clip"
    ).fetchall()
    if len(rows) != 1:
        raise ValueError(f"it names {len(rows)} clips")
    relative_path, absolute_path, fingerprint, width, height, n_frames = rows[0]
    return ClipRecord(
        _path(relative_path),
        _path(absolute_path),
        _text(fingerprint, "clip's fingerprint"),
        _number(width, 1, MAX_SIDE_PX, "clip's width"),
        _number(height, 1, MAX_SIDE_PX, "clip's height"),
        _number(n_frames, 1, _MAX_FRAMES, "number of frames"),
    )


def _object_of(row: tuple[object, ...]) -> Object:
    object_id, name, red, green, blue, class_name, kind, is_hidden, is_locked, position, skeleton = row
    return Object(
        _number(object_id, 1, _MAX_ID, "object id"),
        _text(name, "object's name"),
        (
            _number(red, 0, 255, "object's colour"),
            _number(green, 0, 255, "object's colour"),
            _number(blue, 0, 255, "object's colour"),
        ),
        _text(class_name, "object's class"),
        Kind(_text(kind, "object's kind")),
        bool(_number(is_hidden, 0, 1, "object's flag")),
        bool(_number(is_locked, 0, 1, "object's flag")),
        _number(position, 0, _MAX_ID, "object's place"),
        _skeleton_of(kind, skeleton),
    )


def _skeleton_of(kind: object, text: object) -> Skeleton | None:
    """Return an object's skeleton: one that is labelled with points has one, and no other has."""
    if not isinstance(text, str) or bool(text) != (kind == Kind.POINTS) or len(text) > _MAX_SKELETON:
        raise ValueError("an object's skeleton makes no sense")
    return skeleton_from_json(text) if text else None


def _load_labels(connection: sqlite3.Connection, table: str, n_frames: int) -> dict[int, dict[int, Label]]:
    """Return the labels by frame by object id. Labels of one stretch share their `sources`."""
    allowed = ("derived",) if table == "proposals" else ("anchor", "derived")
    rule = f"provenance IN ({', '.join(map(repr, allowed))}) AND {_LABEL_RULES}"
    wrong = connection.execute(
        f"SELECT object_id, frame FROM {table} WHERE ({rule}) IS NOT 1 LIMIT 1", {"n_frames": n_frames}
    ).fetchone()
    if wrong is not None:
        raise ValueError(f"a label of object {wrong[0]!r:.20} on frame {wrong[1]!r:.20} makes no sense")
    provenances = {value.value: value for value in Provenance}
    presences = {value.value: value for value in Presence}
    shared: dict[tuple[int, int], tuple[int, int]] = {}
    by_object: defaultdict[int, dict[int, Label]] = defaultdict(dict)
    rows = connection.execute(
        "SELECT object_id, frame, provenance, mask_id, presence, confidence, run_id, left_source, right_source"
        f" FROM {table}"
    )
    for object_id, frame, provenance, mask_id, presence, confidence, run_id, left, right in rows:
        sources = shared.setdefault((left, right), (left, right))
        by_object[object_id][frame] = Label(
            provenances[provenance], mask_id, presences[presence], confidence, run_id, sources
        )
    return dict(by_object)


def _load_runs(connection: sqlite3.Connection) -> list[RunRecord]:
    stretches: defaultdict[object, list[Stretch]] = defaultdict(list)
    for run_id, *numbers in connection.execute("SELECT * FROM stretches"):
        object_id, first, last, left, right = numbers
        stretches[run_id].append(
            Stretch(
                _number(object_id, 1, _MAX_ID, "run's object"),
                _number(first, 0, _MAX_FRAMES, "run's frame"),
                _number(last, 0, _MAX_FRAMES, "run's frame"),
                None if left is None else _number(left, 0, _MAX_FRAMES, "run's anchor"),
                None if right is None else _number(right, 0, _MAX_FRAMES, "run's anchor"),
            )
        )
    return [
        RunRecord(
            _number(run_id, 1, _MAX_ID, "run id"),
            _text(engine, "run's engine"),
            _text(direction, "run's direction"),
            _text(quality, "run's quality"),
            RunState(_text(state, "run's state")),
            _number(base_revision, 0, _MAX_ID, "run's revision"),
            _text(started_at, "run's start"),
            tuple(stretches[run_id]),
            _weights_of(*weights),
        )
        for run_id, engine, direction, quality, state, base_revision, started_at, *weights in connection.execute(
            "SELECT * FROM runs ORDER BY run_id"
        )
    ]


def _weights_of(name: object, fingerprint: object) -> UsedWeights | None:
    used = UsedWeights(_text(name, "run's weights"), _text(fingerprint, "run's weights"))
    return used if used.name else None


def _load_learned(connection: sqlite3.Connection) -> tuple[LearnedOnClip, ...]:
    """Return what was learned on the clip; whoever uses it looks at the data itself."""
    found = []
    for weights, told, data in connection.execute("SELECT weights, told, data FROM learned"):
        if not isinstance(data, bytes):
            raise ValueError("what was learned on the clip makes no sense")
        what = "note on what was learned"
        found.append(LearnedOnClip(_text(weights, what), _text(told, what), data))
    return tuple(found)


def _load_drafts(connection: sqlite3.Connection, clip: ClipRecord) -> dict[int, ColourDraft]:
    """Return how a person colours frames."""
    found = {}
    for frame, draft in connection.execute("SELECT frame, draft FROM colour_drafts"):
        if not isinstance(draft, str):
            raise ValueError("a frame's colour hints make no sense")
        place = _number(frame, 0, clip.n_frames - 1, "coloured frame")
        found[place] = draft_from_json(draft, (clip.width, clip.height))
    return found


def _load_counters(connection: sqlite3.Connection, objects: list[Object], runs: list[RunRecord]) -> dict[str, int]:
    """Return the counters, raised past what is in use so that no damage makes an id be given twice."""
    counters = {"revision": 0, "is_untidy": 0, "object_id": 1, "mask_id": 1, "run_id": 1}
    for name, value in connection.execute("SELECT name, value FROM counters"):
        counters[_text(name, "counter")] = _number(value, 0, _MAX_ID, "counter")
    (last_mask,) = connection.execute("SELECT max(mask_id) FROM masks").fetchone()
    in_use = {
        "object_id": max((found.object_id for found in objects), default=0),
        "run_id": max((run.run_id for run in runs), default=0),
        "mask_id": 0 if last_mask is None else _number(last_mask, 1, _MAX_ID, "mask id"),
    }
    for name, last in in_use.items():
        counters[name] = max(counters[name], last + 1)
    return counters


def _number(value: object, lowest: int, highest: int, what: str) -> int:
    if not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(f"the {what} is {value!r:.40}")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ValueError(f"the {what} is {value!r:.40}")
    return value


def _path(value: object) -> str:
    return _text(os.fsdecode(value) if isinstance(value, bytes) else value, "clip's path")
