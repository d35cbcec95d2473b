"""Arrays of numbers in MATLAB's files of version 5 and 7, read with bounds.

What else such a file may hold (cells, structures, objects, functions) is passed over unseen. "MAT-File Format",
MathWorks, chapter 1: a header of 128 bytes, then elements, each a tag and data; a variable is an element that holds
elements (flags, sides, name, numbers), and may be deflated.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.formats.bounded import read_bytes

_HEADER_BYTES = 128
_MATRIX, _DEFLATED = 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""NumPy's codes of MATLAB's types of data."""
_CLASSES = range(6, 16)
"""Of arrays of numbers; others are of texts, cells, and so on."""
_COMPLEX = 0x0800
_MAX_SIDES = 8
_MAX_BYTES = 256 << 20


def read_array(path: Path, name: str) -> NDArray[Any]:
    """Return the array called `name`. Raises ValueError, in words for a person, KeyError, and OSError."""
    data = read_bytes(path, _MAX_BYTES)
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None or len(data) < _HEADER_BYTES:
        raise ValueError("it is no .mat file of MATLAB's version 5 to 7")
    for content in _variables(memoryview(data)[_HEADER_BYTES:], order):
        found = _array(content, order, name)
        if found is not None:
            return found
    raise KeyError(name)


def _variables(data: memoryview, order: str) -> Iterator[memoryview]:
    """Yield the content of each variable, inflated."""
    for kind, content in _elements(data, order):
        if kind == _DEFLATED:
            inflater = zlib.decompressobj()
            inflated = inflater.decompress(content, _MAX_BYTES)
            if inflater.unconsumed_tail:
                raise ValueError(f"it has more than {_MAX_BYTES >> 20} MiB")
            kind, content = next(_elements(memoryview(inflated), order), (0, memoryview(b"")))
        if kind == _MATRIX:
            yield content


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Yield the type and data of each element. Raises ValueError where one is cut short."""
    place = 0
    while place + 8 <= len(data):
        kind, n_bytes = struct.unpack_from(f"{order}II", data, place)
        if kind >> 16:  # a short one: its size stands beside the type, its data in the tag
            kind, n_bytes, start, end = kind & 0xFFFF, kind >> 16, place + 4, place + 8
            if n_bytes > 4:
                raise ValueError("it is damaged")
        else:
            start = place + 8
            end = start + n_bytes + (-n_bytes % 8 if kind != _DEFLATED else 0)
        if start + n_bytes > len(data):
            raise ValueError("it is cut short")
        yield kind, data[start : start + n_bytes]
        place = end


def _array(content: memoryview, order: str, name: str) -> NDArray[Any] | None:
    """Return the numbers of a variable, None where it is not called `name`."""
    elements = _elements(content, order)
    parts = [part for _, part in zip(range(3), elements, strict=False)]
    if len(parts) < 3 or len(parts[0][1]) < 4 or bytes(parts[2][1]) != name.encode():
        return None
    (flags,) = struct.unpack_from(f"{order}I", parts[0][1])
    sides = np.frombuffer(parts[1][1], f"{order}i4").tolist()
    kind, numbers = next(elements, (0, memoryview(b"")))
    if flags & 0xFF not in _CLASSES or flags & _COMPLEX or kind not in _NUMBERS:
        raise ValueError(f"{name} is no array of numbers")
    found = np.frombuffer(numbers, np.dtype(f"{order}{_NUMBERS[kind]}"))
    if len(sides) > _MAX_SIDES or min(sides, default=-1) < 0 or math.prod(sides) != len(found):
        raise ValueError(f"{name} has {len(found)} numbers, which is not {' x '.join(map(str, sides[:_MAX_SIDES]))}")
    return found.reshape(sides, order="F")
