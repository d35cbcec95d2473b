"""The sample table of an MP4 or QuickTime file, which spares reading an hour of video to find its frames.

The demuxer keeps decoding times, places and key flags of every sample, edit lists applied, but not
the composition offsets that turn decoding times into presentation times; those are read here from
the file's `ctts` box.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.media.container_size import top_boxes

_MAX_TABLE_BYTES = 1 << 30
_KEY, _DISCARD = 1, 2  # FFmpeg's AVINDEX_KEYFRAME and AVINDEX_DISCARD_FRAME


@dataclass(frozen=True, eq=False)
class IndexedSamples:
    """What the file's index says of each sample, in decoding order; `position` strictly increases."""

    dts: NDArray[np.int64]
    composition_offset: NDArray[np.int64]
    position: NDArray[np.int64]
    size: NDArray[np.int64]
    is_key: NDArray[np.bool_]
    is_shown: NDArray[np.bool_]


def indexed_samples(container: InputContainer, stream: VideoStream) -> IndexedSamples | None:
    """Return the samples of `stream`, None where the index is not the plain one of a whole, unfragmented file."""
    if "mp4" not in container.format.name.split(","):
        return None
    path = Path(container.name.removeprefix("file:"))
    entries = ((entry.timestamp, entry.pos, entry.size, entry.flags) for entry in stream.index_entries)
    columns = np.fromiter(chain.from_iterable(entries), np.int64, 4 * len(stream.index_entries)).reshape(-1, 4)
    if not len(columns):
        return None
    dts, position, size, flags = columns.T.copy()
    is_plain = np.all(np.diff(position) > 0) and np.all(size > 0) and position[-1] + size[-1] <= path.stat().st_size
    if not is_plain:
        return None
    with path.open("rb") as file:
        offsets = _composition_offsets(file, stream.id, len(dts))
    if offsets is None:
        return None
    return IndexedSamples(dts, offsets, position, size, flags & _KEY != 0, flags & _DISCARD == 0)


def _composition_offsets(file: BinaryIO, track_id: int, n_samples: int) -> NDArray[np.int64] | None:
    """Return the offset of each sample of a track, zeros where it has none, None unless there are `n_samples`."""
    for track in _boxes(file, (b"moov", b"trak"), 0, None):
        if _track_id(file, track) != track_id:
            continue
        table = (b"mdia", b"minf", b"stbl")
        sizes = [_body(file, box) for box in _boxes(file, (*table, b"stsz"), *track)]
        if len(sizes) != 1 or len(sizes[0]) < 12 or struct.unpack(">I", sizes[0][8:12])[0] != n_samples:
            return None
        for box in _boxes(file, (*table, b"ctts"), *track):
            return _runs(_body(file, box), n_samples)
        return np.zeros(n_samples, np.int64)
    return None


def _runs(body: bytes, n_samples: int) -> NDArray[np.int64] | None:
    """Return the offsets that a `ctts` box stores as runs. Source: ISO/IEC 14496-12, 8.6.1.3."""
    n_runs = struct.unpack(">I", body[4:8])[0] if len(body) >= 8 else 0
    if n_runs == 0 or len(body) < 8 + 8 * n_runs:
        return None
    # Version 0 says unsigned, yet negative offsets are written there too, and the demuxer takes them so.
    runs = np.frombuffer(body, ">i4", 2 * n_runs, 8).reshape(-1, 2).astype(np.int64)
    counts = runs[:, 0]
    if np.any(counts < 0) or counts.sum() != n_samples:
        return None
    return np.repeat(runs[:, 1], counts)


def _boxes(file: BinaryIO, names: tuple[bytes, ...], start: int, end: int | None) -> Iterator[tuple[int, int]]:
    """Yield ``(start, end)`` of the contents of every box on the path `names`."""
    for kind, box, length in list(top_boxes(file, start, end)):
        if kind != names[0]:
            continue
        file.seek(box)
        content = box + (16 if file.read(4) == b"\0\0\0\1" else 8)
        if len(names) == 1:
            yield content, box + length
        else:
            yield from _boxes(file, names[1:], content, box + length)


def _body(file: BinaryIO, box: tuple[int, int]) -> bytes:
    """Return the contents of a box, nothing if it claims to be absurdly long."""
    start, end = box
    file.seek(start)
    return file.read(end - start) if end - start <= _MAX_TABLE_BYTES else b""


def _track_id(file: BinaryIO, track: tuple[int, int]) -> int | None:
    """Return the number that a track's header gives it."""
    for header in _boxes(file, (b"tkhd",), *track):
        body = _body(file, header)
        place = 20 if body[:1] == b"\1" else 12
        return struct.unpack(">I", body[place : place + 4])[0] if len(body) >= place + 4 else None
    return None
