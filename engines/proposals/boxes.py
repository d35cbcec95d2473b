"""Arithmetic of upright boxes.

A box is ``left, top, right, bottom`` in pixels of the picture it lies on, right and bottom excluded: a box around one
pixel at column 3 is 3 to 4. Boxes are float32 (n, 4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Return the area of each box (..., 4), 0 where it has no inside."""
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    return sides[..., 0] * sides[..., 1]


def overlaps(one: Boxes, other: Boxes) -> NDArray[np.float32]:
    """Return the intersection over union of every box (m, 4) with every other (n, 4), float32 (m, n); 0 for nothing."""
    left_top = np.maximum(one[:, None, :2], other[None, :, :2])
    right_bottom = np.minimum(one[:, None, 2:], other[None, :, 2:])
    sides = np.maximum(right_bottom - left_top, 0)
    shared = sides[..., 0] * sides[..., 1]
    union = areas(one)[:, None] + areas(other)[None] - shared
    return np.where(union > 0, shared / np.maximum(union, 1e-6), 0).astype(np.float32)


def pair_overlaps(one: Boxes, other: Boxes) -> NDArray[np.float32]:
    """Return the intersection over union of boxes (..., 4) pair by pair; 0 where either is NaN or nothing."""
    sides = np.maximum(np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2]), 0)
    shared = sides[..., 0] * sides[..., 1]
    union = areas(one) + areas(other) - shared
    with np.errstate(invalid="ignore"):
        found = np.where(union > 0, shared / np.maximum(union, 1e-6), 0)
    return np.nan_to_num(found).astype(np.float32)


def within(boxes: Boxes, width: int, height: int) -> Boxes:
    """Return the parts of boxes (..., 4) that lie on a picture of this size."""
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)


def distinct(boxes: Boxes, scores: NDArray[np.float32], most_overlap: float, most: int) -> NDArray[np.intp]:
    """Return up to `most` indices, best score first, none of whose boxes overlaps a better one by `most_overlap`."""
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    for index in order:
        if len(kept) == most:
            break
        if not kept or overlaps(boxes[index][None], boxes[kept]).max() <= most_overlap:
            kept.append(int(index))
    return np.array(kept, np.intp)


class Integral:
    """Sums of a picture's channels over boxes, each at the cost of four look-ups."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        """Take `values`, float32 (h, w) or (h, w, c)."""
        values = values if values.ndim == 3 else values[..., None]
        height, width, n_channels = values.shape
        # Sums to the left and above in double precision: single would lose a small box at the far corner.
        self._sums = np.zeros((height + 1, width + 1, n_channels))
        np.cumsum(np.cumsum(values, 0, dtype=np.float64), 1, out=self._sums[1:, 1:])
        self.width, self.height = width, height

    def sums(self, boxes: Boxes) -> NDArray[np.float64]:
        """Return the sum of each channel over boxes (..., 4) rounded to whole pixels, (..., c)."""
        left, top, right, bottom = np.moveaxis(self.rounded(boxes), -1, 0)
        whole = self._sums[bottom, right] - self._sums[top, right] - self._sums[bottom, left] + self._sums[top, left]
        return np.asarray(whole)

    def means(self, boxes: Boxes) -> NDArray[np.float64]:
        """Return the mean of each channel over boxes (..., 4), 0 where they have no pixel."""
        left, top, right, bottom = np.moveaxis(self.rounded(boxes), -1, 0)
        n_pixels = np.maximum((right - left) * (bottom - top), 1)
        return self.sums(boxes) / n_pixels[..., None]

    def rounded(self, boxes: Boxes) -> NDArray[np.intp]:
        """Return boxes (..., 4) in whole pixels of the picture."""
        whole = np.rint(within(boxes, self.width, self.height)).astype(np.intp)
        whole[..., 2:] = np.maximum(whole[..., 2:], whole[..., :2])
        return whole
