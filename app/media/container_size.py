"""What a container file says of its own length: the one honest witness that a file was cut short.

Decoders read a cut file to its end without a word; only the sizes written in its outermost
elements tell that there was more.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_EBML_MAGIC = b"\x1a\x45\xdf\xa3"
_EBML_SEGMENT = 0x18538067
_MP4_TYPES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"moof", b"styp", b"sidx"})
_MAX_BOXES = 100_000


def missing_bytes(path: Path) -> int:
    """Return how many bytes the container promises beyond the end of the file; 0 when whole or unknown."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in _MP4_TYPES:
            promised = max((start + length for _, start, length in top_boxes(file)), default=0)
        elif head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            promised = struct.unpack("<I", head[4:8])[0] + 8
        elif head[:4] == _EBML_MAGIC:
            promised = _segment_end(file)
        else:
            promised = 0
    return max(0, promised - size)


def is_mp4_without_index(path: Path) -> bool:
    """Return whether the file begins like an MP4 or QuickTime file and holds no `moov` box."""
    with path.open("rb") as file:
        head = file.read(8)
        return head[4:8] in _MP4_TYPES and all(kind != b"moov" for kind, _, _ in top_boxes(file))


def top_boxes(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield ``(type, start, length)`` in bytes of each MP4 box between `start` and `end` (the file's end).

    Source: ISO/IEC 14496-12, 4.2. The last length may reach beyond the file's end.
    """
    file_end = file.seek(0, os.SEEK_END)
    end = file_end if end is None else min(end, file_end)
    for _ in range(_MAX_BOXES):
        file.seek(start)
        header = file.read(16)
        if start >= end or len(header) < 8:
            return
        length, kind = struct.unpack(">I4s", header[:8])
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:])[0]
        elif length == 0:
            length = end - start
        if length < 8:
            return
        yield kind, start, length
        start += length


def _segment_end(file: BinaryIO) -> int:
    """Return where the Matroska segment ends, 0 when it does not say. Source: RFC 8794, sections 4 to 6."""
    file.seek(4)
    header_length, _ = _vint(file)
    file.seek(header_length, os.SEEK_CUR)
    identifier = file.read(4)
    if int.from_bytes(identifier, "big") != _EBML_SEGMENT:
        return 0
    length, is_unknown = _vint(file)
    return 0 if is_unknown else file.tell() + length


def _vint(file: BinaryIO) -> tuple[int, bool]:
    """Return a variable-size integer and whether it is the one that means "unknown"."""
    first = file.read(1)
    if not first or first[0] == 0:
        return 0, True
    width = 9 - first[0].bit_length()
    value = (first[0] & ((1 << (8 - width)) - 1)).to_bytes(1, "big") + file.read(width - 1)
    number = int.from_bytes(value, "big")
    return number, number == (1 << (7 * width)) - 1
