"""Anchors of points, the frames between them, and what a run fills in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engines.propagation.types import Direction


@dataclass(frozen=True, slots=True, eq=False)
class PointAnchor:
    """Where a person put points on one frame.

    `positions` is float64 (p, 2), x and y in pixels of the clip, NaN for a point that was not placed there; `visible`
    bool (p,), whether the picture shows it, or something hides it.
    """

    frame: int
    positions: NDArray[np.float64]
    visible: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PointTracks:
    """Points on every frame of a clip.

    `positions` is float64 (frames, p, 2), NaN where nothing is known; `visible` bool (frames, p); `confidence`
    float32 (frames, p) in [0, 1], how likely a position is right (see `point_confidence`), 1 on anchors.
    """

    positions: NDArray[np.float64]
    visible: NDArray[np.bool_]
    confidence: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What `tracks` have come to know on some `frames` of some `points` (int64): for good, or for the time being."""

    tracks: PointTracks
    frames: range
    points: NDArray[np.int64]
    is_final: bool


class PointStep(NamedTuple):
    """A frame gone through, of so many, and what is known by it."""

    n_done: int
    n_total: int
    known: Known | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PointStretch:
    """Frames to fill for the `points` (int64) that have the same anchors around them.

    From the anchor `start`, whose positions are those of `points`, to the anchor `end`, or where that is None to the
    last frame of `path`. `path` begins on the frame of `start` and holds what a first sweep goes through, backward
    where it comes before the first anchor.
    """

    points: NDArray[np.int64]
    start: PointAnchor
    end: PointAnchor | None
    path: range

    @property
    def step(self) -> Literal[1, -1]:
        """Which way it goes."""
        return 1 if self.path.step > 0 else -1

    @property
    def n_visits(self) -> int:
        """How many frames are gone through: once onwards, and once back from the other anchor, if there is one."""
        return (len(self.path) - 1) + (len(self.path) if self.end is not None else 0)

    @property
    def frames(self) -> range:
        """The frames that are filled, rising: those of `path` but for the anchor."""
        first, last = self.path[1 if self.step > 0 else -1], self.path[-1 if self.step > 0 else 1]
        return range(first, last + 1)


def given(anchors: Sequence[PointAnchor], n_frames: int, n_points: int) -> PointTracks:
    """Return tracks that hold the anchors and nothing else. Raises ValueError for anchors that do not fit."""
    tracks = PointTracks(
        np.full((n_frames, n_points, 2), np.nan),
        np.zeros((n_frames, n_points), bool),
        np.zeros((n_frames, n_points), np.float32),
    )
    for anchor in anchors:
        if not 0 <= anchor.frame < n_frames:
            raise ValueError(f"anchor on frame {anchor.frame} of a clip of {n_frames} frames")
        if anchor.positions.shape != (n_points, 2) or anchor.visible.shape != (n_points,):
            raise ValueError(f"the anchor on frame {anchor.frame} has {len(anchor.positions)} of {n_points} points")
        placed = ~np.isnan(anchor.positions).any(1)
        tracks.positions[anchor.frame] = anchor.positions
        tracks.visible[anchor.frame] = anchor.visible & placed
        tracks.confidence[anchor.frame] = placed
    return tracks


def stretches_between(
    anchors: Sequence[PointAnchor],
    n_frames: int,
    direction: Direction,
    wanted: NDArray[np.bool_] | None = None,
) -> list[PointStretch]:
    """Return what a run in `direction` can fill, or only that of it which is needed for `wanted`, bool (frames, p)."""
    by_frame = {anchor.frame: anchor for anchor in anchors}
    points_of: defaultdict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    n_points = len(anchors[0].positions) if anchors else 0
    for point in range(n_points):
        placed = sorted(frame for frame, anchor in by_frame.items() if not np.isnan(anchor.positions[point]).any())
        for left, right in pairwise([None, *placed, None] if placed else []):
            between = range((-1 if left is None else left) + 1, n_frames if right is None else right)
            if between and (wanted is None or wanted[between.start : between.stop, point].any()):
                points_of[left, right].append(point)
    found = []
    for (left, right), points in sorted(points_of.items(), key=lambda item: item[1]):
        ends = (0, n_frames - 1)
        if wanted is not None:
            needed = np.flatnonzero(wanted[:, points].any(1))
            ends = (int(needed[0]), int(needed[-1]))
        stretch = _stretch(by_frame, left, right, np.array(points, np.int64), ends, direction)
        if stretch is not None:
            found.append(stretch)
    return found


def _stretch(
    by_frame: dict[int, PointAnchor],
    left: int | None,
    right: int | None,
    points: NDArray[np.int64],
    ends: tuple[int, int],
    direction: Direction,
) -> PointStretch | None:
    """Return the stretch between two anchors as a run in `direction` fills it, None where it cannot.

    Where one of the two is missing, or the run does not go on to it, no farther than to the frame in `ends`.
    """
    if left is not None and direction != "backward":
        if right is not None and direction == "both":
            return PointStretch(points, _of(by_frame[left], points), _of(by_frame[right], points), range(left, right))
        last = ends[1] if right is None else min(ends[1], right - 1)
        return PointStretch(points, _of(by_frame[left], points), None, range(left, last + 1)) if last > left else None
    if right is not None and direction != "forward":
        first = ends[0] if left is None else max(ends[0], left + 1)
        start = _of(by_frame[right], points)
        return PointStretch(points, start, None, range(right, first - 1, -1)) if first < right else None
    return None


def _of(anchor: PointAnchor, points: NDArray[np.int64]) -> PointAnchor:
    return PointAnchor(anchor.frame, anchor.positions[points], anchor.visible[points])
