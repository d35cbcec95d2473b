"""DeepLabCut's tables of points, which are pandas': columns named on several levels, rows by picture or by number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.formats.bounded import MAX_OBJECTS, finite, read_text
from app.formats.interface import Found, FrameIdentity
from app.formats.joints import MAX_NUMBERS
from app.project.model import Provenance
from engines.labels.points import Points

LEVELS = ("scorer", "individuals", "bodyparts", "coords")
"""Of the columns; `individuals` is there where there may be several."""
X, Y, LIKELIHOOD = "x", "y", "likelihood"

_NUMBERED = re.compile(r"(?:img|frame)?_?0*(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`columns` are parts by `levels`; `rows` the parts of a path, or one number, as text; `values` (rows, columns)."""

    levels: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Individual:
    """One animal in a table, "" where the table has but one; `places` are columns of a joint by the last level."""

    name: str
    joints: tuple[str, ...]
    places: tuple[Mapping[str, int], ...]


def csv_text(table: Table) -> str:
    """Return the table as pandas' `to_csv` writes it, numbers with all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    n_parts = max((len(row) for row in table.rows), default=3)
    for level, name in enumerate(table.levels):
        writer.writerow([name, *[""] * (n_parts - 1), *(column[level] for column in table.columns)])
    for row, values in zip(table.rows, table.values.tolist(), strict=True):
        writer.writerow([*row, *("" if value != value else repr(value) for value in values)])
    return out.getvalue()


def read_csv(path: Path) -> Table:
    """Return the table in a CSV file. Raises ValueError, in words for a person, and OSError."""
    lines = list(csv.reader(io.StringIO(read_text(path)), strict=True))
    head = [line for line in lines[: len(LEVELS)] if line and line[0] in LEVELS]
    levels = tuple(line[0] for line in head)
    if not head or levels not in (LEVELS, LEVELS[:1] + LEVELS[2:]):
        raise ValueError(f"its first lines are not {', '.join(LEVELS)}")
    n_parts = next((place for place, part in enumerate(head[0]) if place and part), len(head[0]))
    body = [line for line in lines[len(head) :] if any(line)]
    if any(len(line) != len(head[0]) for line in (*head, *body)):
        raise ValueError("its lines are not all of one length")
    numbers = [[finite(part) if part.strip() else np.nan for part in line[n_parts:]] for line in body]
    columns = tuple(zip(*(line[n_parts:] for line in head), strict=True))
    values = np.array(numbers, np.float64).reshape(len(body), len(columns))
    return checked(Table(levels, columns, tuple(tuple(line[:n_parts]) for line in body), values))


def checked(table: Table) -> Table:
    """Return the table. Raises ValueError where it is no table of points."""
    if table.values.shape != (len(table.rows), len(table.columns)) or table.values.size > MAX_NUMBERS:
        raise ValueError(f"it has {len(table.rows)} rows of {len(table.columns)} columns, and numbers for others")
    if len(table.columns) > 3 * MAX_OBJECTS or not table.columns:
        raise ValueError(f"it has {len(table.columns)} columns")
    if len(set(table.columns)) < len(table.columns):
        raise ValueError("two of its columns are called the same")
    if np.isinf(table.values).any() or np.nanmax(np.abs(table.values), initial=0) > 1e6:
        raise ValueError("a place in it is out of range")
    return table


def individuals(table: Table) -> list[Individual]:
    """Return the animals of a table in its order. Raises ValueError where scorers are several or a place is missing."""
    scorers = {column[0] for column in table.columns}
    if len(scorers) > 1:
        raise ValueError(f"it has labels of {len(scorers)} scorers; give those of one")
    found: dict[str, dict[str, dict[str, int]]] = {}
    for place, (_, *owner, joint, coordinate) in enumerate(table.columns):
        found.setdefault(owner[0] if owner else "", {}).setdefault(joint, {})[coordinate] = place
    for joints in found.values():
        for joint, places in joints.items():
            if not {X, Y} <= set(places):
                raise ValueError(f"{joint} has no columns x and y")
    return [Individual(name, tuple(joints), tuple(joints.values())) for name, joints in found.items()]


def identity(row: tuple[str, ...]) -> FrameIdentity:
    """Return which frame a row is for: DeepLabCut numbers pictures by their frame in the video, ``img0012.png``."""
    stem = Path(re.split(r"[\\/]", row[-1])[-1]).stem
    number = _NUMBERED.fullmatch(stem)
    return FrameIdentity(int(number[1]) if number else None, stem)


def labels_of(table: Table, animals: list[Individual]) -> Iterator[tuple[int, tuple[Found, ...]]]:
    """Yield the labels of each row by its place; an animal without a joint is not there. Animals count from 1."""
    for place, row in enumerate(table.values):
        found = []
        for object_id, animal in enumerate(animals, 1):
            at = np.array([[row[joint[X]], row[joint[Y]]] for joint in animal.places])
            at[np.isnan(at).any(1)] = np.nan
            has_chances = all(LIKELIHOOD in joint for joint in animal.places)
            chances = np.array([row[joint[LIKELIHOOD]] for joint in animal.places]) if has_chances else None
            sure = None if chances is None else np.clip(np.nan_to_num(chances), 0, 1)
            points = Points.of_arrays(at, np.ones(len(at), bool), sure)
            if points.joints:
                mean = None if sure is None else float(np.mean([joint.confidence for joint in points.placed]))
                provenance = None if mean is None else Provenance.DERIVED
                found.append(Found(object_id, points, None, mean, provenance))
        yield place, tuple(found)
