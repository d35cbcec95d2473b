"""What is in a safetensors file, found out from its header alone: without torch, and nothing is executed.

The layout (https://github.com/huggingface/safetensors, "Format"): eight bytes with the length of the header,
little endian; the header, a JSON object of name to dtype, shape and place, ``__metadata__`` being free strings;
then the tensors, one after another without gaps.
"""

from __future__ import annotations

import hashlib
import json
import math
import stat
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

MAX_HEADER_BYTES = 4 << 20
"""That of a ViT-B has 20 kB; what is much longer is no file of ours and would only fill the memory."""
ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_METADATA = "__metadata__"
_SETTLED_NS = 2_000_000_000
"""A file changed less than this ago may change again without its time stamp showing it: FAT counts in two seconds."""


class WeightsError(ValueError):
    """Weights that cannot be used: one sentence, `problem` naming the file, and what to do about it in `remedy`."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}.")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """A tensor of a file: `begin` and `end` are bytes from the file's start."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def n_values(self) -> int:
        """Return how many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class TensorFile:
    """The header of a safetensors file, checked against the file's length."""

    file: Path
    n_bytes: int
    metadata: dict[str, str]
    tensors: dict[str, TensorPlace]

    def fingerprint(self) -> str:
        """Return 16 hex digits of the SHA-256 over names, dtypes, shapes and values.

        The whole file is read, half a second for a ViT-B: once as long as its size and time stamp stay.
        """
        state = self.file.stat()
        tensors = tuple(sorted(self.tensors.items(), key=lambda row: row[0]))
        if time.time_ns() - state.st_mtime_ns < _SETTLED_NS:
            return _digest(self.file, tensors)
        return _remembered_digest(self.file, tensors, state.st_size, state.st_mtime_ns, state.st_ino)


def _digest(file: Path, tensors: tuple[tuple[str, TensorPlace], ...]) -> str:
    """Return the fingerprint of `tensors`, which lie in `file`."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        for name, place in tensors:
            digest.update(f"{name} {place.dtype} {place.shape}\n".encode())
            opened.seek(place.begin)
            left = place.end - place.begin
            while left and (piece := opened.read(min(left, 1 << 20))):
                digest.update(piece)
                left -= len(piece)
    return digest.hexdigest()[:16]


@lru_cache(maxsize=64)
def _remembered_digest(file: Path, tensors: tuple[tuple[str, TensorPlace], ...], *_state: int) -> str:
    """Return the fingerprint of a file in that state."""
    return _digest(file, tensors)


def read_tensor_file(file: Path) -> TensorFile:
    """Return the header of `file`. Raises WeightsError where it is no whole safetensors file, OSError as the system."""
    state = file.stat()
    if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):  # reading a pipe would never end
        raise _no_safetensors(file)
    n_bytes = state.st_size
    with file.open("rb") as opened:
        n_header = int.from_bytes(opened.read(8), "little")
        if n_bytes < 10 or n_header > min(MAX_HEADER_BYTES, n_bytes - 8):
            raise _no_safetensors(file)
        text = opened.read(n_header)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_safetensors(file) from error
    metadata = header.pop(_METADATA, {}) if isinstance(header, dict) else None
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _no_safetensors(file)
    try:
        tensors = {name: _place(row, 8 + n_header) for name, row in header.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise _no_safetensors(file) from error
    end = 8 + n_header
    for place in sorted(tensors.values(), key=lambda place: (place.begin, place.end)):
        if place.begin != end:
            raise _no_safetensors(file)
        end = place.end
    if end != n_bytes:
        told = "is cut short" if end > n_bytes else "is longer than it should be"
        raise WeightsError(f"{file} {told} ({n_bytes:,} bytes of {end:,})", "copy or download it again")
    return TensorFile(file, n_bytes, metadata, tensors)


def _place(row: Any, offset: int) -> TensorPlace:
    """Return where a header's row says that a tensor is. Raises KeyError, TypeError or ValueError for nonsense."""
    dtype, shape, (begin, end) = row["dtype"], tuple(row["shape"]), row["data_offsets"]
    numbers = (*shape, begin, end)
    if any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError(f"not whole numbers: {numbers}")
    if math.prod(shape) * ITEM_BYTES[dtype] != end - begin:
        raise ValueError(f"{end - begin} bytes for {dtype} {shape}")
    return TensorPlace(dtype, shape, offset + begin, offset + end)


def _no_safetensors(file: Path) -> WeightsError:
    return WeightsError(
        f"{file} is no safetensors file", "give a weights file of ours, or bring a .pth in with `weights import`"
    )
