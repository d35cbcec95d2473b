"""Serving frames to a window: newest request first, and the frames around it read ahead."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Thread

from app.media.cache import PictureCache
from app.media.clip import Clip
from app.media.picture import Picture, damaged
from app.media.reader import FrameReader

_log = logging.getLogger(__name__)

DEFAULT_BUDGET_BYTES = 512 << 20

MAX_AHEAD = 60
MAX_BEHIND = 30
"""Frames read ahead in the direction of travel, and kept or read behind, as far as the budget reaches."""

_NEAR = 8
"""A step of at most so many frames says which way the person is going."""


class FrameServer:
    """Reads a clip's frames on a thread of its own.

    `deliver` is called on that thread with each frame that was asked for and its picture. Of requests
    that come faster than they can be answered, only the newest is answered. While nothing is asked
    for, the frames around the last one are read ahead, more of them in the direction of travel.
    Errors end up in a picture that says so; the thread lives until `close`.
    """

    def __init__(
        self, clip: Clip, deliver: Callable[[int, Picture], None], *, budget_bytes: int = DEFAULT_BUDGET_BYTES
    ) -> None:
        self._clip = clip
        self._deliver = deliver
        self._cache = PictureCache(budget_bytes)
        capacity = self._cache.capacity(3 * clip.width * clip.height)
        # Two parts ahead, one behind, and one picture of its own for the frame in hand.
        self._n_ahead = min(MAX_AHEAD, 2 * (capacity - 1) // 3)
        self._n_behind = min(MAX_BEHIND, (capacity - 1) // 3)
        self._wakes = Condition()
        self._wanted: int | None = None
        self._plan: list[tuple[int, int]] = []
        self._last = 0
        self._is_closing = False
        self._thread = Thread(target=self._serve, name="frames", daemon=True)
        self._thread.start()

    def request(self, frame: int) -> None:
        """Ask for a frame, in place of any that was asked for and not answered yet. Any thread; returns at once.

        Raises
        ------
        IndexError
            If there is no such frame.
        """
        if not 0 <= frame < self._clip.n_frames:
            raise IndexError(f"frame {frame} of a clip with frames 0 to {self._clip.n_frames - 1}")
        with self._wakes:
            self._wanted = frame
            self._wakes.notify()

    def cached(self, frame: int) -> Picture | None:
        """Return the picture of `frame` if it was read already. Any thread; never waits for decoding."""
        return self._cache.get(frame)

    def close(self) -> None:
        """Stop, wherever it is, and wait until the thread has ended. `deliver` is not called after that."""
        with self._wakes:
            self._is_closing = True
            self._wakes.notify()
        self._thread.join()
        self._cache.clear()

    def _serve(self) -> None:
        """Run on the thread."""
        reader: FrameReader | None = None
        while True:
            with self._wakes:
                while not (self._is_closing or self._wanted is not None or self._plan):
                    self._wakes.wait()
                wanted, self._wanted = self._wanted, None
            if self._is_closing:
                break
            try:
                reader = reader or self._clip.open_with(self._cache)
                if wanted is None:
                    first, last = self._plan.pop(0)
                    reader.load(first, last, self._is_disturbed)
                else:
                    picture = reader.read(wanted, self._is_asked_to_close)
                    self._make_plan(wanted)
                    self._deliver(wanted, picture)
            except InterruptedError:
                continue
            except Exception as error:
                _log.exception("Frame %s of %s could not be read", wanted, self._clip.path.name)
                self._plan = []
                if wanted is not None:
                    self._deliver_failure(wanted, error)
        if reader is not None:
            reader.close()

    def _deliver_failure(self, frame: int, error: Exception) -> None:
        """Answer a request that failed."""
        sentence = f"Frame {frame} of {self._clip.path.name} cannot be read ({error})."
        try:
            self._deliver(frame, damaged(sentence, self._clip.height, self._clip.width))
        except Exception:
            _log.exception("Nobody took frame %s", frame)

    def _is_asked_to_close(self) -> bool:
        return self._is_closing

    def _is_disturbed(self) -> bool:
        """Return whether there is something better to do than to read ahead."""
        return self._is_closing or self._wanted is not None

    def _make_plan(self, frame: int) -> None:
        """Decide what to read ahead, now that the person is at `frame`."""
        step, self._last = frame - self._last, frame
        after = (frame + 1, frame + self._n_ahead)
        if 0 < step <= _NEAR:
            # Nothing behind: it was just seen, and going there would cost the decoder its place.
            self._plan = [after]
        elif -_NEAR <= step < 0:
            self._plan = self._pieces_before(frame)
        else:
            self._plan = [after, (frame - self._n_behind, frame - 1)]
        # What is in the cache and near is not to make room for what is read ahead.
        first, last = (self._n_ahead, self._n_behind) if step < 0 else (self._n_behind, self._n_ahead)
        self._cache.touch(range(frame - first, frame + last + 1))

    def _pieces_before(self, frame: int) -> list[tuple[int, int]]:
        """Return what to read for going back, nearest first, in pieces that stay the same from frame to frame.

        A group is decoded from its beginning for each piece, so one for each step would be too many.
        """
        size = max(1, self._n_ahead // 3)
        nearest, farthest = (frame - 1) // size, max(0, frame - 2 * size) // size
        return [(piece * size, piece * size + size - 1) for piece in range(nearest, farthest - 1, -1)]
