"""The parts of a mask: which pixels hang together, and which belong to which of two."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.raster import union
from engines.labels.rle import Box, RleMask


def connected_parts(mask: RleMask) -> list[RleMask]:
    """Return the parts of `mask` that hang together by edges or corners, the largest first.

    Of parts of one size the upper one comes first. An empty mask has none. Any thread.
    """
    if mask.area == 0:
        return []
    _, numbers, facts, _ = cv2.connectedComponentsWithStats(mask.crop().astype(np.uint8), connectivity=8)
    order = np.argsort(-facts[1:, cv2.CC_STAT_AREA], kind="stable") + 1
    origin = (mask.box[0], mask.box[1])
    return [RleMask.encode_crop(numbers == number, origin, mask.width, mask.height) for number in order.tolist()]


def divided(mask: RleMask, one: RleMask, other: RleMask) -> tuple[RleMask, RleMask]:
    """Return which pixels of `mask` belong to `one` and which to `other`, two masks on a frame near by.

    A connected part that meets one of the two goes to it whole, a part that meets neither to the nearer
    one; a part that meets both is cut where it is as far from the one as from the other. The two results share no
    pixel and have all of `mask`. Neither `one` nor `other` may be empty; all are of one size. Any thread.
    """
    if mask.area == 0:
        return mask, mask
    box = union(union(mask.box, one.box), other.box)
    whole, first, second = (_within(part, box) for part in (mask, one, other))
    nearer_second = _distance(second) < _distance(first)  # (h, w)
    _, numbers = cv2.connectedComponents(whole.astype(np.uint8), connectivity=8)
    n_first, n_second, n_nearer = (
        np.bincount(numbers[whole & where], minlength=numbers.max() + 1) for where in (first, second, nearer_second)
    )
    n_pixels = np.bincount(numbers.ravel(), minlength=numbers.max() + 1)
    is_cut = (n_first > 0) & (n_second > 0)
    goes_whole = np.where((n_first > 0) | (n_second > 0), n_second > 0, 2 * n_nearer > n_pixels)
    to_second = whole & np.where(is_cut[numbers], nearer_second, goes_whole[numbers])
    origin = (box[0], box[1])
    return (
        RleMask.encode_crop(whole & ~to_second, origin, mask.width, mask.height),
        RleMask.encode_crop(to_second, origin, mask.width, mask.height),
    )


def _within(mask: RleMask, box: Box) -> NDArray[np.bool_]:
    """Return `mask` in a `box` that holds it, bool (h, w)."""
    pixels = np.zeros((box[3] - box[1], box[2] - box[0]), bool)
    left, top, right, bottom = mask.box
    pixels[top - box[1] : bottom - box[1], left - box[0] : right - box[0]] = mask.crop()
    return pixels


def _distance(pixels: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how far each pixel is from the set ones, float32 (h, w), in pixels; 0 on them."""
    return cv2.distanceTransform((~pixels).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
