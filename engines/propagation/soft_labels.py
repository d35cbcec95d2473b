"""What engines that carry soft labels all need to know of one: float32 (h, w) in [0, 1]."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.presence import Presence

_SURROUNDINGS = 0.5
"""Width of the surroundings that count, in square roots of the object's area."""

_LEAST = 0.03
"""Labels nearer to 0 or 1 than this say no more: a colour seen often enough wins over time."""


GONE = {True: Presence.OUT_OF_FRAME, False: Presence.OCCLUDED}
"""Where an object is that is seen no more, by whether it touched the picture's border when last seen."""


def touches_border(soft: NDArray[np.float32]) -> bool:
    """Return whether the object reaches the outermost two pixels of its picture."""
    inside = soft > 0.5
    return bool(inside[:2].any() or inside[-2:].any() or inside[:, :2].any() or inside[:, -2:].any())


def near(soft: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the object and the surroundings that count, bool (h, w); nothing where there is no object."""
    outside = (soft <= 0.5).astype(np.uint8)
    area = outside.size - int(np.count_nonzero(outside))
    if area == 0:
        return np.zeros(soft.shape, bool)
    return cv2.distanceTransform(outside, cv2.DIST_L2, 3) < surroundings_px(area)


def surroundings_px(area: int) -> float:
    """Return how wide the surroundings are that count, around an object of this area in pixels."""
    return _SURROUNDINGS * math.sqrt(max(area, 50))


def log_odds(p: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log(p / (1 - p)), bounded."""
    p = np.clip(p, _LEAST, 1 - _LEAST)
    return np.log(p / (1 - p))
