"""Reading a clip frame by frame, from one thread at a time, with what was read last kept in memory."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from app.media.cache import PictureCache
from app.media.picture import Picture, PictureSource, StopAsked, never

_BACKWARD_STEP = 4
"""A step back of at most so many frames is taken as the beginning of going back."""

_MAX_BACKWARD_FRAMES = 64


class FrameReader:
    """Exact random access to a clip's pictures. Any one thread at a time; close it, or use it in a `with` statement.

    Reading on decodes each frame once. Going back, the frames of a group are decoded in pieces of as
    many as half the cache holds, not once for each step.
    """

    def __init__(
        self, source: PictureSource, *, n_frames: int, width: int, height: int, fingerprint: str, cache: PictureCache
    ) -> None:
        self._source = source
        self._n_frames = n_frames
        self._cache = cache
        self._last_read = -1
        self.width = width
        self.height = height
        self.fingerprint = fingerprint

    def __len__(self) -> int:
        """Return the number of frames."""
        return self._n_frames

    def read(self, frame: int, stop: StopAsked = never) -> Picture:
        """Return the picture of `frame`; a damaged one says so.

        Raises
        ------
        IndexError
            If there is no such frame.
        InterruptedError
            If `stop` said so before the picture was there.
        """
        if not 0 <= frame < self._n_frames:
            raise IndexError(f"frame {frame} of a clip with frames 0 to {self._n_frames - 1}")
        going_back = 0 < self._last_read - frame <= _BACKWARD_STEP
        self._last_read = frame
        picture = self._cache.get(frame)
        if picture is not None:
            return picture
        for number, picture in self._source.pictures(self._piece_start(frame) if going_back else frame, frame, stop):
            self._cache.put(number, picture)
            if number == frame:
                return picture
        raise InterruptedError(f"reading of frame {frame} was stopped")

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the RGB image of `frame`, uint8 (H, W, 3), read-only; IndexError if there is no such frame."""
        return self.read(frame).image

    def load(self, first: int, last: int, stop: StopAsked = never) -> None:
        """Have frames `first` to `last` in the cache, as far as it reaches and `stop` allows."""
        frame = max(0, first)
        last = min(last, self._n_frames - 1)
        while frame <= last and not stop():
            if frame in self._cache:
                frame += 1
                continue
            end = next((f - 1 for f in range(frame + 1, last + 1) if f in self._cache), last)
            for number, picture in self._source.pictures(frame, end, stop):
                self._cache.put(number, picture)
            frame = end + 1

    def close(self) -> None:
        """Give the files and the memory back."""
        self._source.close()
        self._cache.clear()

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _piece_start(self, frame: int) -> int:
        """Return the first frame of the piece of a group that is decoded with `frame` when going back."""
        n_frames = min(_MAX_BACKWARD_FRAMES, self._cache.capacity(3 * self.width * self.height) // 2)
        return max(self._source.run_start(frame), frame - max(n_frames, 1) + 1)
