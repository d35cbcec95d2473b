"""What the encoder of a clip makes of one pixel: where it is found in another frame, its way there and back.

The work behind the window's Inspect tool. Torch and the networks are imported when the first question comes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from app.media.clip import Clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.weights import chosen_weights

if TYPE_CHECKING:
    from engines.correspondence.frame_features import CellGrid
    from engines.correspondence.inspect import FeatureColours, Match, Waypoint

PICTURES_BYTES = 32 << 20
PATIENCE_S = 0.02
"""After so long a path says that it is still on its way, which is when it can be stopped."""


@dataclass(frozen=True, slots=True)
class Point:
    """A position of one frame's picture, pixel centres at whole numbers."""

    frame: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Where a point is found in frame `other`.

    `heat` is float32 (rows, columns) over the cells of `grid`, sum 1; `matches` its tops, the best first.
    """

    point: Point
    other: int
    heat: NDArray[np.float32]
    grid: CellGrid
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The path of a point to frame `other` and, begun anew from where that ended, back again."""

    point: Point
    other: int
    there: tuple[Waypoint, ...]
    back: tuple[Waypoint, ...]

    @property
    def cycle_px(self) -> float:
        """Return how far from the point the way back ends."""
        return math.hypot(self.back[-1].x - self.point.x, self.back[-1].y - self.point.y)


@dataclass(frozen=True, slots=True, eq=False)
class ColouredFrame:
    """A frame's features as colours, RGB uint8 (rows, columns, 3) over the cells of `grid`."""

    frame: int
    image: NDArray[np.uint8]
    grid: CellGrid


class Inspects(Protocol):
    """Answers questions about one clip. One thread."""

    def prepare(self, frames: Sequence[int]) -> Iterator[None]:
        """Have what is needed of `frames` at hand, one after another."""

    def look(self, point: Point, other: int) -> Iterator[Sighting | Way | None]:
        """Yield the sighting of a point in frame `other`, then the way; None now and then, to be stopped."""

    def colours(self, frame: int) -> ColouredFrame:
        """Return the features of `frame` as colours."""

    def close(self) -> None:
        """Give files and memory back."""


class Inspector:
    """`Inspects` by the features of an encoder. Belongs to the one thread that uses it."""

    def __init__(self, clip: Clip, engines: EngineLoader, weights: str = "") -> None:
        """Load `weights`, a name or a file, "" being the default; network and features are shared through `engines`.

        Raises UserError where there are none that can be used, or the clip cannot be read.
        """
        chosen = chosen_weights(weights)

        from engines.correspondence.feature_reader import FeatureReader

        extractor = engines.extractor(chosen)
        self._frames = clip.open(PICTURES_BYTES)
        self._reader = FeatureReader(self._frames, extractor)
        self._encoded: set[int] = set()
        """Frames whose features are most likely in the cache."""
        self._colours: FeatureColours | None = None

    def prepare(self, frames: Sequence[int]) -> Iterator[None]:
        """Have the features of `frames` in the cache, one after another."""
        for frame in frames:
            self._reader.at(frame)
            yield

    def look(self, point: Point, other: int) -> Iterator[Sighting | Way | None]:
        """Yield a `Sighting`, then a `Way`, and None whenever it has taken a while. A few milliseconds if cached.

        Where no frame on the way has to be encoded, the sighting waits for the way, so that both are painted at once.
        """
        from engines.correspondence.inspect import grids_of, match_heat, query_at, steps_between, top_matches

        grids = grids_of(self._reader)
        query = query_at(self._reader.at(point.frame), grids, point.x, point.y)
        target = self._reader.at(other)
        heat = match_heat(query, target)
        sighting = Sighting(point, other, heat, grids.coarse, top_matches(query, target, grids, heat))
        way = self._way(point, other)
        passed = {point.frame, *steps_between(point.frame, other), *steps_between(other, point.frame)}
        if passed <= self._encoded:
            answers = [answer for answer in way if answer is not None]
            yield sighting
            yield from answers
        else:
            yield sighting
            yield from way
            self._encoded |= passed

    def _way(self, point: Point, other: int) -> Iterator[Way | None]:
        there = yield from self._walked(point.frame, (point.x, point.y), other)
        back = yield from self._walked(other, (there[-1].x, there[-1].y), point.frame)
        yield Way(point, other, there, back)

    def _walked(
        self, start: int, position: tuple[float, float], end: int
    ) -> Generator[None, None, tuple[Waypoint, ...]]:
        from engines.correspondence.inspect import trace

        way = []
        since_s = time.monotonic()
        for waypoint in trace(self._reader, start, position, end):
            way.append(waypoint)
            if time.monotonic() - since_s > PATIENCE_S:
                yield None
                since_s = time.monotonic()
        return tuple(way)

    def colours(self, frame: int) -> ColouredFrame:
        """Return the features of `frame` as colours, which are the same all through the clip."""
        from engines.correspondence.inspect import FeatureColours

        if self._colours is None:
            n_frames = len(self._frames)
            some = sorted({n_frames // 6, n_frames // 2, 5 * n_frames // 6})
            self._colours = FeatureColours.fitted([self._reader.at(each) for each in some])
        return ColouredFrame(frame, self._colours.of(self._reader.at(frame)), self._reader.grid())

    def close(self) -> None:
        """Close the clip's files."""
        self._frames.close()


def other_frame(frame: int, n_frames: int, mode: str, offset: int, pinned: int, anchors: list[int]) -> int | None:
    """Return the frame to compare `frame` with, or None where there is none.

    `mode` is `offset` (so many frames on, or back where the clip ends before), `pinned`, or `anchor`, the nearest of
    `anchors` that is not `frame` itself.
    """
    if mode == "pinned":
        return min(max(pinned, 0), n_frames - 1)
    if mode == "anchor":
        return min((anchor for anchor in anchors if anchor != frame), key=lambda at: abs(at - frame), default=None)
    for other in (frame + offset, frame - offset):
        if 0 <= other < n_frames:
            return other
    return n_frames - 1 if frame < n_frames // 2 else 0
