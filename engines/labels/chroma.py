"""The colour that a run gave one frame: chroma at a reduced size, to be laid over the frame's own luminance."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"TLC1"
_HEADER = struct.Struct("<4sII")
_ZERO = 128
"""What stands for a chroma of 0: a whole unit of Lab is the step, less than the eye tells apart."""


@dataclass(frozen=True, slots=True)
class ChromaMap:
    """Chroma and how sure it was seen, `width` x `height` cells over a whole frame. Immutable, hashable by content."""

    width: int
    height: int
    data: bytes
    """Three planes of uint8: a and b of CIE Lab plus 128, and how sure in 255ths; each cell less its left one, zlib."""

    @classmethod
    def encode(cls, chroma: NDArray[np.floating], seen: NDArray[np.floating]) -> ChromaMap:
        """Code `chroma`, a and b (h, w, 2), and `seen` (h, w) in [0, 1]. About 10 ns per cell."""
        height, width = seen.shape
        planes = np.empty((3, height, width), np.uint8)
        planes[:2] = np.clip(np.rint(chroma.transpose(2, 0, 1)) + _ZERO, 0, 255)
        planes[2] = np.rint(255 * np.clip(seen, 0, 1))
        planes[..., 1:] -= planes[..., :-1].copy()
        return cls(width, height, zlib.compress(planes.tobytes(), 1))

    def decode(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return chroma (h, w, 2) and how sure it was seen (h, w), float32."""
        planes = np.frombuffer(zlib.decompress(self.data), np.uint8).reshape(3, self.height, self.width)
        planes = np.add.accumulate(planes, axis=2, dtype=np.uint8)
        chroma = planes[:2].transpose(1, 2, 0).astype(np.float32) - _ZERO
        return chroma, planes[2] * np.float32(1 / 255)

    @property
    def is_nothing(self) -> bool:
        """Whether it says nothing: it never does."""
        return False

    def to_bytes(self) -> bytes:
        """Return it as one self-describing block of bytes, for storage."""
        return _HEADER.pack(_MAGIC, self.width, self.height) + self.data

    @classmethod
    def from_bytes(cls, data: bytes, size: tuple[int, int]) -> ChromaMap:
        """Read back `to_bytes`; there may be no more cells across and down than `size`, the frame's (width, height).

        Raises ValueError, naming the fault, on anything else, with the memory it takes bounded by the header.
        """
        if len(data) < _HEADER.size:
            raise ValueError("block of chroma is shorter than its header")
        magic, width, height = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("block is not one of chroma")
        if not (0 < width <= size[0] and 0 < height <= size[1]):
            raise ValueError(f"chroma of {width} x {height} on a frame of {size[0]} x {size[1]}")
        inflater, packed = zlib.decompressobj(), bytes(data[_HEADER.size :])
        try:
            raw = inflater.decompress(packed, 3 * width * height + 1)
        except zlib.error as error:
            raise ValueError("chroma is damaged") from error
        if len(raw) != 3 * width * height or not inflater.eof or inflater.unused_data:
            raise ValueError("chroma is damaged")
        return cls(width, height, packed)
