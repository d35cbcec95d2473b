"""Values between pixels or cells, at a few places only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Corner = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


def sample(values: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `values` (h, w, c) at places (n, 2), x and y, bilinear, clamped to the border: (n, c)."""
    corners = _corners(values.shape, places)
    mixed: NDArray[np.float32] = np.add.reduce([weight[:, None] * values[i, j] for i, j, weight in corners])
    return mixed


def sample_own(
    values: NDArray[np.float32], places: NDArray[np.float32], channels: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return one of the `channels` of `values` (h, w, c) at each of places (n, 2): (n,). See `sample`."""
    corners = _corners(values.shape, places)
    mixed: NDArray[np.float32] = np.add.reduce([weight * values[i, j, channels] for i, j, weight in corners])
    return mixed


def _corners(shape: tuple[int, ...], places: NDArray[np.float32]) -> list[_Corner]:
    """Return (row, column, weight) of the four values around each place."""
    height, width = shape[:2]
    x, y = np.clip(places[:, 0], 0, width - 1), np.clip(places[:, 1], 0, height - 1)
    j, i = np.minimum(x.astype(np.int64), max(0, width - 2)), np.minimum(y.astype(np.int64), max(0, height - 2))
    right, down = (x - j).astype(np.float32), (y - i).astype(np.float32)
    j1, i1 = np.minimum(j + 1, width - 1), np.minimum(i + 1, height - 1)
    return [
        (i, j, (1 - right) * (1 - down)),
        (i, j1, right * (1 - down)),
        (i1, j, (1 - right) * down),
        (i1, j1, right * down),
    ]
