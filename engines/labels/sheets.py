"""Where painted pictures lie on one frame: each on a mesh whose vertices have been carried there, or were dragged."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import Box

MAX_SHEETS, MAX_VERTICES, MAX_TRIANGLES = 16, 4096, 8192
"""Far more than any run makes, and a bound for what a damaged file may claim."""

_MAGIC = b"TLS1"
_HEADER = struct.Struct("<4sII")
_SHEET = struct.Struct("<IIIf")
_FARTHEST_PX = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What is painted on one frame, laid on another by a mesh. Positions are x, y, pixel centres at whole numbers.

    Arrays are read-only and of one length n, but `triangles`.
    """

    frame: int
    """The anchor whose paint this is."""
    rest: NDArray[np.float32]
    """Vertices on that frame (n, 2)."""
    triangles: NDArray[np.uint16]
    """Corners by their place among the vertices (m, 3), all turning the same way round."""
    vertices: NDArray[np.float32]
    """Vertices here (n, 2)."""
    visible: NDArray[np.uint8]
    """How far the frame shows the surface at each vertex (n,), in 255ths: below half it is hidden."""
    share: float = 1.0
    """How much it counts beside the other sheets of the frame, in [0, 1]: those of several anchors are cross-faded."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """All sheets of one object on one frame. Equal by content; make it with `of`."""

    sheets: tuple[Sheet, ...] = ()

    @classmethod
    def of(cls, sheets: Iterable[Sheet]) -> Sheets:
        """Return them as they are stored. Raises ValueError for one that makes no sense."""
        return cls(tuple(_checked(sheet) for sheet in sheets))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sheets) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    @property
    def is_nothing(self) -> bool:
        """Whether there is no sheet."""
        return not self.sheets

    @property
    def box(self) -> Box:
        """The pixels that hold all vertices, which may lie outside the picture; all zeros where there are none."""
        if not self.sheets:
            return (0, 0, 0, 0)
        places = np.concatenate([sheet.vertices for sheet in self.sheets])
        (left, top), (right, bottom) = np.floor(places.min(0)).astype(int), np.ceil(places.max(0)).astype(int) + 1
        return (int(left), int(top), int(right), int(bottom))

    def to_bytes(self) -> bytes:
        """Return them as one self-describing block of bytes, for storage."""
        parts = []
        for sheet in self.sheets:
            parts.append(_SHEET.pack(sheet.frame, len(sheet.rest), len(sheet.triangles), sheet.share))
            parts.extend(
                np.ascontiguousarray(part).astype(part.dtype.newbyteorder("<"), copy=False).tobytes()
                for part in (sheet.rest, sheet.vertices, sheet.triangles, sheet.visible)
            )
        raw = b"".join(parts)
        return _HEADER.pack(_MAGIC, len(self.sheets), len(raw)) + zlib.compress(raw, 1)

    @classmethod
    def from_bytes(cls, data: bytes) -> Sheets:
        """Read back `to_bytes`. Raises ValueError, naming the fault, on anything else; memory is bounded."""
        if len(data) < _HEADER.size:
            raise ValueError("block of sheets is shorter than its header")
        magic, n_sheets, n_bytes = _HEADER.unpack_from(data)
        most = MAX_SHEETS * (_SHEET.size + 17 * MAX_VERTICES + 6 * MAX_TRIANGLES)
        if magic != _MAGIC:
            raise ValueError("block is not one of sheets")
        if n_sheets > MAX_SHEETS or n_bytes > most:
            raise ValueError(f"{n_sheets} sheets of {n_bytes} bytes")
        inflater = zlib.decompressobj()
        try:
            raw = inflater.decompress(bytes(data[_HEADER.size :]), n_bytes + 1)
        except zlib.error as error:
            raise ValueError("sheets are damaged") from error
        if len(raw) != n_bytes or not inflater.eof or inflater.unused_data:
            raise ValueError("sheets are damaged")
        sheets, start = [], 0
        for _ in range(n_sheets):
            sheet, start = _read(raw, start)
            sheets.append(sheet)
        if start != len(raw):
            raise ValueError("sheets do not fill their block")
        return cls.of(sheets)


def seen_share(sheet: Sheet) -> NDArray[np.float32]:
    """Return how far the frame shows the surface at each vertex, float32 (n,) in [0, 1]."""
    share: NDArray[np.float32] = sheet.visible * np.float32(1 / 255)
    return share


def _read(raw: bytes, start: int) -> tuple[Sheet, int]:
    """Return the sheet that begins at `start`, and where the next one does."""
    if len(raw) < start + _SHEET.size:
        raise ValueError("a sheet is cut short")
    frame, n_vertices, n_triangles, share = _SHEET.unpack_from(raw, start)
    start += _SHEET.size
    if n_vertices > MAX_VERTICES or n_triangles > MAX_TRIANGLES or len(raw) < start + 17 * n_vertices + 6 * n_triangles:
        raise ValueError("a sheet is cut short")
    found: list[NDArray] = []
    for dtype, shape in (
        ("<f4", (n_vertices, 2)),
        ("<f4", (n_vertices, 2)),
        ("<u2", (n_triangles, 3)),
        ("u1", (n_vertices,)),
    ):
        count = int(np.prod(shape))
        found.append(np.frombuffer(raw, dtype, count, start).reshape(shape))
        start += count * np.dtype(dtype).itemsize
    rest, vertices, triangles, visible = found
    return Sheet(frame, rest, triangles, vertices, visible, share), start


def _checked(sheet: Sheet) -> Sheet:
    """Return a sheet with arrays of its own, of the types that are stored. Raises ValueError where it is none."""
    n_vertices = len(sheet.rest)
    if not 3 <= n_vertices <= MAX_VERTICES or not 1 <= len(sheet.triangles) <= MAX_TRIANGLES:
        raise ValueError(f"a sheet of {n_vertices} vertices and {len(sheet.triangles)} triangles")
    triangles = np.asarray(sheet.triangles)
    if triangles.shape[1:] != (3,) or int(triangles.max()) >= n_vertices or int(triangles.min()) < 0:
        raise ValueError("a triangle of a sheet has corners that are not there")
    rest, vertices = (np.array(each, np.float32) for each in (sheet.rest, sheet.vertices))
    for places in (rest, vertices):
        if places.shape != (n_vertices, 2) or not (np.abs(places) <= _FARTHEST_PX).all():
            raise ValueError("a vertex of a sheet is nowhere")
    if np.shape(sheet.visible) != (n_vertices,) or not 0 <= sheet.share <= 1 or not 0 <= sheet.frame < 1 << 31:
        raise ValueError("a sheet makes no sense")
    share = struct.unpack("<f", struct.pack("<f", sheet.share))[0]
    checked = Sheet(
        int(sheet.frame), rest, triangles.astype(np.uint16), vertices, np.array(sheet.visible, np.uint8), share
    )
    for array in (checked.rest, checked.triangles, checked.vertices, checked.visible):
        array.flags.writeable = False
    return checked
