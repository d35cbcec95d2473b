"""Region similarity J and boundary accuracy F of masks, as the DAVIS benchmark defines them.

Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation"
(CVPR 2016), sections 4 and 5; Pont-Tuset et al., "The 2017 DAVIS Challenge" for many objects. Matches
the toolkit's ``db_eval_iou``, ``db_eval_boundary`` and ``db_statistics``, and is faster: boundaries
are dilated by thresholding an exact distance map inside their box instead of by a large disk.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import bounding_box

BOUNDARY_TOLERANCE = 0.008
"""Radius within which boundaries match, as a share of the picture's diagonal; DAVIS's `bound_th`."""

RECALL_THRESHOLD = 0.5
N_DECAY_BINS = 4


@dataclass(frozen=True, slots=True)
class Statistics:
    """One measure over the frames of a sequence: mean, share above 0.5, first quarter less last quarter."""

    mean: float
    recall: float
    decay: float


@dataclass(frozen=True, slots=True, eq=False)
class ObjectScore:
    """J and F of one object in one sequence.

    `j_frames` and `f_frames` are float64 (n,) in [0, 1], one for each frame of the sequence, ends
    included; the statistics leave the first and the last frame out.
    """

    j: Statistics
    f: Statistics
    j_frames: NDArray[np.float64]
    f_frames: NDArray[np.float64]

    @property
    def j_and_f(self) -> float:
        """Mean of J and F, the figure by which DAVIS ranks."""
        return (self.j.mean + self.f.mean) / 2


def region_similarity(truth: NDArray[np.bool_], prediction: NDArray[np.bool_]) -> float:
    """Return J, the intersection over union of two bool masks (H, W); 1 where both are empty."""
    _check_shapes(truth, prediction)
    union = np.count_nonzero(truth | prediction)
    return np.count_nonzero(truth & prediction) / union if union else 1.0


def boundary_f(truth: NDArray[np.bool_], prediction: NDArray[np.bool_], tolerance: float = BOUNDARY_TOLERANCE) -> float:
    """Return F, the harmonic mean of boundary precision and recall of two bool masks (H, W).

    A boundary pixel counts as matched when one of the other boundary lies within `tolerance` times
    the diagonal, rounded up to whole pixels. The toolkit calls this a bipartite matching; what it
    computes, and so do we, is the dilation that approximates it. Both boundaries empty gives 1, only one empty 0.
    """
    _check_shapes(truth, prediction)
    radius_px = math.ceil(tolerance * math.hypot(*truth.shape))
    truth_boundary, boundary = boundary_map(truth), boundary_map(prediction)
    n_truth, n_predicted = np.count_nonzero(truth_boundary), np.count_nonzero(boundary)
    if n_truth == 0 or n_predicted == 0:
        return float(n_truth == n_predicted)
    left, top, right, bottom = bounding_box(truth_boundary | boundary)
    truth_boundary, boundary = truth_boundary[top:bottom, left:right], boundary[top:bottom, left:right]
    precision = np.count_nonzero(boundary & _near(truth_boundary, radius_px)) / n_predicted
    recall = np.count_nonzero(truth_boundary & _near(boundary, radius_px)) / n_truth
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def boundary_map(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of bool (H, W) that differ from the one right, below, or right below.

    DAVIS's ``seg2bmap`` at full size: the boundary lies half a pixel to the upper left, one pixel
    wide, and never on the picture's last corner.
    """
    boundary = np.zeros_like(mask)
    right, below = mask[:, 1:] != mask[:, :-1], mask[1:] != mask[:-1]
    boundary[:, :-1] = right
    boundary[:-1] |= below
    boundary[:-1, :-1] |= mask[1:, 1:] != mask[:-1, :-1]
    # On the last row only the right neighbour counts, in the last column only the one below: as above.
    boundary[-1, -1] = False
    return boundary


def score_object(pairs: Iterable[tuple[NDArray[np.bool_], NDArray[np.bool_]]]) -> ObjectScore:
    """Return the score of one object from its (truth, prediction) masks, bool (H, W), of every frame in order.

    `pairs` is gone through once and may be a generator. The given first frame and the last frame
    belong to it but do not count. Raises ValueError where fewer than three frames leave nothing to count.
    """
    rows = [(region_similarity(truth, prediction), boundary_f(truth, prediction)) for truth, prediction in pairs]
    if len(rows) < 3:
        raise ValueError(f"{len(rows)} frames leave none to score: the first and the last do not count")
    j_frames, f_frames = np.array(rows, np.float64).T
    return ObjectScore(statistics(j_frames[1:-1]), statistics(f_frames[1:-1]), j_frames, f_frames)


def statistics(values: NDArray[np.float64]) -> Statistics:
    """Return mean, recall and decay of per-frame values (n,), n >= 1; bins as in DAVIS's ``db_statistics``."""
    edges = np.round(np.linspace(1, len(values), N_DECAY_BINS + 1) + 1e-10).astype(int) - 1
    first, last = values[edges[0] : edges[1] + 1], values[edges[-2] : edges[-1] + 1]
    return Statistics(
        float(values.mean()), float((values > RECALL_THRESHOLD).mean()), float(first.mean() - last.mean())
    )


def mean_score(scores: Sequence[ObjectScore]) -> tuple[float, float]:
    """Return mean J and mean F over objects, every object of every sequence counting the same."""
    if not scores:
        raise ValueError("no objects to take the mean of")
    return float(np.mean([score.j.mean for score in scores])), float(np.mean([score.f.mean for score in scores]))


def _near(boundary: NDArray[np.bool_], radius_px: int) -> NDArray[np.bool_]:
    """Return the pixels within `radius_px` of a boundary that is not empty, bool (h, w)."""
    distance_px = cv2.distanceTransform((~boundary).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Distances are roots of whole numbers: half a step above the radius keeps float rounding out of it.
    return distance_px <= math.sqrt(radius_px**2 + 0.5)


def _check_shapes(truth: NDArray[np.bool_], prediction: NDArray[np.bool_]) -> None:
    """Raise ValueError where two masks are not of one size."""
    if truth.shape != prediction.shape or truth.ndim != 2:
        raise ValueError(f"truth {truth.shape} and prediction {prediction.shape} are not masks of one size")
