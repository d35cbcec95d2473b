"""Masks and pictures as the screen's pixels see them. numpy and OpenCV only.

What the mask layer draws it draws at the screen's resolution: a stroke then costs what it covers on the
screen, whatever the size of the frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

NEAREST_FROM = 2.0
"""From this magnification on (device pixels per image pixel) pixels are shown as squares; below, smoothly."""
_SEARCH = 64


@dataclass(frozen=True, slots=True)
class Grid:
    """A rectangle of device pixels over a picture.

    Device pixel (column, row) has its centre at image position
    ``((left + column + 0.5 - origin_x) / scale - 0.5, ...)``.
    """

    scale: float
    """Device pixels per image pixel."""
    origin: tuple[float, float]
    """Device position of the picture's top left corner."""
    left: int
    top: int
    width: int
    height: int

    def halved(self, level: int) -> Grid:
        """Return the same device pixels over the picture halved `level` times."""
        return replace(self, scale=self.scale * 2**level)

    @property
    def is_empty(self) -> bool:
        """Whether it has no pixel."""
        return self.width <= 0 or self.height <= 0

    def image_box(self, margin: int, width: int, height: int) -> tuple[int, int, int, int]:
        """Return the image pixels under the grid and `margin` more, within a picture of `width` x `height`."""
        left = math.floor((self.left - self.origin[0]) / self.scale) - margin
        top = math.floor((self.top - self.origin[1]) / self.scale) - margin
        right = math.ceil((self.left + self.width - self.origin[0]) / self.scale) + margin
        bottom = math.ceil((self.top + self.height - self.origin[1]) / self.scale) + margin
        return max(0, left), max(0, top), max(0, min(width, right)), max(0, min(height, bottom))

    def around(self, box: tuple[int, int, int, int], margin: int) -> Grid:
        """Return the part of the grid that image pixels of `box` can reach, with `margin` device pixels around."""
        left = max(self.left, math.floor(self.origin[0] + box[0] * self.scale) - margin)
        top = max(self.top, math.floor(self.origin[1] + box[1] * self.scale) - margin)
        right = min(self.left + self.width, math.ceil(self.origin[0] + box[2] * self.scale) + margin)
        bottom = min(self.top + self.height, math.ceil(self.origin[1] + box[3] * self.scale) + margin)
        return replace(self, left=left, top=top, width=max(0, right - left), height=max(0, bottom - top))

    def grown(self, margin: int) -> Grid:
        """Return the grid with `margin` device pixels more on every side."""
        return replace(
            self,
            left=self.left - margin,
            top=self.top - margin,
            width=self.width + 2 * margin,
            height=self.height + 2 * margin,
        )


def level_for(scale: float) -> int:
    """Return how often to halve a picture so that the rest of the way to `scale` is at most a halving."""
    return max(0, math.floor(math.log2(1 / scale)))


def halved(crop: NDArray[np.uint8], corner: tuple[int, int], level: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return a mask's crop and its corner in a picture halved `level` times, coverage averaged."""
    if level == 0:
        return crop, corner
    step = 1 << level
    left, top = corner[0] // step * step, corner[1] // step * step
    right = -(-(corner[0] + crop.shape[1]) // step) * step
    bottom = -(-(corner[1] + crop.shape[0]) // step) * step
    window = _window(crop, corner, (left, top, right, bottom))
    size = ((right - left) // step, (bottom - top) // step)
    return cv2.resize(window, size, interpolation=cv2.INTER_AREA), (left // step, top // step)


def coverage(crop: NDArray[np.uint8], corner: tuple[int, int], grid: Grid) -> NDArray[np.uint8]:
    """Return how much of each device pixel of `grid` the mask covers, uint8 (height, width), 0 to 255.

    `crop` is uint8 (h, w) of 0 to 255, the mask inside a box whose top left pixel is `corner` = (x, y); outside
    it is empty. From `NEAREST_FROM` on every device pixel takes the image pixel under its centre, so edges are
    those of the pixels; below, edges are smooth. Below a scale of one half the result is coarse;
    halve the mask first.
    """
    return nearest(crop, corner, grid) if grid.scale >= NEAREST_FROM else _bilinear(crop, corner, grid)


def nearest(crop: NDArray, corner: tuple[int, int], grid: Grid) -> NDArray:
    """Return for each device pixel of `grid` the pixel under its centre, zero outside; `crop` is (h, w) of any type."""
    columns = _indices(grid.left, grid.width, grid.origin[0], grid.scale) - corner[0]
    rows = _indices(grid.top, grid.height, grid.origin[1], grid.scale) - corner[1]
    out = np.zeros((len(rows), len(columns)), crop.dtype)
    r0, r1 = np.searchsorted(rows, (0, crop.shape[0]))
    c0, c1 = np.searchsorted(columns, (0, crop.shape[1]))
    if r0 < r1 and c0 < c1:
        first = rows[r0]
        lines = crop[first : rows[r1 - 1] + 1, columns[c0:c1]]  # few lines of the image, spread sideways,
        out[r0:r1, c0:c1] = lines[rows[r0:r1] - first]  # then repeated downwards as whole lines
    return out


def _indices(start: int, count: int, origin: float, scale: float) -> NDArray[np.int_]:
    """Return the image pixel under each of `count` device pixels along an axis; it may lie outside the picture."""
    return np.floor((np.arange(start, start + count) + 0.5 - origin) / scale).astype(np.intp)


def _bilinear(crop: NDArray[np.uint8], corner: tuple[int, int], grid: Grid) -> NDArray[np.uint8]:
    """Resample with `cv2.resize`, which is four times as fast as `cv2.warpAffine` and as exact as the eye.

    It starts every window on the edge of a device pixel. So the window begins at an image pixel whose edge falls
    on one: among the `_SEARCH` before the part wanted there is one that misses by less than 1 / `_SEARCH`.
    """
    x0, skip_x = _aligned(grid.left, grid.origin[0], grid.scale)
    y0, skip_y = _aligned(grid.top, grid.origin[1], grid.scale)
    x1 = x0 + math.ceil((skip_x + grid.width) / grid.scale) + 2
    y1 = y0 + math.ceil((skip_y + grid.height) / grid.scale) + 2
    window = _window(crop, corner, (x0, y0, x1, y1))
    scaled = cv2.resize(window, None, fx=grid.scale, fy=grid.scale, interpolation=cv2.INTER_LINEAR)
    return scaled[skip_y : skip_y + grid.height, skip_x : skip_x + grid.width]


def _aligned(start: int, origin: float, scale: float) -> tuple[int, int]:
    """Return an image pixel before device pixel `start` whose edge falls on a device pixel's, and how far before."""
    last = math.floor((start - origin) / scale) - 2
    edges = origin + np.arange(last, last - _SEARCH, -1) * scale
    best = int(np.argmin(np.round(np.abs(edges - np.round(edges)), 6)))  # the nearest of equals
    return last - best, start - round(edges[best])


def _window(crop: NDArray[np.uint8], corner: tuple[int, int], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return the pixels of `box`, uint8, of a mask that is empty outside its crop; a view where it can be."""
    x, y = box[0] - corner[0], box[1] - corner[1]
    width, height = box[2] - box[0], box[3] - box[1]
    if x >= 0 and y >= 0 and x + width <= crop.shape[1] and y + height <= crop.shape[0]:
        return crop[y : y + height, x : x + width]
    window = np.zeros((height, width), np.uint8)
    part = crop[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
    window[max(0, -y) : max(0, -y) + part.shape[0], max(0, -x) : max(0, -x) + part.shape[1]] = part
    return window
