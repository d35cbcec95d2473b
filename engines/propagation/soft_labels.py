"""What engines that carry soft labels all need to know of one: float32 (h, w) in [0, 1]."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.presence import Presence

_SURROUNDINGS = 0.5
"""Width of the surroundings that count, in square roots of the object's area."""

_LEAST_SPECK, _MOST_SPECK = 0.01, 0.03
"""Parts of less than three hundredths of an object's main part are specks; where a person drew parts so small, of less
than one."""
_LARGE = 0.25
"""Parts of at least so much of the main one may be anywhere."""

_LEAST = 0.03
"""Labels nearer to 0 or 1 than this say no more: a colour seen often enough wins over time."""


GONE = {True: Presence.OUT_OF_FRAME, False: Presence.OCCLUDED}
"""Where an object is that is seen no more, by whether it touched the picture's border when last seen."""


def touches_border(soft: NDArray[np.float32] | NDArray[np.bool_]) -> bool:
    """Return whether the object, a label or a mask, reaches the outermost two pixels of its picture."""
    inside = soft > 0.5
    return bool(inside[:2].any() or inside[-2:].any() or inside[:, :2].any() or inside[:, -2:].any())


def near(soft: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the object and the surroundings that count, bool (h, w); nothing where there is no object."""
    outside = (soft <= 0.5).astype(np.uint8)
    result = np.zeros(soft.shape, bool)
    area = outside.size - int(np.count_nonzero(outside))
    if area > 0:
        width = surroundings_px(area)
        # Nothing further away is measured. A step to the side counts 0.955 px (Borgefors 1986, as OpenCV has it).
        room = math.ceil(1.05 * width) + 1
        rows, columns = np.flatnonzero(outside.min(1) == 0), np.flatnonzero(outside.min(0) == 0)
        box = (
            slice(max(0, int(rows[0]) - room), int(rows[-1]) + room + 1),
            slice(max(0, int(columns[0]) - room), int(columns[-1]) + room + 1),
        )
        result[box] = cv2.distanceTransform(outside[box], cv2.DIST_L2, 3) < width
    return result


def surroundings_px(area: int) -> float:
    """Return how wide the surroundings are that count, around an object of this area in pixels."""
    return _SURROUNDINGS * math.sqrt(max(area, 50))


def speck_share(mask: NDArray[np.bool_]) -> float:
    """Return up to which share of its main part a part of a carried label is a speck, `mask` (H, W) being an anchor's.

    Never more than half of the smallest part that the person drew, but for specks that nobody draws on purpose.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if len(areas) == 0:
        return _LEAST_SPECK
    return float(np.clip(0.5 * areas.min() / areas.max(), _LEAST_SPECK, _MOST_SPECK))


def without_strays(
    soft: NDArray[np.float32], before: NDArray[np.float32], evidence: NDArray[np.float32] | None, speck: float
) -> NDArray[np.float32]:
    """Return `soft` without parts that cannot be the object's, `before` being what it was thought to be at first.

    The main part is the one that most of `before` lies in. Others stay if they are large and were there before, or are
    more than mere specks, by the share `speck`, and lie in the surroundings of those or have the log-odds `evidence`
    for them.
    """
    n_parts, parts, stats, _ = cv2.connectedComponentsWithStats((soft > 0.5).astype(np.uint8), connectivity=8)
    if n_parts <= 2:
        return soft
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    supports = np.bincount(parts.ravel(), before.ravel(), n_parts)
    supports[0] = 0
    main = int(supports.argmax())
    stays = (supports > 0.5 * areas) & (areas > _LARGE * areas[main])
    stays[main] = True
    around = np.bincount(parts[near(stays[parts].astype(np.float32))], minlength=n_parts) > 0
    if evidence is not None:
        around |= np.bincount(parts.ravel(), evidence.ravel(), n_parts) > 0
    keeps = (areas > speck * areas[main]) & around
    keeps[0] = True
    return np.where(keeps[parts], soft, np.float32(0))


def log_odds(p: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log(p / (1 - p)), bounded."""
    p = np.clip(p, _LEAST, 1 - _LEAST)
    return np.log(p / (1 - p))
