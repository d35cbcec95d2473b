"""The bar of one lane, and the plot of one, as pixels. Knows no Qt: arrays in, premultiplied RGBA out.

Derived labels are solid and tinted by confidence, proposals are pale with a dashed border, stale ones are
hatched, frames where the object was found occluded are a thin line, those where it is out of the frame a dotted one,
those where it is uncertain are notched; missing frames stay blank.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from widgets.timeline.ramp import FLOOR, RAMP, ramp_index
from widgets.timeline.track import Columns

NumberOrArray = TypeVar("NumberOrArray", float, NDArray[np.floating])

PROPOSED_ALPHA = 0.42
LEAST_ALPHA = 0.45
"""A column of which only some frames are labelled is paler, never so pale that it vanishes."""
STALE_ALPHA = 0.6
EDGE_ALPHA = 0.55
PLOT_ALPHA = 0.28
HATCH_PERIOD_PX = 6
DASH_PX = 4
ABSENT_LINE_PX = 3
DOT_PX = 3
NOTCH_PERIOD_PX, NOTCH_PX = 8, 3


def lane_image(
    columns: Columns, height_px: int, hatch_rgb: tuple[int, int, int], pixel_ratio: int = 1
) -> NDArray[np.uint8]:
    """Draw the bar, uint8 (height_px, columns, 4) premultiplied RGBA; sizes in device pixels.

    A bar is one row repeated; only the rare looks cost more than that.
    """
    rgb = RAMP[ramp_index(columns.worst)]  # (w, 3)
    alpha = np.where(columns.cover > 0, LEAST_ALPHA + (1 - LEAST_ALPHA) * columns.cover, 0)
    alpha = np.where(columns.is_proposed, alpha * PROPOSED_ALPHA, alpha)
    alpha = np.where(columns.is_stale, alpha * STALE_ALPHA, alpha)
    alpha = np.where(columns.is_edge, alpha * EDGE_ALPHA, alpha)
    image = np.repeat(_premultiplied(rgb, alpha)[None], height_px, axis=0)  # (h, w, 4)

    rows = np.arange(height_px)
    if columns.is_empty.any():
        off_middle = abs(rows * 2 + 1 - height_px) > ABSENT_LINE_PX * pixel_ratio
        image[off_middle[:, None] & columns.is_empty] = 0
    places = np.arange(len(rgb))
    if columns.is_out.any():
        image[:, columns.is_out & (places // (DOT_PX * pixel_ratio) % 2 == 1)] = 0
    if columns.is_uncertain.any():
        is_notch = columns.is_uncertain & (places % (NOTCH_PERIOD_PX * pixel_ratio) < NOTCH_PX * pixel_ratio)
        is_rim = (rows < height_px // 3) | (rows >= height_px - height_px // 3)
        image[is_rim[:, None] & is_notch] = 0
    if columns.is_proposed.any():
        is_border = (rows < pixel_ratio) | (rows >= height_px - pixel_ratio)
        is_dash = (places // (DASH_PX * pixel_ratio)) % 2 == 0
        dashed = np.flatnonzero(is_dash & columns.is_proposed & ~columns.is_empty)
        image[np.ix_(np.flatnonzero(is_border), dashed)] = _premultiplied(rgb[dashed], np.ones(len(dashed)))
    if columns.is_stale.any():
        period = HATCH_PERIOD_PX * pixel_ratio
        is_line = (rows[:, None] + np.arange(len(rgb))) % period < period // 3
        image[is_line & columns.is_stale & (image[:, :, 3] > 0)] = (*hatch_rgb, 255)
    return image


def plot_y(confidence: NumberOrArray, height_px: int) -> NumberOrArray:
    """Return how far below the top of a plot a confidence lies; at its foot all those lie that are beyond the ramp."""
    margin = height_px / 8
    return margin + (1 - np.maximum(confidence, FLOOR)) / (1 - FLOOR) * (height_px - 1.5 * margin)


def plot_image(columns: Columns, height_px: int, pixel_ratio: int = 1) -> NDArray[np.uint8]:
    """Draw confidence as a line with the area under it tinted, uint8 (height_px, columns, 4) premultiplied RGBA."""
    rgb = RAMP[ramp_index(columns.worst)]  # (w, 3)
    has_value = columns.cover > 0
    line, area = (_premultiplied(rgb, has_value * alpha) for alpha in (1.0, PLOT_ALPHA))  # each (w, 4)
    tops = np.round(plot_y(columns.worst, height_px)).astype(np.int32)  # (w,)
    depth = np.arange(height_px, dtype=np.int32)[:, None, None] - tops[:, None]  # (h, w, 1), rows below the top
    return np.where(depth < 2 * pixel_ratio, line, area) * (depth >= 0)


def _premultiplied(rgb: NDArray[np.uint8], alpha: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return premultiplied RGBA, uint8 (..., 4), of colours (..., 3) and alphas in [0, 1], (...)."""
    rgba = np.empty((*alpha.shape, 4), dtype=np.uint8)
    rgba[..., :3] = np.round(rgb * alpha[..., None])
    rgba[..., 3] = np.round(alpha * 255)
    return rgba
