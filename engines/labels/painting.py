"""A picture painted on one frame, in colour and with alpha: what anchors of textures and of colour are.

The counterpart of `RleMask`: the project stores it, engines carry it, the canvas draws it. It is kept in tiles, each
compressed for itself without loss, so that a stroke costs what it touches and not the whole picture.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import MAX_SIDE_PX, Box

TILE_PX = 64

_MAGIC = b"TLI1"
_HEADER = struct.Struct("<4sII")
_TILE_BYTES = 4 * TILE_PX * TILE_PX


@dataclass(frozen=True, slots=True)
class Painting:
    """An RGBA picture of `width` x `height` pixels, its colours multiplied by alpha. Immutable, hashable by content.

    `tiles` are the picture's squares of `TILE_PX`, row by row, padded at its right and lower border; b"" is a tile of
    nothing.
    """

    width: int
    height: int
    tiles: tuple[bytes, ...]

    @classmethod
    def empty(cls, width: int, height: int) -> Painting:
        """Return the picture on which nothing is painted."""
        rows, columns = _grid(width, height)
        return cls(width, height, (b"",) * (rows * columns))

    @classmethod
    def encode(cls, rgba: NDArray[np.uint8]) -> Painting:
        """Code `rgba`, uint8 (H, W, 4). Any thread; 10 to 50 ns per painted pixel."""
        height, width = rgba.shape[:2]
        return cls.empty(width, height).with_parts([(rgba, (0, 0))])

    def with_parts(self, parts: Iterable[tuple[NDArray[np.uint8], tuple[int, int]]]) -> Painting:
        """Return this picture with `parts`, uint8 (h, w, 4), in place of what is there; only their tiles are coded.

        With each goes its corner (x, y), which lies on a corner of tiles; its right and lower border do too, or are the
        picture's; see `tiled`. Raises ValueError where they do not.
        """
        columns = _grid(self.width, self.height)[1]
        tiles = list(self.tiles)
        for part, (left, top) in parts:
            right, bottom = left + part.shape[1], top + part.shape[0]
            if (left, top, right, bottom) != tiled((left, top, right, bottom), self.width, self.height):
                raise ValueError(f"a part {(left, top, right, bottom)} that is not made of tiles")
            for y in range(0, part.shape[0], TILE_PX):
                for x in range(0, part.shape[1], TILE_PX):
                    place = (top + y) // TILE_PX * columns + (left + x) // TILE_PX
                    tiles[place] = _packed(part[y : y + TILE_PX, x : x + TILE_PX])
        return Painting(self.width, self.height, tuple(tiles))

    def decode(self) -> NDArray[np.uint8]:
        """Return a fresh uint8 (H, W, 4) array, RGBA. Any thread; some 5 ns per painted pixel."""
        _, columns = _grid(self.width, self.height)
        rgba = np.zeros((self.height, self.width, 4), np.uint8)
        for place, tile in enumerate(self.tiles):
            if tile:
                y, x = (each * TILE_PX for each in divmod(place, columns))
                part = rgba[y : y + TILE_PX, x : x + TILE_PX]
                part[:] = _unpacked(tile)[: part.shape[0], : part.shape[1]]
        return rgba

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is painted."""
        return not any(self.tiles)

    @property
    def box(self) -> Box:
        """The tiles on which something is painted, as one box of pixels; all zeros where there is none."""
        rows, columns = _grid(self.width, self.height)
        used = np.array([bool(tile) for tile in self.tiles], bool).reshape(rows, columns)
        if not used.any():
            return (0, 0, 0, 0)
        down, across = np.flatnonzero(used.any(1)), np.flatnonzero(used.any(0))
        right, bottom = (int(each[-1] + 1) * TILE_PX for each in (across, down))
        return (int(across[0]) * TILE_PX, int(down[0]) * TILE_PX, min(right, self.width), min(bottom, self.height))

    def to_bytes(self) -> bytes:
        """Return the picture as one self-describing block of bytes, for storage."""
        lengths = np.array([len(tile) for tile in self.tiles], "<u4").tobytes()
        return b"".join((_HEADER.pack(_MAGIC, self.width, self.height), lengths, *self.tiles))

    @classmethod
    def from_bytes(cls, data: bytes, size: tuple[int, int] | None = None) -> Painting:
        """Read back `to_bytes`. Raises ValueError, naming the fault, on anything else.

        Every tile is looked at, and none can inflate to more than a tile, so that a damaged or hostile block cannot
        make `decode` fail or explode later. Where `size`, the (width, height) that it must have, is given, it bounds
        the picture.
        """
        if len(data) < _HEADER.size:
            raise ValueError("block of a picture is shorter than its header")
        magic, width, height = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("block is not a picture")
        if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
            raise ValueError(f"picture size {width} x {height} is out of range")
        if size is not None and (width, height) != size:
            raise ValueError(f"picture is {width} x {height} instead of {size[0]} x {size[1]}")
        rows, columns = _grid(width, height)
        start = _HEADER.size + 4 * rows * columns
        if len(data) < start:
            raise ValueError("block of a picture is shorter than its tiles")
        lengths = np.frombuffer(data, "<u4", rows * columns, _HEADER.size).astype(np.int64)
        ends = start + np.cumsum(lengths)
        if int(ends[-1]) != len(data):
            raise ValueError("the tiles of a picture do not fill it")
        tiles = tuple(
            bytes(data[end - length : end]) for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)
        )
        for tile in tiles:
            if tile and not _unpacked(tile).any():
                raise ValueError("a tile of a picture is not as it is coded")
        return cls(width, height, tiles)


