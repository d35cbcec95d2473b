"""The project file's format: each version as a step from the one before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

Step = Callable[[sqlite3.Connection], None]

APPLICATION_ID = 0x54484C4E
""""THLN", in the file's header where SQLite keeps the owner's mark."""

_LABEL_COLUMNS = """
    object_id INTEGER NOT NULL, frame INTEGER NOT NULL, provenance TEXT NOT NULL, mask_id INTEGER NOT NULL,
    presence TEXT NOT NULL, confidence REAL NOT NULL, run_id INTEGER NOT NULL,
    left_source INTEGER NOT NULL, right_source INTEGER NOT NULL, PRIMARY KEY (object_id, frame)
"""

_FIRST_FORMAT = (
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE clip (
        row INTEGER PRIMARY KEY, relative_path TEXT NOT NULL, absolute_path TEXT NOT NULL,
        fingerprint TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, n_frames INTEGER NOT NULL
    )""",
    """CREATE TABLE objects (
        object_id INTEGER PRIMARY KEY, name TEXT NOT NULL, red INTEGER NOT NULL, green INTEGER NOT NULL,
        blue INTEGER NOT NULL, class_name TEXT NOT NULL, kind TEXT NOT NULL, is_hidden INTEGER NOT NULL,
        is_locked INTEGER NOT NULL, position INTEGER NOT NULL
    )""",
    f"CREATE TABLE labels ({_LABEL_COLUMNS}) WITHOUT ROWID",
    f"CREATE TABLE proposals ({_LABEL_COLUMNS}) WITHOUT ROWID",
    "CREATE TABLE masks (mask_id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, data BLOB NOT NULL)",
    """CREATE TABLE runs (
        run_id INTEGER PRIMARY KEY, engine TEXT NOT NULL, direction TEXT NOT NULL, quality TEXT NOT NULL,
        state TEXT NOT NULL, base_revision INTEGER NOT NULL, started_at TEXT NOT NULL
    )""",
    """CREATE TABLE stretches (
        run_id INTEGER NOT NULL, object_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        left_anchor INTEGER, right_anchor INTEGER, PRIMARY KEY (run_id, object_id, first)
    ) WITHOUT ROWID""",
)


def _first_format(connection: sqlite3.Connection) -> None:
    """Make the tables. Labels carry no foreign keys: masks come and go by the thousand, and reading checks."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in _FIRST_FORMAT:
        connection.execute(statement)


def _void_objects(connection: sqlite3.Connection) -> None:
    """Let objects be of the kind "void": no table differs, but an older program would not know what they are."""


def _weights_of_runs(connection: sqlite3.Connection) -> None:
    """Say which weights a run used; of earlier runs nobody knows."""
    for column in ("weights", "weights_fingerprint"):
        connection.execute(f"ALTER TABLE runs ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")


def _doubt_of_masks(connection: sqlite3.Connection) -> None:
    """Keep beside a mask that a run made where it is likely wrong; of earlier masks nobody knows."""
    connection.execute("ALTER TABLE masks ADD COLUMN doubt BLOB NOT NULL DEFAULT x''")


def _learned_on_clip(connection: sqlite3.Connection) -> None:
    """Keep what was learned on the clip, by the weights that it is for."""
    connection.execute(
        "CREATE TABLE learned (weights TEXT PRIMARY KEY, told TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID"
    )


def _skeletons_of_objects(connection: sqlite3.Connection) -> None:
    """Let objects be labelled with points: say which joints they have. Points lie among the masks, by their mark."""
    connection.execute("ALTER TABLE objects ADD COLUMN skeleton TEXT NOT NULL DEFAULT ''")


def _painted_pictures(connection: sqlite3.Connection) -> None:
    """Let objects be textures and colour: pictures and where they lie stand among the masks, by their mark.

    No table differs, but an older program would not know what they are.
    """


def _colour_drafts(connection: sqlite3.Connection) -> None:
    """Keep how a person colours a frame, beside the picture that is made of it."""
    connection.execute("CREATE TABLE colour_drafts (frame INTEGER PRIMARY KEY, draft TEXT NOT NULL)")


STEPS: Mapping[int, Step] = {
    1: _first_format,
    2: _void_objects,
    3: _weights_of_runs,
    4: _doubt_of_masks,
    5: _learned_on_clip,
    6: _skeletons_of_objects,
    7: _painted_pictures,
    8: _colour_drafts,
}
"""By the version that each step leads to. A step that has been released is never changed."""

CURRENT_VERSION = max(STEPS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the format that the file is in, 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, steps: Mapping[int, Step] = STEPS) -> None:
    """Bring the file up to the latest of `steps`. The caller holds the transaction, so it is all or nothing.

    Raises ValueError for a file of a version that is newer still.
    """
    version, latest = version_of(connection), max(steps)
    if version > latest:
        raise ValueError(f"format {version} is newer than {latest}")
    for target in range(version + 1, latest + 1):
        steps[target](connection)
        connection.execute(f"PRAGMA user_version = {target}")


def schema_of(connection: sqlite3.Connection) -> list[tuple[str, str, str | None]]:
    """Return everything that the file declares, sorted: (type, name, text)."""
    return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


def expected_schema(steps: Mapping[int, Step] = STEPS) -> list[tuple[str, str, str | None]]:
    """Return what a file of the latest version declares: a trigger or view in one is none of ours."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, steps)
        return schema_of(connection)
    finally:
        connection.close()
