"""NumPy arrays as they stand in pickles: how NumPy asks for one to be made, understood without making anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_MAX_ARRAY_BYTES = 256 << 20
_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes that were left in the file."""

    start: int
    n_bytes: int
    is_text: bool = False
    """They stand as text in UTF-8, a letter for each byte."""


@dataclass(slots=True, eq=False)
class StoredArray:
    """A NumPy array in the file; `load` it."""

    dtype: np.dtype[Any] | None = None
    shape: tuple[int, ...] = ()
    is_fortran: bool = False
    data: Any = None

    def load(self, file: IO[bytes]) -> NDArray[Any]:
        """Return the array. Raises ValueError where it is damaged, too large or of anything but numbers."""
        if self.dtype is None or self.dtype.kind not in "biuf":
            raise ValueError("an array is not of plain numbers")
        n_bytes = self.dtype.itemsize
        for side in self.shape:
            n_bytes *= side
        if n_bytes > _MAX_ARRAY_BYTES:
            raise ValueError(f"an array has {n_bytes >> 20} MiB, more than {_MAX_ARRAY_BYTES >> 20}")
        data = self.data
        if isinstance(data, Span):
            if data.n_bytes > 2 * _MAX_ARRAY_BYTES:
                raise ValueError("an array is too large")
            file.seek(data.start)
            raw = file.read(data.n_bytes)
            data = raw.decode("utf-8").encode("latin-1") if data.is_text else raw
        elif isinstance(data, str):
            data = data.encode("latin-1")
        if not isinstance(data, bytes) or len(data) != n_bytes:
            raise ValueError("an array is cut short")
        return np.frombuffer(data, self.dtype).reshape(self.shape, order="F" if self.is_fortran else "C")


@dataclass(slots=True, eq=False)
class DtypeInMaking:
    """A dtype that is being made."""

    code: str
    order: str = "="

    def made(self) -> np.dtype[Any]:
        """Return the dtype. Raises ValueError for anything but plain numbers."""
        if self.code[:1] not in "biuf" or not self.code[1:].isdecimal():
            raise ValueError(f"an array is of {self.code[:20]!r}")
        return np.dtype(self.code).newbyteorder(self.order)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a pickle asks for by name; it is never looked up."""

    module: str
    name: str


def made_by(called: Name, arguments: tuple[Any, ...]) -> Any:
    """Return what NumPy's own way of writing means by calling a name. Raises ValueError for any other."""
    module, name = called.module, called.name
    if module in _MULTIARRAY and name == "_reconstruct":
        return StoredArray()
    if (module, name) == ("numpy", "dtype") and arguments and isinstance(arguments[0], str):
        return DtypeInMaking(arguments[0])
    if module in _NUMERIC and name == "_frombuffer" and len(arguments) == 4:
        data, dtype, shape, order = arguments
        return StoredArray(dtype_of(dtype), shape_of(shape), order == "F", data)
    if (module, name) == ("_codecs", "encode") and len(arguments) == 2 and arguments[1] == "latin1":
        return arguments[0]  # bytes, as protocol 2 has them
    raise ValueError(f"it asks for {module[:60]}.{name[:60]} to be run, so it was not opened")


def dtype_of(found: Any) -> np.dtype[Any]:
    """Return a dtype that was made. Raises ValueError for anything else."""
    if not isinstance(found, DtypeInMaking):
        raise ValueError("it is damaged")
    return found.made()


def shape_of(found: Any) -> tuple[int, ...]:
    """Return an array's shape. Raises ValueError for anything else."""
    if not isinstance(found, tuple) or len(found) > 8 or not all(isinstance(side, int) and side >= 0 for side in found):
        raise ValueError("an array has no shape")
    return found
