"""A large array written frame by frame into an ``.npz`` that NumPy reads, so that memory holds one frame of it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_ZIP_LEVEL = 1
"""What is written so is mostly NaN: the fastest makes it nearly as small as the best."""


class ArrayWriter(Protocol):
    """Takes the parts of an array, one after the other."""

    def write(self, values: NDArray[np.float32]) -> None:
        """Add one."""


@contextmanager
def streamed_array(file: Path, name: str, shape: tuple[int, ...]) -> Iterator[ArrayWriter]:
    """Lend what writes the float32 array `name` of `shape` into the new ``.npz`` `file`, along its first axis."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False, "shape": shape}
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_ZIP_LEVEL) as archive,
        archive.open(f"{name}.npy", "w", force_zip64=True) as member,
    ):
        np.lib.format.write_array_header_1_0(member, header)

        class Parts:
            def write(self, values: NDArray[np.float32]) -> None:
                member.write(np.ascontiguousarray(values, np.float32).data)

        yield Parts()


def add_array(file: Path, name: str, values: NDArray[np.int32]) -> None:
    """Add a small array to an ``.npz``."""
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(f"{name}.npy", "w") as member:
        np.lib.format.write_array(member, values)
