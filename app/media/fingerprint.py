"""A hash of a clip's content that is cheap for the largest files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WHOLE_BYTES = 4 << 20
"""Files up to this size are hashed whole."""

_BLOCK_BYTES = 16 << 10
_N_BLOCKS = 64
_PICTURE_BLOCK_BYTES = 4 << 10
_MAX_PICTURES = 1000


def video_fingerprint(path: Path, times_s: NDArray[np.float64]) -> str:
    """Return a hash of a video file's content and its time stamps; the file's name and place do not count.

    Of large files, 64 blocks of 16 KiB from begin to end are read: what an encoder writes
    differs in all of them, but a few bytes changed by hand in between go unnoticed.
    """
    content = hashlib.blake2b(np.ascontiguousarray(times_s, "<f8").tobytes(), digest_size=16)
    size = path.stat().st_size
    content.update(size.to_bytes(8, "little"))
    with path.open("rb") as file:
        if size <= WHOLE_BYTES:
            content.update(file.read())
        else:
            for block in range(_N_BLOCKS):
                file.seek((size - _BLOCK_BYTES) * block // (_N_BLOCKS - 1))
                content.update(file.read(_BLOCK_BYTES))
    return content.hexdigest()


def pictures_fingerprint(paths: Sequence[Path]) -> str:
    """Return a hash of the names, sizes and parts of the content of picture files; their folder does not count.

    Of up to 1000 files, evenly chosen, a block from the middle and the end is read.
    """
    content = hashlib.blake2b(digest_size=16)
    chosen = set(np.linspace(0, len(paths) - 1, min(len(paths), _MAX_PICTURES)).astype(int).tolist())
    for place, path in enumerate(paths):
        size = path.stat().st_size
        content.update(f"{path.name}\0{size}\0".encode("utf-8", "surrogatepass"))
        if place in chosen:
            with path.open("rb") as file:
                file.seek(max(0, size // 2 - _PICTURE_BLOCK_BYTES // 2))
                content.update(file.read(_PICTURE_BLOCK_BYTES))
                file.seek(-min(size, _PICTURE_BLOCK_BYTES), os.SEEK_END)
                content.update(file.read(_PICTURE_BLOCK_BYTES))
    return content.hexdigest()
