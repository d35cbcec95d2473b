"""Geometry to pixels, exactly: what a brush, a polygon or a fill covers.

One convention throughout: pixel centres lie at whole numbers, and a pixel belongs to a shape when its
centre does. OpenCV's own drawing rounds coordinates to whole pixels and always paints the border,
so a brush would jump and a polygon would grow by half a pixel; here sub-pixel positions count.

Masks are changed in place and may be bool or uint8: whatever `value` stands for "set".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import Box

Point = tuple[float, float]
"""``(x, y)``"""
Mask = NDArray[np.bool_] | NDArray[np.uint8]

EMPTY_BOX: Box = (0, 0, 0, 0)
_TOLERANCE = 1e-9
"""Pixels; so that a centre on the rim counts as inside in spite of rounding."""


def stamp_segment(mask: Mask, p0: Point, p1: Point, radius0: float, radius1: float, value: int) -> Box:
    """Paint where a disc passes that glides from `p0` to `p1`, and return the box it may have changed.

    The radius goes linearly from `radius0` to `radius1`, in pixels. What is painted are the pixels whose
    centre the disc covers at any moment (the convex hull of the two discs, without steps along the
    way), and besides the pixels that contain the ends, so that even the smallest brush leaves a mark.

    `mask`, (H, W), is written in place; what lies outside is cut off. The box is ``(0, 0, 0, 0)``
    when nothing of the stroke is inside. Costs time per row, not per pixel. Any thread.
    """
    height = mask.shape[0]
    top = max(0, math.ceil(min(p0[1] - radius0, p1[1] - radius1) - _TOLERANCE))
    bottom = min(height, math.floor(max(p0[1] + radius0, p1[1] + radius1) + _TOLERANCE) + 1)
    rows = np.arange(top, max(top, bottom))
    left, right = _disc_spans(rows, p0, radius0)
    for other_left, other_right in (_disc_spans(rows, p1, radius1), *_hull_spans(rows, p0, p1, radius0, radius1)):
        left, right = np.minimum(left, other_left), np.maximum(right, other_right)
    box = _fill_spans(mask, rows, left, right + 2 * _TOLERANCE, value)
    for x, y in (p0, p1):
        box = union(box, _paint_pixel(mask, math.floor(x + 0.5), math.floor(y + 0.5), value))
    return box


def fill_polygon(mask: Mask, points: Sequence[Point], value: int) -> Box:
    """Paint the pixels whose centre lies in the polygon, even-odd, and return the box it may have changed.

    `points` are the corners in order; the last joins the first. Centres exactly on a left or upper
    edge are inside, on a right or lower edge outside, so polygons that share an edge neither overlap nor
    leave a gap. Written in place; cut off at the picture. Any thread.
    """
    if len(points) < 3:
        return EMPTY_BOX
    start = np.asarray(points, float)  # (N, 2)
    end = np.roll(start, -1, axis=0)
    upper = np.where(start[:, 1] <= end[:, 1], start[:, 1], end[:, 1])
    lower = np.where(start[:, 1] <= end[:, 1], end[:, 1], start[:, 1])
    first = np.clip(np.ceil(upper), 0, mask.shape[0]).astype(int)
    last = np.clip(np.ceil(lower), 0, mask.shape[0]).astype(int)  # excluded, so a shared corner counts once
    counts = last - first
    edges = np.repeat(np.arange(len(start)), counts)  # (C,) one entry for each crossing of an edge and a row
    rows = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[edges]
    slope = (end[edges, 0] - start[edges, 0]) / (end[edges, 1] - start[edges, 1])
    crossings = start[edges, 0] + (rows - start[edges, 1]) * slope
    order = np.lexsort((crossings, rows))
    rows, crossings = rows[order], crossings[order]  # crossings come in pairs, row by row
    return _fill_spans(mask, rows[::2], crossings[::2], crossings[1::2], value)


def connected_region(mask: Mask, x: int, y: int) -> tuple[Box, NDArray[np.bool_]]:
    """Return where the pixel (x, y)'s own value reaches through edge neighbours: its box and, in it, bool (h, w).

    Clicked on the background this is the enclosed area (or everything outside), clicked on the
    mask it is that piece of it. `mask`, (H, W), is left as it is. Raises IndexError outside the picture.
    """
    if not (0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]):
        raise IndexError(f"({x}, {y}) lies outside {mask.shape[1]} x {mask.shape[0]}")
    return _flood(np.ascontiguousarray(mask).view(np.uint8), x, y, 0)


def similar_region(image: NDArray[np.uint8], x: int, y: int, tolerance: int) -> tuple[Box, NDArray[np.bool_]]:
    """Return where the colour at (x, y) reaches through edge neighbours: its box and, in it, bool (h, w).

    A pixel belongs when each channel differs from the colour clicked on by at most `tolerance` (0 to 255).
    `image` is uint8 (H, W, 3). Raises IndexError outside the picture.
    """
    if not (0 <= y < image.shape[0] and 0 <= x < image.shape[1]):
        raise IndexError(f"({x}, {y}) lies outside {image.shape[1]} x {image.shape[0]}")
    return _flood(np.ascontiguousarray(image), x, y, tolerance)


def union(a: Box, b: Box) -> Box:
    """Return the smallest box around two; an empty one adds nothing."""
    if a[0] >= a[2] or a[1] >= a[3]:
        return b
    if b[0] >= b[2] or b[1] >= b[3]:
        return a
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def _disc_spans(rows: NDArray[np.int_], centre: Point, radius: float) -> tuple[NDArray, NDArray]:
    """Return left and right ends, float (R,), of a disc on `rows`; inf and -inf where it is not."""
    square = radius * radius - (rows - centre[1]) ** 2
    half = np.sqrt(np.maximum(square, 0.0))
    is_hit = square >= -_TOLERANCE
    return np.where(is_hit, centre[0] - half, np.inf), np.where(is_hit, centre[0] + half, -np.inf)


def _hull_spans(
    rows: NDArray[np.int_], p0: Point, p1: Point, radius0: float, radius1: float
) -> list[tuple[NDArray, NDArray]]:
    """Return left and right ends on `rows` of the four sides between the discs' outer tangent points."""
    along = (p1[0] - p0[0], p1[1] - p0[1])
    length = math.hypot(*along)
    if length <= abs(radius0 - radius1):  # one disc holds the other
        return []
    unit = (along[0] / length, along[1] / length)
    cosine = (radius0 - radius1) / length  # of the angle between the way and a tangent's normal
    sine = math.sqrt(1.0 - cosine * cosine)
    corners = []
    for side, ends in ((sine, ((p0, radius0), (p1, radius1))), (-sine, ((p1, radius1), (p0, radius0)))):
        normal = (unit[0] * cosine - unit[1] * side, unit[1] * cosine + unit[0] * side)
        corners += [(centre[0] + radius * normal[0], centre[1] + radius * normal[1]) for centre, radius in ends]
    spans = []
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y0 == y1:  # its ends belong to the other sides
            continue
        is_hit = (rows >= min(y0, y1)) & (rows <= max(y0, y1))
        x = x0 + (rows - y0) * ((x1 - x0) / (y1 - y0))
        spans.append((np.where(is_hit, x, np.inf), np.where(is_hit, x, -np.inf)))
    return spans


