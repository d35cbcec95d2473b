"""Making the index of a video file: what its header says, what its packets say, what decoding says."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.errors import UserError
from app.media.container_size import missing_bytes
from app.media.decoder import PacketDecoder
from app.media.index import VideoIndex, is_even, is_orderly, make_index, order_by_decoding, order_by_time
from app.media.packets import NO_TIME, PacketTable, read_packets
from app.media.picture import MAX_PIXELS, SMALLER
from app.media.times import presentation_times_s
from app.media.video_file import open_video, orientation

WHOLE_CHECK_PIXELS = 150_000_000
"""A clip of no more pixels than this is decoded whole before it is shown: about 0.3 s on two cores."""

START_CHECK_PIXELS = 12_000_000
START_CHECK_PACKETS = 16
"""Of a longer clip, the beginning of this many pixels, and of at least so many packets."""

PACKET_PIXELS = 20_000
"""What handing over a packet takes, in pixels decoded meanwhile; it counts where pictures are small."""

LINEAR_CODECS = frozenset({"gif", "apng", "webp"})
"""Codecs that draw each picture over the last one, whatever their key flags say."""

DEFAULT_RATE = Fraction(25)

_FIELDS_UNKNOWN, _PROGRESSIVE = 0, 1  # FFmpeg's AV_FIELD_UNKNOWN and AV_FIELD_PROGRESSIVE


@dataclass(frozen=True, eq=False)
class VideoFacts:
    """A video file as it was found. Any thread."""

    path: Path
    index: VideoIndex
    times_s: NDArray[np.float64]
    """(n,) strictly increasing."""
    width: int
    height: int
    """As shown: turned as the file asks for."""
    orientation: tuple[int, bool]
    """As `video_file.orientation` says of the first frame; it holds for all."""
    notices: tuple[str, ...]


@dataclass(frozen=True)
class _Header:
    """What the container says about the stream; not all of it need be true."""

    n_frames: int
    n_pixels: int
    n_videos: int
    time_base: Fraction
    rate: Fraction
    codec: str
    is_avi: bool
    has_fields: bool
    """Interlaced: some packets may hold half a picture."""
    shows_when_told: bool
    """The time stamps are those of showing, not of decoding."""


@dataclass(frozen=True, eq=False)
class _Decoding:
    """What decoding from the start gave."""

    shown: list[int]
    """Packets in the order in which their pictures came out."""
    bad: set[int]
    """Packets that raised an error or whose picture is flagged as damaged."""
    first: VideoFrame | None
    proves_keys: bool
    """Whether the decoder, too, takes what the container flags as a key picture for one."""


def survey(path: Path) -> VideoFacts:
    """Return what a video file holds.

    Reads the file's index or its packets, and decodes a short clip whole, a long one's beginning.

    Raises
    ------
    UserError
        If the file is no video, or no picture of it can be decoded.
    """
    container, stream = open_video(path)
    try:
        header = _read_header(container, stream)
        packets = read_packets(container, stream)
    finally:
        container.close()
    if header.n_pixels > MAX_PIXELS:
        raise UserError(f"{path.name} has too large a picture", SMALLER)
    decoding, order, is_checked = _find_order(path, header, packets)
    if decoding.first is None or not len(order):
        raise UserError(f"No picture of {path.name} can be decoded", "copy the file again, or choose another one")
    trusts_keys = header.codec not in LINEAR_CODECS and decoding.proves_keys
    index = make_index(packets, order, decoding.bad, trusts_keys=trusts_keys, is_checked=is_checked)
    stamps = packets.pts[order]
    # AVI stores no times of showing: the n-th picture is shown at the n-th time.
    times_s = presentation_times_s(np.sort(stamps) if header.is_avi else stamps, header.time_base, header.rate)
    width, height = decoding.first.width, decoding.first.height
    turns, mirrored = orientation(decoding.first)
    if turns % 2:
        width, height = height, width
    notices = _notices(path, header, index)
    return VideoFacts(path, index, times_s, width, height, (turns, mirrored), notices)


def _read_header(container: InputContainer, stream: VideoStream) -> _Header:
    codec = stream.codec_context
    is_avi = container.format.name == "avi"
    has_fields = codec.name in ("h264", "hevc") and codec.field_order not in (_FIELDS_UNKNOWN, _PROGRESSIVE)
    return _Header(
        n_frames=stream.frames,
        n_pixels=max(1, codec.width * codec.height),
        n_videos=len(container.streams.video),
        time_base=stream.time_base or Fraction(1, 1000),
        rate=stream.average_rate or stream.guessed_rate or DEFAULT_RATE,
        codec=codec.name,
        is_avi=is_avi,
        has_fields=has_fields,
        shows_when_told=not (is_avi and codec.has_b_frames),
    )


def _find_order(path: Path, header: _Header, packets: PacketTable) -> tuple[_Decoding, NDArray[np.int64], bool]:
    """Return what was decoded, the packet of each frame, and whether the whole file was decoded for it."""
    is_plain = header.shows_when_told and is_orderly(packets) and not (header.has_fields and not is_even(packets))
    if is_plain and len(packets) * (header.n_pixels + PACKET_PIXELS) > WHOLE_CHECK_PIXELS:
        n_cut_away = int(np.argmax(packets.is_shown))  # by an edit list, before the first frame
        n_packets = n_cut_away + max(START_CHECK_PACKETS, START_CHECK_PIXELS // (header.n_pixels + PACKET_PIXELS))
        decoding = _decode(path, packets, n_packets)
        start = order_by_decoding(packets, decoding.shown, decoding.bad)
        order = order_by_time(packets)
        if len(start):
            order = order[np.argmax(order == start[0]) :]
            if np.array_equal(start, order[: len(start)]):
                return decoding, order, False
    decoding = _decode(path, packets, len(packets))
    # A plain packet that shows nothing is damaged; of others, only those at which the decoder took offence.
    lost = np.setdiff1d(np.arange(len(packets)), decoding.shown) if is_plain else sorted(decoding.bad)
    order = order_by_decoding(packets, decoding.shown, [int(p) for p in lost])
    decoding.bad.update(np.intersect1d(order, lost).tolist())
    return decoding, order, True


def _decode(path: Path, packets: PacketTable, n_packets: int, n_threads: int | None = None) -> _Decoding:
    """Decode the first `n_packets`."""
    decoder = PacketDecoder(path, packets, n_threads)
    shown: list[int] = []
    bad: set[int] = set()
    first: VideoFrame | None = None
    n_keys = n_proved = 0
    try:
        while not decoder.ended and (decoder.next_packet < n_packets or n_packets == len(packets)):
            for number, frame in decoder.step():
                first = first or frame
                shown.append(number)
                if frame.is_corrupt:
                    bad.add(number)
                elif packets.is_key[number]:
                    n_keys += 1
                    n_proved += frame.key_frame
    finally:
        decoder.close()
    if decoder.errors and decoder.n_threads > 1:
        return _decode(path, packets, n_packets, n_threads=1)  # for only one thread tells which packet it was
    return _Decoding(shown, bad | set(decoder.errors), first, proves_keys=n_proved > 0 or n_keys == 0)


def _notices(path: Path, header: _Header, index: VideoIndex) -> tuple[str, ...]:
    """Return what a person should know about the file, a sentence each."""
    name, packets = path.name, index.packets
    missing = missing_bytes(path)
    lies = not missing and header.n_frames not in (0, len(packets))
    start = packets.pts[index.packet_of_frame[0]]
    n_before = int(np.sum(packets.is_shown & (packets.pts != NO_TIME) & (packets.pts < start))) * header.shows_when_told
    n_bad = sum(1 for packet in index.bad_packets if index.frame_of_packet[packet] >= 0)
    sentences = {
        f"{name} is cut short by {missing:,} bytes: the {len(index)} frames that are there can be used.": missing,
        f"The header of {name} promises {header.n_frames} frames; there are {len(packets)}.": lies,
        f"{name} holds {header.n_videos} videos: the first one is shown.": header.n_videos > 1,
        f"The first {n_before} frames of {name} cannot be decoded and are left out.": n_before,
        f"{n_bad} of {len(index)} frames of {name} are damaged.": n_bad,
    }
    return tuple(sentence for sentence, holds in sentences.items() if holds)
