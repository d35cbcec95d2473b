"""HDF5 files of strangers, read with bounds: nothing that lies in other files, nothing that grows out of measure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from app.formats.bounded import MAX_OBJECTS, refuse_odd_file

_MAX_FILE_BYTES = 4 << 30
_MAX_BYTES = 512 << 20
"""Of one table."""
_MAX_CHUNK_BYTES = 64 << 20
_MAX_ATTRIBUTE_BYTES = 16 << 20
_MAX_TEXTS_BYTES = 64 << 20
_MAX_GROWTH = 2000
"""How many times larger than in the file a table may be; deflate makes zeros a thousand times smaller."""
_FREE_BYTES = 4 << 20
"""Of a table that may be larger by any factor."""
_FILTERS = {1: "deflate", 2: "shuffle", 3: "checksum", 32000: "LZF"}


@contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading. Raises ValueError where it is none or damaged, and OSError where it cannot be opened."""
    refuse_odd_file(path, _MAX_FILE_BYTES)
    with path.open("rb"):  # tells what the system has against it
        pass
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise ValueError("it is not an HDF5 file, or damaged") from error


def member(group: h5py.Group, name: str) -> Any:
    """Return the group or dataset called `name` in the same file. Raises ValueError where there is none."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"it has no {name}")
    return group[name]


def table(group: h5py.Group, name: str) -> NDArray[Any]:
    """Return a dataset of numbers, of texts of one length, or of records of them. Raises ValueError for others."""
    found = _bounded(group, name)
    if found.dtype.hasobject:
        raise ValueError(f"{name} is not of plain numbers")
    return np.asarray(found[()])


def texts(group: h5py.Group, name: str) -> list[str]:
    """Return a dataset of texts in UTF-8. Raises ValueError for anything else."""
    found = _bounded(group, name)
    if not found.dtype.hasobject:
        return [_text(value, name) for value in np.asarray(found[()]).ravel().tolist()]
    if h5py.check_string_dtype(found.dtype) is None or found.ndim != 1 or found.size > MAX_OBJECTS:
        raise ValueError(f"{name} is no list of texts")
    told: list[str] = []
    n_bytes = 0
    for place in range(found.size):  # one by one: many may point to the same long one
        told.append(_text(found[place], name))
        n_bytes += len(told[-1])
        if n_bytes > _MAX_TEXTS_BYTES:
            raise ValueError(f"{name} is too long")
    return told


def _bounded(group: h5py.Group, name: str) -> h5py.Dataset:
    """Return a dataset of this file that is not out of measure."""
    found = member(group, name)
    if not isinstance(found, h5py.Dataset) or found.shape is None:
        raise ValueError(f"{name} is no table")
    facts = found.id.get_create_plist()
    if found.is_virtual or facts.get_external_count():
        raise ValueError(f"{name} lies in another file")
    filters = [facts.get_filter(place)[0] for place in range(facts.get_nfilters())]
    if any(number not in _FILTERS for number in filters):
        raise ValueError(f"{name} is packed in a way that is not known here")
    n_bytes = found.dtype.itemsize * math.prod(found.shape)
    chunk = found.dtype.itemsize * math.prod(found.chunks or (0,))
    if n_bytes > max(_FREE_BYTES, min(_MAX_BYTES, _MAX_GROWTH * found.id.get_storage_size())):
        raise ValueError(f"{name} claims to have {n_bytes >> 20} MiB")
    if chunk > _MAX_CHUNK_BYTES:
        raise ValueError(f"{name} claims to be in pieces of {chunk >> 20} MiB")
    return found


def attribute(found: Any, name: str) -> Any:
    """Return an attribute, a number or a text. Raises ValueError where there is none such."""
    if name not in found.attrs:
        raise ValueError(f"it does not say {name}")
    facts = found.attrs.get_id(name)
    if math.prod(facts.shape or (1,)) * facts.dtype.itemsize > _MAX_ATTRIBUTE_BYTES:
        raise ValueError(f"{name} is too long")
    value = found.attrs[name]
    if isinstance(value, (bytes, str)):
        return _text(value, name)
    if isinstance(value, h5py.Empty):
        return ""
    if np.ndim(value) or not isinstance(value, (int, float, np.number, np.bool_)):
        raise ValueError(f"{name} is neither a number nor a text")
    return value.item() if isinstance(value, np.generic) else value


def _text(value: Any, name: str) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value
