"""One object's mask on one frame, small enough to keep thousands of.

Every layer hands masks around in this form: engines return it, the project stores it, the
canvas decodes it. Nothing here knows a file or a window.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.labels import intervals

Box = tuple[int, int, int, int]
"""``(left, top, right, bottom)`` in whole pixels, right and bottom excluded."""

_HEADER = struct.Struct("<4sIIIIIIQ")
_MAGIC = b"TLM1"
MAX_SIDE_PX = (1 << 16) - 1
"""The most that keeps a run within 32 bits. Larger pictures are refused: no clip has them, and a
damaged file could claim them."""


@dataclass(frozen=True, slots=True)
class RleMask:
    """A boolean mask as run lengths inside its bounding box.

    Immutable, hashable by content. `runs` are row-major run lengths within `box`, background
    first, as little-endian uint32, compressed with zlib level 1. `area` counts the set pixels.
    An empty mask has the box ``(0, 0, 0, 0)`` and no runs.
    """

    width: int
    height: int
    box: Box
    runs: bytes
    area: int

    @classmethod
    def empty(cls, width: int, height: int) -> RleMask:
        """Return the mask of nothing for a picture of `width` x `height` pixels."""
        return cls(width, height, (0, 0, 0, 0), b"", 0)

    @classmethod
    def encode(cls, mask: NDArray[np.bool_]) -> RleMask:
        """Code `mask`, bool (H, W). Any thread; about 1 ns per pixel of the picture."""
        height, width = mask.shape
        box = bounding_box(mask)
        left, top, right, bottom = box
        if right == left:
            return cls.empty(width, height)
        return cls.encode_crop(mask[top:bottom, left:right], (left, top), width, height)

    @classmethod
    def encode_crop(cls, crop: NDArray[np.bool_], origin: tuple[int, int], width: int, height: int) -> RleMask:
        """Code a mask that is set only inside `crop`, bool (h, w), whose corner is at `origin` = (x, y).

        The crop is tightened to its own bounding box, so equal masks have equal codes however
        they were cropped. Raises ValueError where the crop reaches outside the picture.
        """
        x, y = origin
        if x < 0 or y < 0 or x + crop.shape[1] > width or y + crop.shape[0] > height:
            raise ValueError(f"crop {crop.shape[::-1]} at {origin} reaches outside {width} x {height}")
        left, top, right, bottom = bounding_box(crop)
        if right == left:
            return cls.empty(width, height)
        flat = crop[top:bottom, left:right].ravel()
        changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        edges = np.concatenate(([0] if not flat[0] else [0, 0], changes, [flat.size]))
        lengths = np.diff(edges)
        return cls(
            width,
            height,
            (x + left, y + top, x + right, y + bottom),
            _packed(lengths),
            int(lengths[1::2].sum()),
        )

    @property
    def is_nothing(self) -> bool:
        """Whether no pixel is set."""
        return self.area == 0

    def crop(self) -> NDArray[np.bool_]:
        """Return a fresh bool array (h, w) of the mask inside its `box`."""
        left, top, right, bottom = self.box
        if right == left:
            return np.zeros((0, 0), bool)
        lengths = self._lengths()
        values = np.zeros(len(lengths), bool)
        values[1::2] = True
        return np.repeat(values, lengths).reshape(bottom - top, right - left)

    def _lengths(self) -> NDArray[np.uint32]:
        return np.frombuffer(zlib.decompress(self.runs), "<u4")

    def decode(self) -> NDArray[np.bool_]:
        """Return a fresh bool array (H, W) of the whole picture."""
        mask = np.zeros((self.height, self.width), bool)
        left, top, right, bottom = self.box
        if right > left:
            mask[top:bottom, left:right] = self.crop()
        return mask

    def to_bytes(self) -> bytes:
        """Return the mask as one self-describing block of bytes, for storage."""
        return _HEADER.pack(_MAGIC, self.width, self.height, *self.box, self.area) + self.runs

    def minus(self, other: RleMask) -> RleMask:
        """Return this mask without the pixels of `other`, which is of a picture of the same size.

        Cost goes with the outlines, not the areas; next to nothing where the boxes lie apart. The mask
        itself is returned where nothing is taken. Raises ValueError where the sizes differ.
        """
        if (self.width, self.height) != (other.width, other.height):
            raise ValueError(f"masks of {self.width} x {self.height} and {other.width} x {other.height}")
        if not boxes_overlap(self.box, other.box):
            return self
        kept, taken = (intervals.from_lengths(mask._lengths(), mask.box, mask.width) for mask in (self, other))
        rest = intervals.difference(kept, taken)
        area = int((rest[1] - rest[0]).sum())
        if area == self.area:
            return self
        if area == 0:
            return RleMask.empty(self.width, self.height)
        lengths, box = intervals.to_lengths(rest, self.width)
        return RleMask(self.width, self.height, box, _packed(lengths), area)

    def plus(self, other: RleMask) -> RleMask:
        """Return this mask together with the pixels of `other`, which is of a picture of the same size.

        Cost goes with the outlines, not the areas. Raises ValueError where the sizes differ.
        """
        if (self.width, self.height) != (other.width, other.height):
            raise ValueError(f"masks of {self.width} x {self.height} and {other.width} x {other.height}")
        if self.area == 0 or other.area == 0:
            return self if other.area == 0 else other
        one, two = (intervals.from_lengths(mask._lengths(), mask.box, mask.width) for mask in (self, other))
        both = intervals.union(one, two)
        lengths, box = intervals.to_lengths(both, self.width)
        return RleMask(self.width, self.height, box, _packed(lengths), int((both[1] - both[0]).sum()))

    @classmethod
    def from_bytes(cls, data: bytes, size: tuple[int, int] | None = None) -> RleMask:
        """Read back `to_bytes`. Raises ValueError, naming the fault, on anything else.

        The runs are checked whole, with the memory they may take bounded by the header's box,
        so that a damaged or hostile block cannot make `crop` fail or explode later. Where `size`, the
        (width, height) that the mask must have, is given, it bounds the box in turn.
        """
        if len(data) < _HEADER.size:
            raise ValueError("mask block is shorter than its header")
        magic, width, height, left, top, right, bottom, area = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("block is not a mask")
        if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
            raise ValueError(f"mask size {width} x {height} is out of range")
        if size is not None and (width, height) != size:
            raise ValueError(f"mask is {width} x {height} instead of {size[0]} x {size[1]}")
        if not (left <= right <= width and top <= bottom <= height):
            raise ValueError(f"mask box {(left, top, right, bottom)} lies outside {width} x {height}")
        runs = bytes(data[_HEADER.size :])
        n_pixels = (right - left) * (bottom - top)
        if n_pixels == 0:
            if runs or area:
                raise ValueError("mask box is empty but its runs are not")
            return cls.empty(width, height)
        inflater = zlib.decompressobj()
        try:
            raw = inflater.decompress(runs, 4 * (n_pixels + 1))
        except zlib.error as error:
            raise ValueError("mask runs are damaged") from error
        if not inflater.eof or inflater.unused_data or len(raw) % 4:
            raise ValueError("mask runs are damaged")
        lengths = np.frombuffer(raw, "<u4")
        if int(lengths.sum(dtype=np.uint64)) != n_pixels or int(lengths[1::2].sum(dtype=np.uint64)) != area:
            raise ValueError("mask runs do not fill their box")
        if area == 0 or not lengths[1:].all():
            raise ValueError("mask runs are not as they are coded")
        return cls(width, height, (left, top, right, bottom), runs, area)


def _packed(lengths: NDArray[np.integer]) -> bytes:
    return zlib.compress(lengths.astype("<u4").tobytes(), 1)


def boxes_overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes have a pixel in common."""
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(one[3], other[3])


def bounding_box(mask: NDArray[np.bool_]) -> Box:
    """Return the smallest box around the set pixels of `mask`, bool (H, W); all zeros when empty."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return (0, 0, 0, 0)
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
