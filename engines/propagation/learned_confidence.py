"""How good a mask is likely to be that flow, colours and features carried together.

A logistic model of four signs, each of which can only speak for a label or only against it. Made from rendered scenes
alone, whose truth is exact, by ``docs/calibrate_confidence.py --pictures ../shared/data/images --scenes 18``: 1,385
labels of 34 objects; predicting scenes from the others, the mean error is 0.09. No clip with a truth of its own, such
as DAVIS's, had a part in the constants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CONSTANT = -0.311
_PER_CRISPNESS = 0.305
_PER_COLOURS = 2.259
_PER_WAY = 0.860
_PER_WAVERING = -0.835

_BOUND = 0.02
"""Crispness nearer to 0 or 1 than this says no more."""

MOST_WAVERING = 1.0
"""Where features were not asked, as of an object that was only just found again."""


@dataclass(frozen=True, slots=True)
class LearnedSigns:
    """What tells a good label from a bad one; none of them knows the truth.

    `crispness` in [0, 1], see `flow_confidence.crispness`; `colours` in [0, 1], see `agreement_of_colours`; `way` in
    [0, 1], see `agreement_of_way`; `wavering` >= 0, how divided the votes of features are: 4 p (1 - p) over all cells
    that were asked, added up, as a share of the object's cells.
    """

    crispness: float
    colours: float
    way: float
    wavering: float


def expected_iou(signs: LearnedSigns) -> float:
    """Return the IoU to expect of a label with these signs, in (0, 1)."""
    crispness = min(max(signs.crispness, _BOUND), 1 - _BOUND)
    score = (
        _CONSTANT
        + _PER_CRISPNESS * math.log(crispness / (1 - crispness))
        + _PER_COLOURS * signs.colours
        + _PER_WAY * signs.way
        + _PER_WAVERING * signs.wavering
    )
    return 1 / (1 + math.exp(-score))


def agreement_of_colours(
    soft: NDArray[np.float32], around: NDArray[np.bool_], colour_odds: NDArray[np.float32]
) -> float:
    """Return the IoU of a mask with what colours alone take for the object, within `around`; all are (h, w)."""
    by_label, by_colour = (soft > 0.5) & around, (colour_odds > 0) & around
    union = np.count_nonzero(by_label | by_colour)
    return np.count_nonzero(by_label & by_colour) / union if union else 1.0


def agreement_of_way(
    soft: NDArray[np.float32],
    around: NDArray[np.bool_],
    fetched: NDArray[np.float32],
    weight: NDArray[np.float32],
) -> float:
    """Return how far a label is what came along the surest way from its anchor, and how far that way is believed.

    The soft IoU of `soft` and `fetched`, pixels counting as the way's `weight`, times the mean weight; within `around`.
    Near 1 while the object can still be followed from its anchor pixel by pixel; all are (h, w).
    """
    believed = weight * around
    most = float((believed * np.maximum(soft, fetched)).sum())
    agreement = float((believed * np.minimum(soft, fetched)).sum()) / most if most > 0 else 0.0
    return agreement * float(believed.sum()) / max(1, int(np.count_nonzero(around)))


def wavering(share: NDArray[np.float32], asked: NDArray[np.bool_], n_cells: float) -> float:
    """Return how divided features are about the cells `asked` of an object of `n_cells`; see `LearnedSigns`."""
    return float((4 * share * (1 - share))[asked].sum()) / max(1.0, n_cells)
