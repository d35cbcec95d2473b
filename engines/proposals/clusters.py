"""Easy instances of one object, spread over the clip.

Xiao 2020, section 2.2.1: each good box is a seed, its neighbours are the box most like it in each of ten segments of
the clip, and a cluster is worth what its boxes are worth, as far as they are like the seed.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.proposals.evidence import Evidence

N_SEGMENTS = 10
BEST_PER_FRAME = 25
SIZES = (9, 5)
"""How many of its neighbours a cluster keeps; each seed makes one of each size, and they compete. A smaller one wins
where the object is not in all of the clip."""

_SAME_LOOK = 0.6
"""Likeness of two seeds above which the clusters are of one object."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Places of boxes in the tables of an `Evidence`: (key frame, box) of the seed and of all, the seed among them."""

    seed: tuple[int, int]
    members: tuple[tuple[int, int], ...]
    score: float


def clusters_of(evidence: Evidence, most: int) -> list[Cluster]:
    """Return up to `most` clusters, the best first, whose seeds look different."""
    n_frames = len(evidence)
    order = np.argsort(-evidence.score, axis=1, kind="stable")[:, :BEST_PER_FRAME]
    places = [(f, int(b)) for f in range(n_frames) for b in order[f] if evidence.is_box[f, b]]
    if not places:
        return []
    rows, columns = np.array(places, np.intp).T
    looks, score = evidence.looks[rows, columns], evidence.score[rows, columns]
    borders = [i * n_frames // N_SEGMENTS for i in range(N_SEGMENTS + 1)]
    likeness, nearest = _in_segments(looks, rows, borders)
    worth = np.maximum(likeness, 0) * score[nearest]  # (seeds, segments)
    ranked = np.argsort(-likeness, axis=1, kind="stable")
    by_size = {}
    for size in {min(size, likeness.shape[1]) for size in SIZES}:
        # The mean, not the sum: the sum would always prefer the larger.
        by_size[size] = np.take_along_axis(worth, ranked[:, :size], 1).mean(1) * size**0.25
    sizes = np.array(list(by_size))
    totals = np.stack([by_size[size] for size in sizes])  # (sizes, seeds)
    best = totals.argmax(0)
    found: list[Cluster] = []
    kept = np.zeros((0, looks.shape[1]), np.float32)
    for seed in np.argsort(-totals.max(0), kind="stable"):
        if len(found) == most:
            break
        if len(kept) and (kept @ looks[seed]).max() > _SAME_LOOK:
            continue
        kept = np.vstack([kept, looks[seed]])
        chosen = nearest[seed, ranked[seed, : sizes[best[seed]]]]
        members = tuple(sorted(places[i] for i in chosen))
        found.append(Cluster(places[seed], members, float(totals[best[seed], seed])))
    return found


def _in_segments(
    looks: NDArray[np.float32], rows: NDArray[np.intp], borders: list[int]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the likeness of each look to the one most like it in each segment that has any, and which that is."""
    likeness, nearest = [], []
    for first, end in itertools.pairwise(borders):
        inside = np.flatnonzero((rows >= first) & (rows < end))
        if len(inside):
            all_pairs = looks @ looks[inside].T  # segment by segment: all at once would be 850 MB for 600 frames
            best = all_pairs.argmax(1)
            likeness.append(np.take_along_axis(all_pairs, best[:, None], 1)[:, 0])
            nearest.append(inside[best])
    return np.stack(likeness, 1), np.stack(nearest, 1)
