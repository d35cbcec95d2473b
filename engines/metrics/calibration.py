"""Whether confidence means something: ranks labels as they are, and is 0.9 right about nine times in ten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

N_BINS = 10


def rank_correlation(confidence: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Return Spearman's rank correlation of two arrays (n,), ties sharing their ranks; 0 where one of them is flat."""
    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (confidence, truth)]
    spread = float(np.sqrt((ranks[0] @ ranks[0]) * (ranks[1] @ ranks[1])))
    return float(ranks[0] @ ranks[1]) / spread if spread > 0 else 0.0


def rank_area(score: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Return the area under the ROC curve: how likely a higher `score` (n,) stands at what is true, ties counting half.

    `truth` (n,) in [0, 1] may be a share, for a place of which only a part is true. 0.5 where all or nothing is.
    """
    _, places = np.unique(score, return_inverse=True)
    positive, negative = np.bincount(places, truth), np.bincount(places, 1 - np.asarray(truth, np.float64))
    pairs = float(positive.sum() * negative.sum())
    return float((positive * (np.cumsum(negative) - negative / 2)).sum()) / pairs if pairs > 0 else 0.5


def expected_calibration_error(
    confidence: NDArray[np.floating], truth: NDArray[np.floating], n_bins: int = N_BINS
) -> float:
    """Return how far confidence lies from the truth on average, both (n,) in [0, 1], n >= 1.

    Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), equation 3, with an IoU in the place of right
    or wrong: over `n_bins` equal bins of confidence, the distances between both means, each as often as it occurs.
    """
    places = np.minimum((np.asarray(confidence) * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(places, np.asarray(confidence) - truth, n_bins)
    return float(np.abs(gaps).sum() / len(places))