def _fill_spans(mask: Mask, rows: NDArray[np.int_], left: NDArray, right: NDArray, value: int) -> Box:
    """Set the columns ``left <= column < right`` of `rows` and return the box around them."""
    width = mask.shape[1]
    starts = np.ceil(np.clip(left - _TOLERANCE, 0, width)).astype(int)
    stops = np.ceil(np.clip(right - _TOLERANCE, 0, width)).astype(int)
    is_hit = starts < stops
    if not is_hit.any():
        return EMPTY_BOX
    rows, starts, stops = rows[is_hit], starts[is_hit], stops[is_hit]
    for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True):
        mask[row, start:stop] = value
    return (int(starts.min()), int(rows.min()), int(stops.max()), int(rows.max()) + 1)


def _paint_pixel(mask: Mask, column: int, row: int, value: int) -> Box:
    """Set one pixel if it is inside, and return its box."""
    if not (0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]):
        return EMPTY_BOX
    mask[row, column] = value
    return (column, row, column + 1, row + 1)


def _flood(image: NDArray[np.uint8], x: int, y: int, tolerance: int) -> tuple[Box, NDArray[np.bool_]]:
    """Flood through edge neighbours within `tolerance` of the seed's value."""
    height, width = image.shape[:2]
    found = np.zeros((height + 2, width + 2), np.uint8)  # OpenCV wants a rim of one pixel
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
    bounds = (tolerance,) * 3
    _, _, _, (left, top, wide, high) = cv2.floodFill(image, found, (x, y), 0, bounds, bounds, flags)
    region = found[1 + top : 1 + top + high, 1 + left : 1 + left + wide].astype(bool)
    return (left, top, left + wide, top + high), region
