"""What colours an object has, and what colours lie around it.

Flow alone drifts: it cannot tell that the pixels that it has come to are no longer the object. Two
colour histograms, of the object and of its surroundings, can. The one learnt from the person's own
mask is kept for good, the other follows the light.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

_BINS = 32
_CHROMA_GAIN = 2
"""Lab's a and b of real pictures huddle around grey: stretched by this they fill more bins."""

_ANCHOR_SHARE = 0.5
_KEEP = 0.9
"""Share of the running histogram that survives a frame: its memory is about ten frames."""

_ROOM = 4
"""Bins that are kept free around colours when they are smoothed: twice the radius, lest the box's edge be mirrored."""

_PRIOR = 1e-5
"""Probability of a colour never seen, for object and surroundings alike."""

_MOST_CERTAIN = 0.95


class ColourModel:
    """Colour histograms of one object and its surroundings, learnt from a mask. One thread."""

    def __init__(self, cells: NDArray[np.int32], soft: NDArray[np.float32], near: NDArray[np.bool_]) -> None:
        """Learn from an anchor; see `learn` for the arguments."""
        self._anchor = _histograms(cells, soft, near)
        self._recent = self._anchor.copy()

    def learn(self, cells: NDArray[np.int32], soft: NDArray[np.float32], near: NDArray[np.bool_]) -> None:
        """Let the running histograms follow a carried label.

        `cells` is int32 (h, w) from `colour_cells`, `soft` float32 (h, w) the label, `near` bool
        (h, w) the object and the surroundings that count.
        """
        self._recent = _KEEP * self._recent + (1 - _KEEP) * _histograms(cells, soft, near)

    def log_odds(self, cells: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return log(p / (1 - p)) of each pixel's being the object by its colour alone, float32 (h, w), bounded."""
        inside, outside = _ANCHOR_SHARE * self._anchor + (1 - _ANCHOR_SHARE) * self._recent
        p = np.clip((inside + _PRIOR) / (inside + outside + 2 * _PRIOR), 1 - _MOST_CERTAIN, _MOST_CERTAIN)
        return np.log(p / (1 - p)).astype(np.float32)[cells]


def colour_cells(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return which histogram cell each pixel of an RGB picture uint8 (h, w, 3) falls in, int32 (h, w)."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.int32)
    lab[..., 1:] = np.clip((lab[..., 1:] - 128) * _CHROMA_GAIN + 128, 0, 255)
    bins = lab * _BINS >> 8
    return (bins[..., 0] * _BINS + bins[..., 1]) * _BINS + bins[..., 2]


def _histograms(cells: NDArray[np.int32], soft: NDArray[np.float32], near: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the histograms of object and surroundings, float64 (2, cells), smoothed, each summing to 1 or empty."""
    chosen, weight = cells[near], soft[near]
    box = _box_of(chosen)
    counts = [np.bincount(chosen, weights, _BINS**3) for weights in (weight, 1 - weight)]
    smooth = np.zeros((2, _BINS, _BINS, _BINS))
    smooth[box] = gaussian_filter(np.reshape(counts, smooth.shape)[box], 0.7, truncate=3, axes=(1, 2, 3))
    result = smooth.reshape(2, -1)
    result /= np.maximum(result.sum(1, keepdims=True), 1e-6)
    return result


def _box_of(chosen: NDArray[np.int32]) -> tuple[slice, ...]:
    """Return the part of both histograms that these colours, smoothed, can reach, and an empty margin."""
    if len(chosen) == 0:
        return (slice(None), *(slice(0, 1),) * 3)
    along = np.unravel_index(np.flatnonzero(np.bincount(chosen)), (_BINS,) * 3)
    return slice(None), *(slice(max(0, int(bins.min()) - _ROOM), int(bins.max()) + _ROOM + 1) for bins in along)
