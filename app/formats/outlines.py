"""Masks as polygons that lose nothing: along the edges of pixels, holes cut in by slits of no width.

Corners are in the continuous coordinates of COCO, LabelMe and CVAT: pixel (column, row) covers the square from
(column, row) to (column + 1, row + 1), so the corners of these outlines are whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.formats.bounded import finite
from engines.labels.raster import fill_polygon
from engines.labels.rle import RleMask

Ring = NDArray[np.int64]
"""(n, 2) corners as x, y, in order; the last joins the first."""

MAX_CROSSINGS = 20_000_000
"""Of an outline's edges with rows of pixels, so that filling it takes bounded memory."""
_FARTHEST_PX = 1e6


def outlines(mask: RleMask) -> list[Ring]:
    """Return an outline for each part of `mask`, parts that touch at a corner being one.

    Even-odd filling of the outlines gives the mask back pixel for pixel.
    """
    if mask.area == 0:
        return []
    corner = np.array(mask.box[:2])
    # At twice the size the pixels along an edge tell on which side of it they lie: u // 2 and (u + 1) // 2.
    doubled = np.repeat(np.repeat(mask.crop().astype(np.uint8), 2, axis=0), 2, axis=1)
    contours, tree = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    rings = [_corners((contour[:, 0, :].astype(np.int64) + 1) // 2) + corner for contour in contours]
    parts: dict[int, Ring] = {}
    for place, (_, _, _, parent) in enumerate(tree[0]):
        if parent < 0:
            parts[place] = rings[place]
    for place, (_, _, _, parent) in enumerate(tree[0]):
        if parent >= 0:
            parts[parent] = _with_hole(parts[parent], rings[place])
    return list(parts.values())


def mask_from_outlines(outlines: Iterable[Sequence[float]], width: int, height: int) -> RleMask:
    """Return what the outlines cover together, each filled even-odd, cut off at the picture.

    An outline is x, y, x, y, …. Raises ValueError for one that is none or cannot be meant.
    """
    mask = np.zeros((height, width), bool)
    for outline in outlines:
        if len(outline) % 2:
            raise ValueError(f"an outline of {len(outline)} numbers, which are no pairs of x and y")
        points = np.array([finite(value, _FARTHEST_PX) for value in outline], float).reshape(-1, 2)
        if len(points) < 3:
            raise ValueError(f"an outline of {len(points)} points")
        rows = np.clip(points[:, 1], 0, height)
        if np.abs(np.diff(rows, append=rows[:1])).sum() + len(points) > MAX_CROSSINGS:
            raise ValueError("an outline that goes up and down too often")
        corners = (points - 0.5).tolist()
        fill_polygon(mask.view(np.uint8), corners, 1)  # there, the centres of pixels have whole numbers
    return RleMask.encode(mask)


def _corners(ring: Ring) -> Ring:
    """Return a closed ring without the points at which it does not turn."""
    ring = ring[np.any(ring != np.roll(ring, 1, axis=0), axis=1)]
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    reverses = np.sum(before * after, axis=1) < 0
    return ring[turns | reverses]


def _with_hole(ring: Ring, hole: Ring) -> Ring:
    """Return `ring` with a way from its first corner to the hole, around it and back."""
    return np.concatenate((ring[:1], hole, hole[:1], ring))