def tiled(box: Box, width: int, height: int) -> Box:
    """Return the tiles that `box` touches, as a box within a picture of `width` x `height` pixels."""
    left, top, right, bottom = box
    left, top = (max(0, each) // TILE_PX * TILE_PX for each in (left, top))
    right, bottom = (-(-each // TILE_PX) * TILE_PX for each in (right, bottom))
    return (left, top, max(left, min(right, width)), max(top, min(bottom, height)))


def tiles_of(box: Box, width: int, height: int) -> Iterator[Box]:
    """Yield the tiles that `box` touches, each as a box within a picture of `width` x `height` pixels."""
    left, top, right, bottom = tiled(box, width, height)
    for y in range(top, bottom, TILE_PX):
        for x in range(left, right, TILE_PX):
            yield (x, y, min(x + TILE_PX, width), min(y + TILE_PX, height))


def _grid(width: int, height: int) -> tuple[int, int]:
    """Return the rows and columns of tiles."""
    return -(-height // TILE_PX), -(-width // TILE_PX)


def _packed(pixels: NDArray[np.uint8]) -> bytes:
    """Code a tile: each pixel as the difference to the one on its left."""
    if not pixels.any():
        return b""
    tile = np.zeros((TILE_PX, TILE_PX, 4), np.uint8)
    tile[: pixels.shape[0], : pixels.shape[1]] = pixels
    tile[:, 1:] = tile[:, 1:] - tile[:, :-1]
    return zlib.compress(tile.tobytes(), 1)


def _unpacked(tile: bytes) -> NDArray[np.uint8]:
    """Return a tile's pixels (TILE_PX, TILE_PX, 4). Raises ValueError where it is damaged."""
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(tile, _TILE_BYTES + 1)
    except zlib.error as error:
        raise ValueError("a tile of a picture is damaged") from error
    if len(raw) != _TILE_BYTES or not inflater.eof or inflater.unused_data:
        raise ValueError("a tile of a picture is damaged")
    return np.add.accumulate(np.frombuffer(raw, np.uint8).reshape(TILE_PX, TILE_PX, 4), axis=1, dtype=np.uint8)
