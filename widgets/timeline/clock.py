"""Which frame is due at a moment of playing, by the clip's own time stamps. Knows no Qt and no clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

DEFAULT_FRAME_S = 0.04
RATE_WINDOW_S = 1.5


@dataclass(frozen=True)
class PlaySpan:
    """Frames `first` to `last` of a clip, played from `start` on. `times_s` are the clip's, strictly increasing."""

    times_s: NDArray[np.float64]
    first: int
    last: int
    start: int
    loop: bool

    @property
    def frame_s(self) -> float:
        """The usual length of a frame, which is also how long the last one is shown."""
        return float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else DEFAULT_FRAME_S

    def frame_at(self, elapsed_s: float) -> int | None:
        """Return the frame due `elapsed_s` after starting, None once the end has been played without a loop."""
        begin, end = self.times_s[self.first], self.times_s[self.last] + self.frame_s
        now = self.times_s[self.start] + elapsed_s
        if now >= end:
            if not self.loop:
                return None
            now = begin + (now - end) % (end - begin)
        # A hair is added so that a frame is due at its own time stamp in spite of rounding.
        found = int(np.searchsorted(self.times_s, now + 1e-9, side="right")) - 1
        return min(self.last, max(self.first, found))

    def skipped(self, shown: int, due: int) -> int:
        """Return how many frames were passed over between the one on screen and the one now due."""
        if due > shown:
            return due - shown - 1
        if due < shown:  # round the loop
            return (self.last - shown) + (due - self.first)
        return 0


@dataclass
class RateMeter:
    """Frames per second as they were really shown, and how many were not."""

    n_dropped: int = 0
    _moments_s: deque[float] = field(default_factory=deque)

    def show(self, now_s: float, n_dropped: int) -> None:
        """Count one frame shown at `now_s` after passing over `n_dropped`."""
        self.n_dropped += n_dropped
        self._moments_s.append(now_s)
        while now_s - self._moments_s[0] > RATE_WINDOW_S:
            self._moments_s.popleft()

    @property
    def rate_fps(self) -> float:
        """Return the rate over the last moments, 0 before two frames were shown."""
        if len(self._moments_s) < 2:
            return 0.0
        return (len(self._moments_s) - 1) / max(1e-6, self._moments_s[-1] - self._moments_s[0])
