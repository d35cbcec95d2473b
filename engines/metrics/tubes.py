"""How well ranked tubes cover an object: the best of the first so many, and how often that is good enough.

Tubes are ranked; a person looks at the first few. A tube's overlap is its mean IoU over the frames on which the truth
says where the object is, as the video object proposals of the literature are judged (Xiao 2020, section 2.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIRST = (1, 5, 10, 50, 120)
"""How many tubes are looked at."""

GOOD = 0.5
"""Overlap from which a tube counts as found."""


@dataclass(frozen=True, slots=True)
class TubeScore:
    """Over objects: the mean of the best overlaps within the first N tubes, and the share above `GOOD`, by N."""

    best: dict[int, float]
    recall: dict[int, float]


def box_overlap(truth: NDArray[np.float64], tube: NDArray[np.float64]) -> float:
    """Return the mean IoU of boxes (f, 4), left, top, right, bottom.

    NaN in the truth means that the object is away: there the tube must be so too, or counts 0, and a frame on which
    both are away is left out. Raises ValueError where they are not of one length.
    """
    if truth.shape != tube.shape:
        raise ValueError(f"truth {truth.shape} and tube {tube.shape} are not of the same frames")
    is_true, is_said = ~np.isnan(truth).any(1), ~np.isnan(tube).any(1)
    overlaps = np.zeros(len(truth))
    both = is_true & is_said
    one, other = truth[both], tube[both]
    sides = np.maximum(np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2]), 0)
    shared = sides.prod(1)
    union = (one[:, 2:] - one[:, :2]).prod(1) + (other[:, 2:] - other[:, :2]).prod(1) - shared
    overlaps[both] = shared / np.maximum(union, 1e-12)
    counts = is_true | is_said
    return float(overlaps[counts].mean()) if counts.any() else 0.0


def best_within(overlaps: Sequence[float], first: Sequence[int] = FIRST) -> dict[int, float]:
    """Return the best of the first N `overlaps` of ranked tubes, by N; 0 where there are none."""
    return {n: max(overlaps[:n], default=0.0) for n in first}


def tube_score(overlaps: Sequence[Sequence[float]], first: Sequence[int] = FIRST) -> TubeScore:
    """Return the score over objects, each with the overlaps of all tubes in their order. Raises ValueError for none."""
    if not overlaps:
        raise ValueError("no objects to score")
    best = [best_within(each, first) for each in overlaps]
    return TubeScore(
        {n: float(np.mean([each[n] for each in best])) for n in first},
        {n: float(np.mean([each[n] >= GOOD for each in best])) for n in first},
    )
