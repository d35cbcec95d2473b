"""What a sweep wants of the frames ahead of it, made while the present one is matched.

Pictures, links and features do not depend on labels: where there is more than one core they are made on threads of
their own, a few frames ahead at most. Whoever comes first to a thing makes it, one of these threads or the tracker's,
so that no core waits while there is work; all of it is made by the same code from the same input, so that masks are
those of one thread, bit for bit.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock, Thread
from typing import Any, Generic, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.propagation.pixel_links import PixelLink, WorkingPicture, working_picture
from engines.spread import MOST_THREADS

FRAMES_AHEAD = 2
"""One frame is under way while the present one is matched; one more evens out what takes long now and then."""

KEPT_PICTURES = FRAMES_AHEAD + 2
"""Of the clip's size: the present one, those ahead, and an anchor's."""

Seen = TypeVar("Seen")
Value = TypeVar("Value")


class Linker(Protocol):
    """Finds links between working pictures, or knows them. Any thread."""

    def link(self, here: WorkingPicture, there: WorkingPicture, frames: tuple[int, int]) -> PixelLink:
        """Return the link from the pixels of `here` to `there`, the pictures of two `frames`."""


class KeptFrames:
    """A clip that keeps the last few pictures. Any thread; `frames` is read by one at a time."""

    def __init__(self, frames: FrameSource) -> None:
        self._frames = frames
        self._kept: deque[tuple[int, NDArray[np.uint8]]] = deque(maxlen=KEPT_PICTURES)
        self._lock = Lock()
        self.width, self.height = frames.width, frames.height

    @property
    def fingerprint(self) -> str:
        """Content hash of the clip."""
        return self._frames.fingerprint

    def __len__(self) -> int:
        return len(self._frames)

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the RGB picture of `frame`, uint8 (H, W, 3), read-only."""
        with self._lock:
            for number, kept in self._kept:
                if number == frame:
                    return kept
            image = self._frames.image(frame)
            self._kept.append((frame, image))
            return image


