"""How well points were followed: the share of correct keypoints, and TAP-Vid's measures.

PCK counts a joint as correct when it lies within a share of the animal's size of where it truly is. There are two
sizes: BADJA's, the square root of the area of its mask (Biggs et al., "Creatures great and SMAL", ACCV 2018), and
JHMDB's, six tenths of the diagonal of the box around the joints that can be seen. TAP-Vid's measures are those of
Doersch et al., "TAP-Vid: A Benchmark for Tracking Any Point in a Video" (NeurIPS 2022), section 3.1 and the code
that was published with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import SupportsInt

import numpy as np
from numpy.typing import NDArray

BOX_SHARE = 0.6
"""Of the box's diagonal, in JHMDB's size of a person."""

TAP_THRESHOLDS_PX = (1, 2, 4, 8, 16)
"""Distances at which TAP-Vid asks, on a picture of `TAP_SIDE_PX` either way."""

TAP_SIDE_PX = 256


@dataclass(frozen=True, slots=True)
class TapScore:
    """TAP-Vid's three figures, each in [0, 1], NaN where nothing could be judged.

    `average_jaccard` is of position and visibility together, `position_accuracy` (<δ avg) of the points that can be
    seen, `occlusion_accuracy` of visibility alone.
    """

    average_jaccard: float
    position_accuracy: float
    occlusion_accuracy: float


def mask_size(area_px: float) -> float:
    """Return BADJA's size of an animal whose mask covers `area_px` pixels."""
    return math.sqrt(area_px)


def box_size(points: NDArray[np.float64]) -> float:
    """Return JHMDB's size of a body whose visible joints lie at `points` (n, 2); 0 for fewer than two places."""
    if len(points) == 0:
        return 0.0
    return BOX_SHARE * math.hypot(*(points.max(0) - points.min(0)).tolist())


def errors_px(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances (...) between points (..., 2); infinite where nothing was predicted (NaN)."""
    distances: NDArray[np.float64] = np.hypot(*np.moveaxis(predicted - truth, -1, 0))
    return np.where(np.isnan(predicted).any(-1), np.inf, distances)


def tap_score(
    truth: NDArray[np.float64],
    visible: NDArray[np.bool_],
    predicted: NDArray[np.float64],
    predicted_visible: NDArray[np.bool_],
    counts: NDArray[np.bool_],
    size: tuple[int, int],
) -> TapScore:
    """Return TAP-Vid's figures of one clip.

    Parameters
    ----------
    truth, predicted
        Positions float64 (frames, points, 2), x and y in pixels of a picture of `size`, (width, height). NaN may
        stand where a point cannot be seen.
    visible, predicted_visible
        bool (frames, points).
    counts
        bool (frames, points), what is judged: all but the frame that a point was given on where it is followed both
        ways ("strided"), and only frames after it where it is followed forward ("first").
    size
        (width, height); positions are brought to 256 x 256 as TAP-Vid does, each side by itself.
    """
    scale = TAP_SIDE_PX / np.array(size, np.float64)
    squared = (((np.nan_to_num(predicted) - np.nan_to_num(truth)) * scale) ** 2).sum(-1)
    squared = np.where(np.isnan(predicted).any(-1), np.inf, squared)
    n_visible = np.count_nonzero(visible & counts)
    within, jaccards = [], []
    for threshold in TAP_THRESHOLDS_PX:
        near = squared < threshold**2
        right = near & visible & counts
        within.append(_share(np.count_nonzero(right), n_visible))
        true_positives = np.count_nonzero(right & predicted_visible)
        false_positives = np.count_nonzero(predicted_visible & ~(near & visible) & counts)
        jaccards.append(_share(true_positives, n_visible + false_positives))
    agree = np.count_nonzero((visible == predicted_visible) & counts)
    return TapScore(float(np.mean(jaccards)), float(np.mean(within)), _share(agree, np.count_nonzero(counts)))


def identity_switches(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> tuple[int, int]:
    """Return how often the animal that a predicted one lies on changes, and on how many frames it is the wrong one.

    `truth` and `predicted` are float64 (frames, animals, joints, 2), NaN where there is no joint. On each frame
    a predicted animal lies on the true one that its joints are nearest to in the mean; the second number counts
    (frame, animal) pairs where that is not the one of its own number.
    """
    n_frames, n_animals = predicted.shape[:2]
    lies_on = np.tile(np.arange(n_animals), (n_frames, 1))
    for frame in range(n_frames):
        apart = np.hypot(*np.moveaxis(predicted[frame][:, None] - truth[frame][None], -1, 0))  # (n, n, joints)
        n_both = np.count_nonzero(~np.isnan(apart), axis=2)
        mean = np.where(n_both > 0, np.nansum(apart, axis=2) / np.maximum(n_both, 1), np.inf)
        known = np.isfinite(mean).any(1)
        before = lies_on[frame - 1] if frame else lies_on[0]
        lies_on[frame] = np.where(known, mean.argmin(1), before)
    switches = np.count_nonzero(np.diff(np.vstack([np.arange(n_animals), lies_on]), axis=0))
    return int(switches), int(np.count_nonzero(lies_on != np.arange(n_animals)))


def _share(part: SupportsInt, whole: SupportsInt) -> float:
    return int(part) / int(whole) if int(whole) else math.nan
