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