class LookAhead(Generic[Seen]):
    """Working pictures and links of a sweep's frames, and what else is `seen` in each.

    Its methods are for the tracker's thread alone. What cannot be made fails there, when it is asked for. Close it:
    its threads run until then.
    """

    def __init__(
        self,
        frames: KeptFrames,
        path: range,
        size: tuple[int, int],
        linker: Linker,
        steps: Sequence[int],
        see: Callable[[int], Seen],
        n_threads: int | None = None,
    ) -> None:
        """Look along `path`, the frames of the sweep in its order; nothing is read before the first is asked for.

        `size` is the (width, height) of working pictures; `steps` is how many frames back links go. `see` is called
        with the number of a frame, on any thread. `n_threads` beside the caller's are started, by default one less
        than OpenCV may use and than `MOST_THREADS`; with none everything is made when it is asked for.
        """
        self._frames = frames
        self._path = path
        self._size = size
        self._linker = linker
        self._steps = steps
        self._see = see
        self._n_threads = min(MOST_THREADS, cv2.getNumThreads()) - 1 if n_threads is None else n_threads
        self._pictures: dict[int, _Once[WorkingPicture]] = {}  # by place on the path
        self._seen: dict[int, _Once[Seen]] = {}
        self._links: dict[tuple[int, int], _Once[PixelLink]] = {}  # by place and step
        self._orders: queue.SimpleQueue[_Once[Any] | None]
        self._orders = queue.SimpleQueue()
        self._threads: list[Thread] = []

    def picture(self, frame: int) -> WorkingPicture:
        """Return the working picture of `frame`, from now on the present one, and go on to those after it."""
        place = self._path.index(frame)
        self._plan(place)
        self._pictures = {at: once for at, once in self._pictures.items() if at >= place - max(self._steps)}
        self._seen = {at: once for at, once in self._seen.items() if at >= place}
        self._links = {at: once for at, once in self._links.items() if at[0] >= place}
        picture = self._pictures[place].get()  # before those after it: clips are read in order
        if self._n_threads > 0:
            self._start()
            for ahead in range(place + 1, min(place + FRAMES_AHEAD + 1, len(self._path))):
                for once in self._plan(ahead):
                    self._orders.put(once)
        return picture

    def links(self, frame: int, longest: int) -> list[tuple[int, PixelLink]]:
        """Return the links from the present `frame` to those up to `longest` frames back, with their steps."""
        place = self._path.index(frame)
        steps = [step for step in self._steps if step <= longest and (place, step) in self._links]
        for step in reversed(steps):  # from the end that the other threads have not come to
            self._links[place, step].make()
        return [(step, self._links[place, step].get()) for step in steps]

    def seen(self, frame: int) -> Seen | None:
        """Return what is seen in the present frame or the next ones; None for other frames."""
        once = self._seen.get(self._path.index(frame)) if frame in self._path else None
        return None if once is None else once.get()

    def spread(self, works: Sequence[Callable[[], None]]) -> None:
        """Do `works`, which do not touch one another; the other threads help where they have nothing to make ahead.

        Raises what the first of them that fails raises. See `engines.spread.Spread`.
        """
        parts = [_Once(work) for work in works]
        if self._n_threads > 0 and len(parts) > 1:
            self._start()
            for part in reversed(parts[1:]):  # from the end that this thread comes to last
                self._orders.put(part)
        for part in parts:
            part.get()

    def forget(self) -> None:
        """Let go of all frames: the next one that is asked for has none before it."""
        self._drop_orders()
        self._pictures.clear()
        self._seen.clear()
        self._links.clear()

    def close(self) -> None:
        """Stop the threads, waiting for what they are about, and let go of everything."""
        self.forget()
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _plan(self, place: int) -> list[_Once[WorkingPicture] | _Once[Seen] | _Once[PixelLink]]:
        """Return what is to be made of the frame at `place` of the path, nothing where that is planned already."""
        if place in self._pictures:
            return []
        frame, before = self._path[place], self._pictures.get(place - 1)

        def picture() -> WorkingPicture:
            if before is not None:
                before.make()
            return working_picture(self._frames.image(frame), *self._size)

        here = self._pictures[place] = _Once(picture)
        seen = self._seen[place] = _Once(lambda: self._see(frame))
        links = []
        for step in self._steps:
            there = self._pictures.get(place - step)
            if there is not None:
                links.append(_Once(self._link(here, there, (frame, self._path[place - step]))))
                self._links[place, step] = links[-1]
        return [here, seen, *links]

    def _link(
        self, here: _Once[WorkingPicture], there: _Once[WorkingPicture], frames: tuple[int, int]
    ) -> Callable[[], PixelLink]:
        return lambda: self._linker.link(here.get(), there.get(), frames)

    def _start(self) -> None:
        while len(self._threads) < self._n_threads:
            thread = Thread(target=self._serve, name=f"frames ahead {len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self) -> None:
        while (once := self._orders.get()) is not None:
            once.make()

    def _drop_orders(self) -> None:
        while True:
            try:
                self._orders.get_nowait()
            except queue.Empty:
                return


class _Once(Generic[Value]):
    """A thing that the first thread to want it makes, while others wait for it."""

    def __init__(self, how: Callable[[], Value]) -> None:
        self._how: Callable[[], Value] | None = how
        self._made: list[Value] = []
        self._error: Exception | None = None
        self._lock = Lock()

    def make(self) -> None:
        """Make it, if that was not done; an error is kept for `get`."""
        with self._lock:
            if self._how is None:
                return
            try:
                self._made.append(self._how())
            except Exception as error:  # raised where the thing is asked for
                self._error = error
            self._how = None

    def get(self) -> Value:
        """Return it, or raise what making it raised."""
        self.make()
        if self._error is not None:
            raise self._error
        return self._made[0]
