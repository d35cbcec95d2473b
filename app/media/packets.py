"""The packets of a video stream in the order in which they are decoded, found without decoding.

A packet's place in this table is its number, and its number is its identity: the decoder is given
the number in place of a time stamp, and every picture that comes out says which packet it is. So
neither doubled nor missing time stamps can lead to a wrong picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import av.error
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.media.mp4_tables import IndexedSamples, indexed_samples

NO_TIME = int(np.iinfo(np.int64).min)
"""Stands in the tables where a packet has no time stamp or no place in the file."""

_PROBES = 3
_PROBE_PACKETS = 40


@dataclass(frozen=True, eq=False)
class PacketTable:
    """Packets 0 to m - 1 in decoding order. All arrays have m entries; times in units of the stream's time base."""

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    position: NDArray[np.int64]
    """Byte position in the file."""
    size: NDArray[np.int64]
    """Bytes."""
    is_key: NDArray[np.bool_]
    """As the container says; it may lie."""
    is_shown: NDArray[np.bool_]
    """False for packets that an edit list cuts away, and for VP8's hidden pictures."""

    def __len__(self) -> int:
        """Return the number of packets."""
        return len(self.pts)

    def matches(self, number: int, packet: Packet) -> bool:
        """Return whether `packet`, as a container gave it, can be packet `number` of this table."""
        return number < len(self) and packet.size == self.size[number] and packet.is_keyframe == self.is_key[number]

    def locate(self, packet: Packet) -> int | None:
        """Return the number of a packet that a container gave after a seek, None when that is not certain.

        Some containers begin after a seek with half a packet, or give the first packets wrong times.
        """
        if packet.pos is not None and packet.pos >= 0:
            numbers = _equal(self.position, self._by_position, packet.pos)
            if packet.pts is not None:
                numbers = numbers[self.pts[numbers] == packet.pts]
        elif packet.pts is not None:
            numbers = _equal(self.pts, self._by_pts, packet.pts)
        else:
            return None
        return int(numbers[0]) if len(numbers) == 1 and self.matches(int(numbers[0]), packet) else None

    @cached_property
    def _by_position(self) -> NDArray[np.intp]:
        return np.argsort(self.position, kind="stable")

    @cached_property
    def _by_pts(self) -> NDArray[np.intp]:
        return np.argsort(self.pts, kind="stable")


def _equal(values: NDArray[np.int64], order: NDArray[np.intp], wanted: int) -> NDArray[np.intp]:
    """Return the indices of `values` that equal `wanted`; `order` sorts `values`."""
    low, high = (int(np.searchsorted(values, wanted, side, sorter=order)) for side in ("left", "right"))
    return order[low:high]


def read_packets(container: InputContainer, stream: VideoStream) -> PacketTable:
    """Return the table of every packet of `stream`, from the file's own index where that can be relied on."""
    samples = indexed_samples(container, stream)
    if samples is not None:
        table = _from_index(container, stream, samples)
        if table is not None:
            return table
        container.seek(min(int(samples.dts[0]), 0), stream=stream)
    return demuxed(container, stream)


def demuxed(container: InputContainer, stream: VideoStream, limit: int | None = None) -> PacketTable:
    """Return the table of the packets from the container's present place on, at most `limit`."""
    rows = []
    is_vp8 = stream.codec_context.name == "vp8"
    try:
        for packet in container.demux(stream):
            if packet.size:
                rows.append(_row(packet, is_vp8))
            if len(rows) == limit:
                break
    except av.error.FFmpegError:
        pass  # The file ends in the middle of a packet: what was read until here is what there is.
    pts, dts, position, size, is_key, is_shown = np.array(rows, np.int64).reshape(-1, 6).T
    return PacketTable(pts, dts, position, size, is_key != 0, is_shown != 0)


def _row(packet: Packet, is_vp8: bool) -> tuple[int, int, int, int, bool, bool]:
    """Return the columns of `PacketTable` for one packet."""
    is_hidden = is_vp8 and not memoryview(packet)[0] & 0x10  # RFC 6386, 9.1: show_frame
    return (
        NO_TIME if packet.pts is None else packet.pts,
        NO_TIME if packet.dts is None else packet.dts,
        NO_TIME if packet.pos is None else packet.pos,
        packet.size,
        packet.is_keyframe,
        not (packet.is_discard or is_hidden),
    )


def _from_index(container: InputContainer, stream: VideoStream, samples: IndexedSamples) -> PacketTable | None:
    """Return the table made of an MP4's own index, None unless packets read here and there agree with it."""
    n = len(samples.dts)
    shift: int | None = None
    for place in np.linspace(0, n - 1, _PROBES).astype(int):
        try:
            container.seek(int(samples.dts[place]), stream=stream)
        except av.error.FFmpegError:
            return None
        probe = demuxed(container, stream, _PROBE_PACKETS)
        numbers = np.searchsorted(samples.position, probe.position)
        if not len(probe) or numbers[-1] >= n or not np.array_equal(numbers, numbers[0] + np.arange(len(numbers))):
            return None
        if shift is None:
            shift = int(probe.pts[0] - samples.dts[numbers[0]] - samples.composition_offset[numbers[0]])
        pts = samples.dts[numbers] + samples.composition_offset[numbers] + shift
        same = (
            np.array_equal(samples.position[numbers], probe.position)
            and np.array_equal(pts, probe.pts)
            and np.array_equal(samples.dts[numbers], probe.dts)
            and np.array_equal(samples.size[numbers], probe.size)
            and np.array_equal(samples.is_key[numbers], probe.is_key)
            and np.array_equal(samples.is_shown[numbers], probe.is_shown)
        )
        if not same:
            return None
    if shift is None:
        return None
    pts = samples.dts + samples.composition_offset + shift
    return PacketTable(pts, samples.dts, samples.position, samples.size, samples.is_key, samples.is_shown)
