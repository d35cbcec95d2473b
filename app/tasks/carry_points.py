"""Carry the points of a project's objects through its clip: the counterpart of `propagate_masks`.

An engine knows points with anchors and no objects. Here objects become its points: once for each part of the clip
between two frames where the object is said not to be, as nothing is carried across those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.media.clip import Clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import Seen, WatchedFrames, unseen
from app.tasks.propagate_points import PointRun
from engines.labels.points import Points
from engines.labels.presence import Presence
from engines.propagation.fusion import absent
from engines.propagation.point_stretches import Known, PointAnchor, PointTracks, stretches_between
from engines.propagation.types import PointsAnchor, PointsResult, Stretch


@dataclass(frozen=True, slots=True)
class Tick:
    """How far a run of points is: frames gone through, of so many."""

    n_done: int
    n_total: int


@dataclass(frozen=True, slots=True)
class _Part:
    """An object on the frames between two on which it is not; its points are `columns` of the engine's."""

    object_id: int
    anchors: tuple[PointsAnchor, ...]
    frames: tuple[int, ...]
    """Those that are wanted, rising."""
    columns: slice
    beside: tuple[int, ...]
    """The frames around it on which the object is not."""

    @property
    def n_slots(self) -> int:
        """How many points it has."""
        return self.columns.stop - self.columns.start


def carry_points(
    clip: Clip,
    run: PointRun,
    anchors: Sequence[PointsAnchor],
    stretches: Iterable[Stretch],
    damaged: set[int],
    engines: EngineLoader,
    seen: Seen = unseen,
) -> Generator[PointsResult | Tick]:
    """Yield the points of `stretches` as they are known, and how far the run is; see `propagate_masks` for the rest.

    Each frame comes at least once with `is_final`, and before that as far as it is known for the time being.
    `anchors` are all of the objects concerned. Raises UserError where weights or device cannot be used.
    """
    parts = _parts(anchors, stretches, clip.n_frames)
    for part in parts:
        if not part.n_slots:
            yield from (_absent(part, frame) for frame in part.frames)
    parts = [part for part in parts if part.n_slots]
    if not parts:
        return
    engine = engines.load_points(run.engine, run.weights, run.device)
    columns = [part.columns for part in parts]
    groups = np.repeat(np.arange(len(parts)), [part.n_slots for part in parts])
    wanted = np.zeros((clip.n_frames, len(groups)), bool)
    for part in parts:
        wanted[list(part.frames), part.columns] = True
    given = _given(parts, len(groups))
    unknown = _waiting(given, clip.n_frames, run, wanted, groups)
    with clip.open() as reader:
        frames = WatchedFrames(reader, damaged, seen)
        with closing(engine.carry(frames, given, groups, run.direction, run.quality, wanted)) as steps:
            for step in steps:
                if isinstance(step, PointTracks):
                    rest = range(clip.n_frames)
                    known = [Known(step, rest, np.flatnonzero(unknown[:, groups].any(0)), is_final=True)]
                    unknown[:] = unknown > 0  # engines that tell nothing on the way leave all of it to the end
                else:
                    yield Tick(step.n_done, step.n_total)
                    known = [] if step.known is None else [step.known]
                for each in known:
                    for number in sorted(set(groups[each.points].tolist())):
                        yield from _results(each, parts[number], columns[number], unknown[:, number], damaged)


def _parts(anchors: Sequence[PointsAnchor], stretches: Iterable[Stretch], n_frames: int) -> list[_Part]:
    """Return what is to be carried: objects in rising order, each part by part."""
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for stretch in stretches:
        wanted[stretch.object_id].update(range(stretch.first, stretch.last + 1))
    parts = []
    n_columns = 0
    for object_id, frames in sorted(wanted.items()):
        own = sorted((anchor for anchor in anchors if anchor.object_id == object_id), key=lambda anchor: anchor.frame)
        gone = [anchor.frame for anchor in own if not anchor.is_here]
        for before, after in pairwise([-1, *gone, n_frames]):
            inside = tuple(sorted(frame for frame in frames if before < frame < after))
            here = tuple(anchor for anchor in own if before < anchor.frame < after)
            n_slots = max((len(anchor.points.joints) for anchor in here), default=0)
            if inside:
                columns = slice(n_columns, n_columns + n_slots)
                beside = tuple(frame for frame in (before, after) if frame in gone)
                parts.append(_Part(object_id, here, inside, columns, beside))
                n_columns += n_slots
    return parts


def _given(parts: Sequence[_Part], n_points: int) -> list[PointAnchor]:
    """Return the anchors of all parts, by frame, as an engine takes them."""
    positions: dict[int, NDArray[np.float64]] = {}
    visible: dict[int, NDArray[np.bool_]] = {}
    for part in parts:
        for anchor in part.anchors:
            at = positions.setdefault(anchor.frame, np.full((n_points, 2), np.nan))
            shown = visible.setdefault(anchor.frame, np.zeros(n_points, bool))
            at[part.columns], shown[part.columns] = anchor.points.arrays(part.n_slots)
    return [PointAnchor(frame, positions[frame], visible[frame]) for frame in sorted(positions)]


def _waiting(
    given: Sequence[PointAnchor],
    n_frames: int,
    run: PointRun,
    wanted: NDArray[np.bool_],
    groups: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return from how many stretches of the engine's each frame of each part will be known, (frames, parts).

    At least one where a frame is wanted: what no stretch reaches is told at the end, as a frame with nothing on it.
    """
    counts = np.zeros((n_frames, int(groups[-1]) + 1), np.int64)
    for stretch in stretches_between(given, n_frames, run.direction, wanted):
        parts = np.unique(groups[stretch.points])
        counts[stretch.frames.start : stretch.frames.stop, parts] += 1
    first_columns = np.searchsorted(groups, np.arange(counts.shape[1]))
    is_wanted = wanted[:, first_columns]
    return np.where(is_wanted, np.maximum(counts, 1), 0)


def _results(
    known: Known, part: _Part, columns: slice, unknown: NDArray[np.int64], damaged: set[int]
) -> Iterator[PointsResult]:
    """Yield what is known of one object, taking note in `unknown` (frames,) of what is known for good."""
    tracks = known.tracks
    for frame in part.frames:
        if frame not in known.frames or not unknown[frame]:
            continue
        unknown[frame] -= known.is_final
        positions, visible = tracks.positions[frame, columns], tracks.visible[frame, columns]
        sure = tracks.confidence[frame, columns]
        if frame in damaged:  # nothing was seen
            visible, sure = np.zeros_like(visible), np.zeros_like(sure)
        points = Points.of_arrays(positions, visible, sure)
        placed = points.placed
        confidence = sum(joint.confidence for joint in placed) / len(placed) if placed else 0.0
        presence = Presence.UNCERTAIN if frame in damaged or not placed else points.presence
        yield PointsResult(part.object_id, frame, points, confidence, presence, not unknown[frame])


def _absent(part: _Part, frame: int) -> PointsResult:
    """Return what frames say that has an absence beside it and nothing else."""
    distance = min((abs(frame - other) for other in part.beside), default=len(part.frames))
    told = absent(distance, Presence.OCCLUDED)
    return PointsResult(part.object_id, frame, Points(), told.confidence, told.presence)
