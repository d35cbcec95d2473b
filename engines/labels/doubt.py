"""Where one object's label on one frame is likely wrong, small enough to keep with every label.

Engines return it, the project stores it, the canvas paints it. Nothing here knows a file or a window.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import Box

MOST_CELLS = 64
"""The longer side of a map: engines see little more, and a person needs less."""

_STEPS = 48
"""Kept are the roots of chances in so many steps: fine where chances are small, and they compress well."""

_HEADER = struct.Struct("<4s4I2H")
_MAGIC = b"TLD1"


@dataclass(frozen=True, slots=True)
class DoubtMap:
    """The chance, in [0, 1], that a pixel's label is wrong, in cells of a crop of the picture; 0 outside it.

    Immutable, hashable by content. `box` is divided evenly into `columns` x `rows` cells; `data` are the roots of their
    chances in steps, uint8 row by row, compressed with zlib. Some hundred bytes to two thousand.
    """

    box: Box
    columns: int
    rows: int
    data: bytes

    @classmethod
    def encode(cls, chances: NDArray[np.float32], box: Box) -> DoubtMap:
        """Keep `chances`, float32 (rows, columns) in [0, 1], no side longer than `MOST_CELLS`, spread over `box`."""
        rows, columns = chances.shape
        stepped = np.rint(np.sqrt(chances) * _STEPS).astype(np.uint8)
        return cls(box, columns, rows, zlib.compress(stepped.tobytes(), 1))

    def chances(self) -> NDArray[np.float32]:
        """Return the chances, float32 (rows, columns)."""
        raw = np.frombuffer(zlib.decompress(self.data), np.uint8)
        return np.square(raw.reshape(self.rows, self.columns).astype(np.float32) / np.float32(_STEPS))

    def picture(self, width: int, height: int) -> NDArray[np.uint8]:
        """Return the chances times 255 as a picture of `width` x `height` pixels, uint8 (height, width)."""
        import cv2  # whoever only asks what engines there are does not wait for it

        left, top, right, bottom = self.box
        whole = np.zeros((height, width), np.uint8)
        smooth = cv2.resize(self.chances(), (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
        whole[top:bottom, left:right] = np.rint(255 * np.minimum(smooth, 1))
        return whole

    def at(self, x: float, y: float) -> float:
        """Return the chance at an image position, pixel centres at whole numbers."""
        left, top, right, bottom = self.box
        column = math.floor((x + 0.5 - left) / (right - left) * self.columns)
        row = math.floor((y + 0.5 - top) / (bottom - top) * self.rows)
        is_inside = 0 <= column < self.columns and 0 <= row < self.rows
        return float(self.chances()[row, column]) if is_inside else 0.0

    def to_bytes(self) -> bytes:
        """Return the map as one self-describing block of bytes, for storage."""
        return _HEADER.pack(_MAGIC, *self.box, self.columns, self.rows) + self.data

    @classmethod
    def from_bytes(cls, block: bytes, size: tuple[int, int]) -> DoubtMap:
        """Read back `to_bytes` for a picture of `size`, (width, height). Raises ValueError on anything else."""
        if len(block) < _HEADER.size:
            raise ValueError("map of doubt is shorter than its header")
        magic, left, top, right, bottom, columns, rows = _HEADER.unpack_from(block)
        if magic != _MAGIC:
            raise ValueError("block is not a map of doubt")
        if not (left < right <= size[0] and top < bottom <= size[1]):
            raise ValueError(f"map of doubt lies outside {size[0]} x {size[1]}")
        if not (0 < columns <= MOST_CELLS and 0 < rows <= MOST_CELLS):
            raise ValueError(f"map of doubt has {columns} x {rows} cells")
        data, inflater = bytes(block[_HEADER.size :]), zlib.decompressobj()
        try:
            raw = inflater.decompress(data, columns * rows + 1)
        except zlib.error as error:
            raise ValueError("map of doubt is damaged") from error
        if not inflater.eof or inflater.unused_data or len(raw) != columns * rows or max(raw) > _STEPS:
            raise ValueError("map of doubt is damaged")
        return cls((left, top, right, bottom), columns, rows, data)
