"""One run of the decoder: from a key packet on, through the frames, until another run begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from av.video.frame import VideoFrame

from app.media.decoder import PacketDecoder
from app.media.index import VideoIndex
from app.media.picture import StopAsked

_MAX_REORDERING = 32
"""A picture comes out at most so many packets after its own (16 frames in H.264 and HEVC; fields count double)."""


class Run:
    """Decodes towards frames, each further on than the one before. One thread; close it."""

    def __init__(self, path: Path, index: VideoIndex) -> None:
        self._path = path
        self._index = index
        self._decoder = PacketDecoder(path, index.packets)
        self._waiting: dict[int, VideoFrame] = {}
        """Frames that came out after the one that was looked for."""
        self._passed = -1
        """Frames up to this one came out, or were left out, and will not come again."""
        self._latest = -1
        """The last frame that has come out."""
        self._first_packet = 0
        self._bad: set[int] = set()
        self._proved_from: int | None = -1
        """The frame of the first key picture that the decoder takes for one, too; -1 for a given start."""

    def close(self) -> None:
        """Give the file back."""
        self._waiting.clear()
        self._decoder.close()

    @property
    def bad_packets(self) -> set[int]:
        """Packets of this run that could not be decoded, or whose picture is flagged as damaged."""
        return self._bad.union(self._decoder.errors)

    @property
    def blames_late(self) -> bool:
        """Whether there were errors and it is not certain at which packets, for several threads decode."""
        return bool(self._decoder.errors) and self._decoder.n_threads > 1

    def is_proved(self, frame: int) -> bool:
        """Return whether a true key picture came out at or before `frame`."""
        return self._proved_from is not None and self._proved_from <= frame

    def leads_to(self, frame: int, key: int) -> bool:
        """Return whether going on is the way to `frame`, rather than beginning anew at `key`."""
        return frame > self._passed and int(self._index.key_packets[key]) <= self._decoder.next_packet

    def begin(self, key: int) -> None:
        """Begin anew at a key (a place in `VideoIndex.key_packets`)."""
        self._waiting.clear()
        self._bad.clear()
        self._latest = -1
        self._passed = int(self._index.key_frames[key]) - 1
        self._first_packet = int(self._index.key_packets[key])
        # The start of the file is where the truth begins; a key that an edit list hides does not come out to be asked.
        is_given = self._first_packet == 0 or self._index.frame_of_packet[self._first_packet] < 0
        self._proved_from = -1 if is_given else None
        self._decoder.start(self._first_packet)

    def decode_singly(self) -> None:
        """Use one thread from the next `begin` on: only that tells exactly which packet is damaged."""
        if self._decoder.n_threads > 1:
            self._decoder.close()
            self._decoder = PacketDecoder(self._path, self._index.packets, n_threads=1)
        self._passed = len(self._index)

    def read_from_start(self) -> None:
        """Never seek again, from the next `begin` on."""
        self._decoder.read_from_start()
        self._passed = len(self._index)

    def reach(self, frame: int, stop: StopAsked) -> VideoFrame | None:
        """Decode on to `frame` and return its picture, None if it does not come out, or `stop` says so.

        Goes on until it is known of all that the picture may build on whether it is whole.
        """
        self._passed = max(self._passed, frame - 1)
        self._waiting = {f: decoded for f, decoded in self._waiting.items() if f >= frame}
        horizon = self._index.horizon_of_packet[self._index.packet_of_frame[frame]]
        while not (frame in self._waiting and self._latest >= horizon) and self._may_reach(frame) and not stop():
            self._waiting.update((f, d) for f, d in self._step(self._is_needless(frame)) if f >= frame)
        if frame in self._waiting or not stop():
            self._passed = frame
        return self._waiting.pop(frame, None)

    def last_before(
        self, frame: int, is_whole: Callable[[int], bool], stop: StopAsked
    ) -> tuple[int, VideoFrame | None]:
        """Return the last frame before `frame` of those that are whole and its picture, -1 and None without one."""
        best, found = -1, None
        while self._may_reach(frame) and not stop():
            for f, decoded in self._step(may_skip=False):
                if f > frame:
                    self._waiting[f] = decoded
                elif best < f < frame and not decoded.is_corrupt and is_whole(f):
                    best, found = f, decoded
        self._passed = frame
        return best, found

    def _may_reach(self, frame: int) -> bool:
        """Return whether the picture of `frame` may still come out."""
        last = self._index.packet_of_frame[frame] + _MAX_REORDERING + self._decoder.n_threads
        return not self._decoder.ended and self._decoder.next_packet <= last

    def _is_needless(self, frame: int) -> bool:
        """Return whether the next packet's own picture is not wanted on the way to `frame`."""
        number = self._decoder.next_packet
        if number in (self._first_packet, len(self._index.packets)) or not self._index.one_packet_one_frame:
            return False
        return bool(self._index.frame_of_packet[number] < frame)

    def _step(self, may_skip: bool) -> list[tuple[int, VideoFrame]]:
        """Decode one packet and return what came out: frames and their pictures."""
        out = []
        for number, decoded in self._decoder.step(may_skip):
            frame = int(self._index.frame_of_packet[number])
            out.append((frame, decoded))
            self._latest = max(self._latest, frame)
            if decoded.is_corrupt:
                self._bad.add(number)
            if decoded.key_frame and self._proved_from is None:
                self._proved_from = frame
        return out
