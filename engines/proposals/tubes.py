"""Boxes through time: what they overlap, which are one, and what a tube is worth.

A tube is float32 (f, 4): a box for each frame, NaN where the object is away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engines.proposals.boxes import Boxes, pair_overlaps


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
