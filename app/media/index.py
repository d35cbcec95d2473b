"""Which packet shows frame n, and at what time: the index of a video file.

The truth is what decoding the file from its start puts out. A short clip is decoded once, so that
its index is that truth. A long one is indexed by its packets' time stamps, and its beginning decoded
as a check; where the two disagree, or the stream is of a sort in which packets and pictures are
known to part ways, the whole file is decoded once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.media.packets import NO_TIME, PacketTable


@dataclass(frozen=True, eq=False)
class VideoIndex:
    """Frames 0 to n - 1 of a video stream and the packets that they come from. Any thread."""

    packets: PacketTable
    packet_of_frame: NDArray[np.int64]
    """(n,)"""
    frame_of_packet: NDArray[np.int64]
    """(m,), -1 for a packet that shows nothing."""
    key_packets: NDArray[np.int64]
    """(k,) increasing: packets that decoding can begin with, 0 first of all."""
    key_frames: NDArray[np.int64]
    """(k,) not decreasing: the first frame that decoding from there shows rightly."""
    bad_packets: frozenset[int]
    """Packets that were found to be damaged."""
    is_checked: bool
    """Whether the whole file was decoded to make this."""

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.packet_of_frame)

    @property
    def one_packet_one_frame(self) -> bool:
        """Whether no packet shows nothing, so that a packet's frame is known before it is decoded."""
        return len(self.packet_of_frame) == len(self.packets)

    @cached_property
    def horizon_of_packet(self) -> NDArray[np.int64]:
        """(m,) The last frame among those of a packet and the packets before it.

        Once it has come out, it is known of every picture that the packet's own may build on whether
        it is whole: a picture shown early is often decoded from one that is shown late.
        """
        return np.maximum.accumulate(self.frame_of_packet)

    def key_of(self, frame: int) -> int:
        """Return the last place in `key_packets` from which decoding reaches `frame`.

        That key stands before the frame's packet and is shown no later than the frame: pictures of
        an open group that come after the key picture in the file but before it on screen may need the
        group before.
        """
        before = np.searchsorted(self.key_packets, self.packet_of_frame[frame], "right")
        shown = np.searchsorted(self.key_frames, frame, "right")
        return int(min(before, shown)) - 1


def is_orderly(packets: PacketTable) -> bool:
    """Return whether every packet has a time of its own and the file runs on without a jump back."""
    dts = packets.dts[packets.dts != NO_TIME]
    shown = np.sort(packets.pts[packets.is_shown])
    return bool(np.all(shown != NO_TIME) and np.all(np.diff(shown) > 0) and np.all(np.diff(dts) > 0))


def is_even(packets: PacketTable) -> bool:
    """Return whether no two packets are much closer in time than most: fields among frames would be."""
    gaps = np.diff(np.sort(packets.pts[packets.is_shown]))
    return bool(not len(gaps) or gaps.min() > 0.75 * np.median(gaps))


def order_by_time(packets: PacketTable) -> NDArray[np.int64]:
    """Return the packet of each frame as the time stamps have it."""
    order = np.argsort(packets.pts, kind="stable")
    return order[packets.is_shown[order]].astype(np.int64)


def order_by_decoding(packets: PacketTable, shown: list[int], lost: Iterable[int]) -> NDArray[np.int64]:
    """Return the packet of each frame as decoding from the start had it.

    Parameters
    ----------
    packets
        All packets of the file.
    shown
        Packets in the order in which their pictures came out.
    lost
        Packets that should have shown something. They keep their place among the frames, by their
        time, so that a person sees that something was there; but the clip begins with the first
        picture that came out: those before it lack what they build on, as where a recording begins
        in the middle of a group.
    """
    order = np.array(shown, np.int64)
    if not len(order):
        return order
    seen, start = set(shown), packets.pts[order[0]]
    kept = [p for p in lost if p not in seen and packets.is_shown[p] and packets.pts[p] > start != NO_TIME]
    kept.sort(key=lambda p: int(packets.pts[p]))
    reached = np.maximum.accumulate(packets.pts[order])
    return np.insert(order, np.searchsorted(reached, packets.pts[kept]), kept) if kept else order


def make_index(
    packets: PacketTable, order: NDArray[np.int64], bad: set[int], *, trusts_keys: bool, is_checked: bool
) -> VideoIndex:
    """Return the index of frames whose packets are `order` (n,).

    `trusts_keys` says whether decoding may begin at the packets that the container flags; if not, it
    always begins with the first.
    """
    frame_of_packet = np.full(len(packets), -1, np.int64)
    frame_of_packet[order] = np.arange(len(order))
    keys = np.flatnonzero(packets.is_key[1:]) + 1 if trusts_keys else np.empty(0, np.int64)
    frames = _first_frames(packets, order, frame_of_packet, keys)
    keys, frames = keys[frames >= 0], frames[frames >= 0]
    # A key is of use only if no later one is shown before it.
    rising = frames <= np.minimum.accumulate(frames[::-1])[::-1] if len(frames) else np.empty(0, bool)
    return VideoIndex(
        packets,
        order,
        frame_of_packet,
        np.concatenate([[0], keys[rising]]),
        np.concatenate([[0], frames[rising]]),
        frozenset(bad),
        is_checked,
    )


def _first_frames(
    packets: PacketTable, order: NDArray[np.int64], frame_of_packet: NDArray[np.int64], keys: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the first frame shown at or after each key packet, -1 where that cannot be told."""
    frames = frame_of_packet[keys]
    hidden = frames < 0  # such as one that an edit list cuts away, whose pictures after it are shown
    stamps = packets.pts[order]
    if np.any(hidden) and np.all(stamps != NO_TIME) and np.all(np.diff(stamps) > 0):
        frames[hidden] = np.searchsorted(stamps, packets.pts[keys[hidden]])
        frames[hidden & (packets.pts[keys] == NO_TIME)] = -1
    return frames
