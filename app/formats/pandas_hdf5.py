"""Tables of numbers in HDF5 as pandas' `to_hdf` lays them out, without pandas: "fixed" both ways, "table" to be read.

In the fixed layout an axis of several levels is, for each level, its values and, for each place, which value it has.
In the other the columns' names are pickled lists of texts. https://pandas.pydata.org/docs/user_guide/io.html#hdf5-pytables
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from app.formats.deeplabcut_table import LEVELS, Table, checked
from app.formats.hdf5 import attribute, member, open_hdf5, table, texts
from app.formats.joints import plain_numbers
from app.formats.plain_pickle import read_plain

KEY = "df_with_missing"
"""Under which DeepLabCut has its table."""
_MAX_LEVELS = 8
_MAX_BLOCKS = 100


def write_table(path: Path, content: Table) -> None:
    """Write a table with at least one row."""
    with h5py.File(path, "w") as file:
        _say(file, CLASS="GROUP", PYTABLES_FORMAT_VERSION="2.1", VERSION="1.0")
        group = file.create_group(KEY)
        _say(group, CLASS="GROUP", VERSION="1.0", pandas_type="frame", encoding="UTF-8", errors="strict")
        group.attrs["ndim"], group.attrs["nblocks"] = np.int64(2), np.int64(1)
        _write_axis(group, "axis0", content.columns, content.levels)
        _write_axis(group, "axis1", content.rows, ())
        _write_axis(group, "block0_items", content.columns, content.levels)
        _write_array(group, "block0_values", content.values)


def read_table(path: Path) -> Table:
    """Return the table in a file. Raises ValueError, in words for a person, where it is none, and OSError."""
    with open_hdf5(path) as file:
        names = [KEY] if KEY in file else sorted(file)[:1]
        if not names:
            raise ValueError("it is empty")
        group = member(file, names[0])
        kind = attribute(group, "pandas_type")
        if kind == "frame":
            columns, rows, values = _read_fixed(group)
        elif kind == "frame_table":
            columns, rows, values = _read_appendable(group)
        else:
            raise ValueError(f"it is no table of pandas but {str(kind)[:40]!r}")
    levels = LEVELS if len(columns[0]) == len(LEVELS) else LEVELS[:1] + LEVELS[2:]
    if any(len(column) != len(levels) for column in columns):
        raise ValueError(f"its columns are not named by {', '.join(LEVELS)}")
    return checked(Table(levels, tuple(columns), tuple(rows), plain_numbers(values)))


Axis = list[tuple[str, ...]]


def _read_fixed(group: h5py.Group) -> tuple[Axis, Axis, NDArray[np.float64]]:
    columns, rows = _axis(group, "axis0"), _axis(group, "axis1")
    if not columns:
        raise ValueError("it has no columns")
    values = np.full((len(rows), len(columns)), np.nan)
    places = {column: place for place, column in enumerate(columns)}
    n_blocks = int(attribute(group, "nblocks"))
    if not 0 < n_blocks <= _MAX_BLOCKS:
        raise ValueError(f"it has {n_blocks} parts")
    for block in range(n_blocks):
        part = table(group, f"block{block}_values")
        items = _axis(group, f"block{block}_items")
        if part.shape != (len(rows), len(items)) or part.dtype.kind not in "fiu" or not set(items) <= set(columns):
            raise ValueError("its parts do not fit")
        values[:, [places[item] for item in items]] = part
    return columns, rows, values


def _read_appendable(group: h5py.Group) -> tuple[Axis, Axis, NDArray[np.float64]]:
    axes = _plain(attribute(group, "non_index_axes"))
    records = table(group, "table")
    if records.ndim != 1 or records.dtype.names is None or "index" not in records.dtype.names:
        raise ValueError("it is no table by rows")
    columns = [_parts(parts) for parts in axes[0][1]]
    rows = [_parts((value,)) for value in records["index"].tolist()]
    values = np.full((len(rows), len(columns)), np.nan)
    places = {column: place for place, column in enumerate(columns)}
    found = member(group, "table")
    for name in records.dtype.names:
        if name.startswith("values_block_"):
            items = [_parts(parts) for parts in _plain(attribute(found, f"{name}_kind"))]
            part = records[name].reshape(len(rows), -1)
            if part.shape[1] != len(items) or part.dtype.kind not in "fiu" or not set(items) <= set(columns):
                raise ValueError("its parts do not fit")
            values[:, [places[item] for item in items]] = part
    if not columns:
        raise ValueError("it has no columns")
    return columns, rows, values


def _axis(group: h5py.Group, name: str) -> Axis:
    """Return the names along an axis, each in parts."""
    if attribute(group, f"{name}_variety") == "regular":
        return [(value,) for value in _level(group, name)]
    n_levels = int(attribute(group, f"{name}_nlevels"))
    if not 0 < n_levels <= _MAX_LEVELS:
        raise ValueError(f"{name} has {n_levels} levels")
    parts = []
    for level in range(n_levels):
        values = np.array(_level(group, f"{name}_level{level}"), object)
        codes = table(group, f"{name}_label{level}")
        if codes.ndim != 1 or codes.dtype.kind not in "iu" or (codes.size and not 0 <= codes.min() <= codes.max()):
            raise ValueError(f"{name} is damaged")
        parts.append(values[codes].tolist())
    return list(zip(*parts, strict=True))


def _level(group: h5py.Group, name: str) -> list[str]:
    """Return the values of one level: texts, or numbers as such."""
    found = member(group, name)
    if not isinstance(found, h5py.Dataset) or found.ndim != 1:
        raise ValueError(f"{name} is no list")
    if attribute(found, "kind") == "integer":
        return [str(int(value)) for value in table(group, name).tolist()]
    if attribute(found, "kind") == "string":
        return texts(group, name)
    raise ValueError(f"{name} is neither of texts nor of numbers; give the CSV file instead")


def _plain(pickled: Any) -> Any:
    """Return the list in an attribute that pandas pickled."""
    found = read_plain(io.BytesIO(str(pickled).encode("latin-1")))
    if not isinstance(found, list):
        raise ValueError("it does not name its columns")
    return found


def _parts(found: Any) -> tuple[str, ...]:
    """Return the parts of a name as texts."""
    parts = found if isinstance(found, tuple) else (found,)
    if not all(isinstance(part, (str, int, bytes)) for part in parts):
        raise ValueError("a name in it is no text")
    return tuple(part.decode("utf-8") if isinstance(part, bytes) else str(part) for part in parts)


def _write_axis(group: h5py.Group, name: str, places: Sequence[tuple[str, ...]], levels: Sequence[str]) -> None:
    n_levels = len(places[0])
    _say(group, **{f"{name}_variety": "multi"})
    group.attrs[f"{name}_nlevels"] = np.int64(n_levels)
    for level in range(n_levels):
        values = list(dict.fromkeys(place[level] for place in places))
        numbers = {value: number for number, value in enumerate(values)}
        found = _write_array(group, f"{name}_level{level}", np.array([value.encode() for value in values]))
        _say(found, kind="string")
        if levels:
            _say(found, name=levels[level])
        codes = np.array([numbers[place[level]] for place in places])
        _write_array(group, f"{name}_label{level}", codes.astype(np.min_scalar_type(-len(values) - 1)))


def _write_array(group: h5py.Group, name: str, values: NDArray[Any]) -> h5py.Dataset:
    found = group.create_dataset(name, data=values)
    _say(found, CLASS="ARRAY", FLAVOR="numpy", VERSION="2.4")
    found.attrs["transposed"] = np.uint8(1)  # pandas keeps blocks the other way round
    return found


def _say(found: Any, **told: str) -> None:
    for name, value in told.items():
        data = value.encode()
        found.attrs.create(name, data, dtype=h5py.string_dtype("utf-8", len(data)))  # as PyTables has texts
