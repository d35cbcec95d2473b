"""From a few easy instances to one box on every key frame.

Xiao 2020, section 2.2.2: a linear classifier, learnt from the cluster, decides in the frames next to it and anew in
those that it has, learns from them, and so on outward until all frames are reached. Ours is Fisher's discriminant in
whitened features, in closed form: the mean of the instances less that of the boxes beside them. It learns in
microseconds what a support vector machine does in tenths of a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from engines.proposals.boxes import pair_overlaps
from engines.proposals.clusters import Cluster
from engines.proposals.evidence import Evidence

REACH = 3
"""Key frames by which the covered ones grow on either side in each round."""

_OTHER = 0.4
"""Overlap with the instance below which a box of the same frame is a negative."""

_NEARBY = 4.0
"""Key frames within which an instance is nearby."""
_NEARBY_SHARE = 0.5
"""What nearby instances count beside all of them: an object that changes is like itself of a moment ago."""

_OBJECT_SHARE = 0.3
"""What a box's own score counts beside its likeness, when it is decided which box is the instance."""


def grown(evidence: Evidence, cluster: Cluster, *, rounds: int | None = None) -> NDArray[np.float32]:
    """Return how much every box of every key frame looks like the object of `cluster`, float32 (f, n).

    -inf where there is no box. `rounds` 0 is the classifier of the cluster alone; by default it grows to the ends.
    """
    chosen = np.full(len(evidence), -1, np.intp)
    for frame, box in cluster.members:
        chosen[frame] = box
    scores = _scores(evidence, chosen)
    empty = ~evidence.is_box.any(1)
    n_done = 0
    while ((chosen < 0) & ~empty).any() and (rounds is None or n_done < rounds):
        covered = chosen >= 0
        near = binary_dilation(covered, iterations=REACH)
        if not (near & ~covered & ~empty).any():  # frames without a box lie between
            near[:] = True
        decided = (scores + np.float32(_OBJECT_SHARE) * evidence.score).argmax(1)
        chosen = np.where(near & ~empty, decided, -1)
        scores = _scores(evidence, chosen)
        n_done += 1
    return scores


def _scores(evidence: Evidence, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return what a classifier says of all boxes that learns from the `chosen` one of each frame, -1 for none."""
    frames = np.flatnonzero(chosen >= 0)
    picked = chosen[frames]
    positive = evidence.looks[frames, picked]
    instance = evidence.boxes[frames, picked]
    other = pair_overlaps(evidence.boxes[frames], instance[:, None]) < _OTHER
    other &= evidence.is_box[frames]
    weight = other / np.maximum(other.sum(1, keepdims=True), 1)  # each frame's negatives count as one
    negative = np.einsum("fn,fnc->c", weight, evidence.looks[frames]) / max(len(frames), 1)
    # One classifier for each frame: all instances, but those nearby in time once more.
    apart = np.abs(np.arange(len(evidence))[:, None] - frames) / _NEARBY
    nearby = np.exp(-apart)
    nearby /= nearby.sum(1, keepdims=True) + 1e-12
    classifiers = (1 - _NEARBY_SHARE) * positive.mean(0) + _NEARBY_SHARE * (nearby.astype(np.float32) @ positive)
    classifiers -= negative
    classifiers /= np.maximum(np.linalg.norm(classifiers, axis=1, keepdims=True), 1e-6)
    scores = np.einsum("fnc,fc->fn", evidence.looks, classifiers, optimize=True)
    return np.where(evidence.is_box, scores, -np.inf).astype(np.float32)
