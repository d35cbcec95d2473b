"""Boxes through time: what they overlap, which are one, and how a person joins or divides them.

Where not said otherwise a tube is float32 (f, 4): a box for each frame, NaN where the object is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import RleMask
from engines.proposals.boxes import Boxes, pair_overlaps

USUAL_FILL = 0.42
"""Share of a box that its object fills, where nothing else is known: the mean of eleven sequences."""

LEAST_SURVIVAL = 0.3
"""Overlap of a mask with itself, carried some frames away and back, below which it is no object; see `survival`."""


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """An object found: its box on each frame of the clip, and how good the tube is likely to be.

    `boxes` is float32 (n_frames, 4), left, top, right, bottom in the clip's pixels, NaN where the object is away.
    `score` in [0, 1] ranks the tubes of one clip; it is about the mean overlap with the object that they show best.
    `likeness`, float32 (n_frames,), says how much the object is like itself, NaN where nobody looked; it compares the
    frames of one tube. `fill` in (0, 1] is the share of its boxes that the object is expected to fill.
    """

    boxes: Boxes
    score: float
    likeness: NDArray[np.float32]
    fill: float = USUAL_FILL

    @property
    def is_there(self) -> NDArray[np.bool_]:
        """Return on which frames there is a box, bool (n_frames,)."""
        return np.asarray(~np.isnan(self.boxes).any(1))

    @property
    def best_frame(self) -> int:
        """Return the frame on which the object is most like itself; the middle one of its own where nobody looked."""
        looked_at = self.is_there & ~np.isnan(self.likeness)
        if looked_at.any():
            return int(np.where(looked_at, self.likeness, -np.inf).argmax())
        own = np.flatnonzero(self.is_there)
        return int(own[len(own) // 2]) if len(own) else 0


@dataclass(frozen=True, slots=True, eq=False)
class TubeMask:
    """One frame of a tube: its mask, empty where the object is away, and the box around it, NaN there."""

    frame: int
    mask: RleMask
    box: Boxes


@dataclass(frozen=True, slots=True)
class Step:
    """How far the search is: `done` of `total` frames or clusters of a `stage`."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: tubes, best first, and whether they are ranked by appearance because nothing moves."""

    tubes: tuple[Tube, ...]
    is_still: bool


def joined(tubes: Sequence[Tube]) -> Tube:
    """Return one or more tubes as one: on each frame the box around all of theirs, and the best one's score."""
    boxes = np.stack([tube.boxes for tube in tubes])  # (t, f, 4)
    corners = np.fmin.reduce(boxes[..., :2]), np.fmax.reduce(boxes[..., 2:])  # NaN only where all are
    likeness = np.fmax.reduce([tube.likeness for tube in tubes])
    fill = float(np.mean([tube.fill for tube in tubes]))
    return Tube(np.hstack(corners), max(tube.score for tube in tubes), likeness, fill)


def divided(tube: Tube, frame: int) -> tuple[Tube, Tube]:
    """Return what of `tube` lies before `frame`, and the rest from there on. Raises ValueError where one has no box."""
    is_later = np.arange(len(tube.boxes)) >= frame
    parts = []
    for is_kept in (~is_later, is_later):
        if not (tube.is_there & is_kept).any():
            raise ValueError(f"the tube has no box {'before' if is_kept[0] else 'from'} frame {frame}")
        boxes = np.where(is_kept[:, None], tube.boxes, np.float32(np.nan))
        parts.append(Tube(boxes, tube.score, np.where(is_kept, tube.likeness, np.float32(np.nan)), tube.fill))
    return parts[0], parts[1]


def tube_overlap(one: Boxes, other: Boxes) -> float:
    """Return the mean overlap of two tubes (f, 4) over the frames in which either is; 0 where neither ever is."""
    either = ~np.isnan(one).any(1) | ~np.isnan(other).any(1)
    return float(pair_overlaps(one[either], other[either]).mean()) if either.any() else 0.0


def merged(tubes: Sequence[Boxes], scores: Sequence[float], most_overlap: float) -> list[int]:
    """Return the places of the tubes that stay, best first: those that overlap a better one no more than that."""
    kept: list[int] = []
    for place in sorted(range(len(tubes)), key=lambda place: (-scores[place], place)):
        if all(tube_overlap(tubes[place], tubes[other]) <= most_overlap for other in kept):
            kept.append(place)
    return kept


def filled(boxes: Boxes, frames: NDArray[np.intp], n_frames: int) -> Boxes:
    """Return a tube of `n_frames` frames from one of some rising `frames`, straight between two that have a box.

    Between a frame that has a box and one that has none the nearer of the two decides.
    """
    tube = np.full((n_frames, 4), np.nan, np.float32)
    if len(frames) == 0:
        return tube
    every = np.arange(n_frames)
    after = np.clip(np.searchsorted(frames, every), 0, len(frames) - 1)
    before = np.clip(np.searchsorted(frames, every, "right") - 1, 0, len(frames) - 1)
    gap = np.maximum(frames[after] - frames[before], 1)
    share = np.clip((every - frames[before]) / gap, 0, 1).astype(np.float32)[:, None]
    straight = (1 - share) * boxes[before] + share * boxes[after]
    nearer = np.where(share <= 0.5, boxes[before], boxes[after])
    return np.where(np.isnan(straight), nearer, straight).astype(np.float32)
