"""Boxes, which are kept as masks that fill them."""

from __future__ import annotations

import math

import numpy as np

from app.formats.bounded import finite
from engines.labels.rle import RleMask


def box_mask(x: float, y: float, width: float, height: float, clip_width: int, clip_height: int) -> RleMask:
    """Return the mask that fills a box, to the nearest pixel, cut off at the picture; empty where nothing is left.

    `x` and `y` are the left and upper edge with pixel edges at whole numbers. Raises ValueError for what is no box.
    """
    x, y, width, height = finite(x), finite(y), finite(width), finite(height)
    left, right = (_pixel(edge, clip_width) for edge in (x, x + width))
    top, bottom = (_pixel(edge, clip_height) for edge in (y, y + height))
    if width <= 0 or height <= 0 or right <= left or bottom <= top:
        return RleMask.empty(clip_width, clip_height)
    return RleMask.encode_crop(np.ones((bottom - top, right - left), bool), (left, top), clip_width, clip_height)


def box_of(mask: RleMask) -> tuple[int, int, int, int]:
    """Return x, y, width and height of the box around `mask`, all 0 where it is empty."""
    left, top, right, bottom = mask.box
    return left, top, right - left, bottom - top


def _pixel(edge: float, size: int) -> int:
    return min(max(math.floor(edge + 0.5), 0), size)
