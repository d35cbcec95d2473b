"""Labels between pixels and the cells of a feature map."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.correspondence.frame_features import CellGrid

_THIN = 2


def to_cells(values: NDArray[np.float32], grid: CellGrid) -> NDArray[np.float32]:
    """Return the mean of `values`, float32 (H, W), over the square around each cell's centre, (rows, columns)."""
    size = max(1, math.floor(grid.step_x)), max(1, math.floor(grid.step_y))
    mean = cv2.blur(values, size, borderType=cv2.BORDER_REPLICATE)
    # An even square reaches further to the left: its middle is half a pixel off the one that it is written to.
    x = grid.first_x + (0.5 if size[0] % 2 == 0 else 0.0)
    y = grid.first_y + (0.5 if size[1] % 2 == 0 else 0.0)
    affine = np.array([[grid.step_x, 0, x], [0, grid.step_y, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(mean, affine, (grid.columns, grid.rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def to_pixels(cells: NDArray[np.float32], grid: CellGrid, width: int, height: int) -> NDArray[np.float32]:
    """Return `cells`, float32 (rows, columns), between their centres on the clip's picture, (height, width)."""
    affine = np.array(
        [[1 / grid.step_x, 0, -grid.first_x / grid.step_x], [0, 1 / grid.step_y, -grid.first_y / grid.step_y]]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(cells, affine, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def reached(pixels: NDArray[np.float32], grid: CellGrid) -> NDArray[np.bool_]:
    """Return the cells that `pixels`, float32 (h, w), 1 where they count, reach, and those beside them, bool."""
    return cv2.dilate(to_cells(pixels, grid), np.ones((3, 3))) > 0


def thinned(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which cells (rows, columns) stay where not all are looked at: one in `_THIN` in either direction."""
    chosen = np.zeros(shape, bool)
    chosen[::_THIN, ::_THIN] = True
    return chosen
