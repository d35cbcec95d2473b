"""Decoding a video stream packet by packet, from any key packet, every picture with its packet's number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame

from app.media.packets import NO_TIME, PacketTable
from app.media.video_file import open_video

MAX_THREADS = 8
"""More than this only adds latency to a seek: each thread holds one picture back."""

_TRIES_BEFORE = (0, 2, 12, 60)
"""Seeking to a packet is tried from so many packets before it: some containers land late, or in mid-packet."""

_LOST_PACKETS = 500
"""After a seek, so many packets may go by before one is recognised."""

SKIPPABLE = frozenset({"h264", "mpeg1video", "mpeg2video", "mpeg4"})
"""Codecs whose non-reference pictures are used by no other picture, so that leaving them out changes nothing.

Not HEVC: what is a non-reference picture of its own sub-layer may be used by a higher one.
"""


TELLS_DAMAGE = frozenset({"h264", "mpeg1video", "mpeg2video", "mpeg4"})
"""Codecs whose decoders say when a picture is damaged. For others the container's own doubts have to do."""


class OutOfStepError(Exception):
    """The container gave another packet than when the table was made; the run is worth nothing."""


class PacketDecoder:
    """The decoder of one file. One thread; close it.

    `errors` are the numbers of the packets that could not be decoded since the last `start`. With
    more than one thread an error is told up to `n_threads` packets late.
    """

    def __init__(self, path: Path, table: PacketTable, n_threads: int | None = None) -> None:
        self._path = path
        self._table = table
        self.n_threads = n_threads or min(MAX_THREADS, os.cpu_count() or 1)
        self.errors: list[int] = []
        self.next_packet = 0
        self.ended = False
        self._can_seek = True
        self._open()

    def close(self) -> None:
        """Give the file back."""
        self._container.close()

    def start(self, number: int) -> None:
        """Go to where packet `number` is the next to be decoded, knowing nothing of the packets before it."""
        self.errors.clear()
        self.ended = False
        if not (self._can_seek and any(self._seek(number, max(0, number - n)) for n in _TRIES_BEFORE)):
            # Read on, without decoding, from the very start: slow in a long file, but it cannot go astray.
            self.close()
            self._open()
            self._pass_over(number)
        self.next_packet = number

    def read_from_start(self) -> None:
        """Never seek again in this file."""
        self._can_seek = False

    def step(self, may_skip: bool = False) -> list[tuple[int, VideoFrame]]:
        """Decode one packet and return the pictures that come out, each with its packet's number.

        Pictures come in the order in which they are shown. After the last packet, the decoder is
        emptied and `ended` is true. `may_skip` allows to leave the packet out where no other
        picture needs it.

        Raises
        ------
        OutOfStepError
            If the packet is another one than in the table.
        """
        packet = self._next()
        if packet is None:
            self.ended = True
        else:
            if not self._table.matches(self.next_packet, packet):
                raise OutOfStepError(f"packet {self.next_packet} of {self._path.name} is not what it was")
            packet.pts = self.next_packet
            self._codec.skip_frame = "NONREF" if may_skip and self._can_skip else "DEFAULT"
            if packet.is_corrupt and self._codec.name not in TELLS_DAMAGE:
                self.errors.append(self.next_packet)
        try:
            frames = self._codec.decode(packet)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self.errors.append(self.next_packet)
            return []
        finally:
            if packet is not None:
                self.next_packet += 1
        return [(frame.pts, frame) for frame in frames if frame.pts is not None]

    def _open(self) -> None:
        self._container, self._stream = open_video(self._path)
        self._codec = self._stream.codec_context
        self._codec.thread_type = "FRAME" if self.n_threads > 1 else "NONE"
        self._codec.thread_count = self.n_threads
        self._can_skip = self._codec.name in SKIPPABLE
        self._packets: Iterator[Packet] = self._container.demux(self._stream)
        self._held: Packet | None = None
        self.next_packet = 0

    def _next(self) -> Packet | None:
        """Return the next packet of the file, None after the last."""
        held, self._held = self._held, None
        if held is not None:
            return held
        try:
            return next((packet for packet in self._packets if packet.size), None)
        except av.error.FFmpegError:
            return None

    def _pass_over(self, n_packets: int) -> None:
        for _ in range(n_packets):
            self._next()

    def _seek(self, number: int, target: int) -> bool:
        """Seek to packet `target` and read on until `number` is the next. False if it is not reached for certain."""
        landed = self._land(target)
        if landed is None or landed > number:
            return False
        for passed in range(landed, number):
            packet = self._next()
            if packet is None or not self._table.matches(passed, packet):
                return False
        self._held = self._next()
        return self._held is not None and self._table.locate(self._held) == number

    def _land(self, number: int) -> int | None:
        """Seek to the time of packet `number`; return and hold the first packet recognised there."""
        times = [int(t[number]) for t in (self._table.pts, self._table.dts) if t[number] != NO_TIME]
        if not times:
            return None
        try:
            self._container.seek(min(times), stream=self._stream)
        except av.error.FFmpegError:
            return None
        self._packets = self._container.demux(self._stream)
        self._held = None
        for _ in range(_LOST_PACKETS):
            packet = self._next()
            landed = self._table.locate(packet) if packet is not None else None
            if packet is None or landed is not None:
                self._held = packet
                return landed
        return None
