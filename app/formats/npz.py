"""Arrays in an .npz file, read with bounds: nothing is unpickled, no more is unpacked than a shape says."""

from __future__ import annotations

import math
import zipfile
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from app.formats.bounded import MAX_OBJECTS
from app.project.verbs import MAX_NAME

_MAX_BYTES = 512 << 20


def table(archive: zipfile.ZipFile, name: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """Return an array; its memory is bounded by the `shape` that it must have. Raises ValueError and KeyError.

    Sides that are None may be any; the first then at most as many as there may be objects.
    """
    with archive.open(f"{name}.npy") as file:
        found, is_fortran, dtype = header(file)
        fits = len(found) == len(shape) and all(side in (None, n) for side, n in zip(shape, found, strict=True))
        n_values = math.prod(found)
        if (
            not fits
            or (shape[0] is None and found[0] > MAX_OBJECTS)
            or n_values * dtype.itemsize > _MAX_BYTES
            or dtype.hasobject
            or dtype.itemsize > 4 * MAX_NAME
        ):
            raise ValueError(f"{name} is {dtype} {found}, which does not fit")
        return np.frombuffer(exactly(file, n_values * dtype.itemsize), dtype).reshape(
            found, order="F" if is_fortran else "C"
        )


def header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return an array's shape, whether it is in Fortran's order, and its dtype. Raises ValueError."""
    version = npy.read_magic(file)
    if version == (1, 0):
        return npy.read_array_header_1_0(file)
    if version == (2, 0):
        return npy.read_array_header_2_0(file)
    raise ValueError(f"arrays of version {version}")


def exactly(file: IO[bytes], n_bytes: int) -> bytes:
    """Return the next bytes of a file. Raises ValueError where it ends before."""
    data = file.read(n_bytes)
    if len(data) != n_bytes:
        raise ValueError("it is cut short")
    return data
