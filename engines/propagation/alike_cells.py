"""Where the cells of one frame are on another one, by looks alone.

The long-range flow of Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.3.6: for each cell
the most alike one of the whole other frame, as a displacement, enlarged to the picture. Ours believes those more that
find one another from both sides, and lets them speak for their neighbours.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engines.correspondence.affinity import TopMatches, match_everywhere
from engines.correspondence.feature_reader import FeatureReader
from engines.correspondence.frame_features import CellGrid
from engines.propagation.cells import to_pixels

_CLOSES_CELLS = 1.5
"""A match counts whose own match lies so near to where it came from."""

_SPREAD_CELLS = 1.5
"""Standard deviation of the Gaussian over which matches speak for their neighbours."""

_LEAST = 1e-3
"""Weight of a match that does not count: where none does, they still say more than nothing."""


def alike_flow(
    reader: FeatureReader, frame: int, other: int, size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the flow from `frame` to the `other` frame, and that back, float32 (h, w, 2) each, at (width, height)."""
    here, there = reader.at(frame).coarse, reader.at(other).coarse
    onward, back = _matches(here, there), _matches(there, here)
    grid = reader.grid(shown=size)
    return _flow(onward, back, grid, size), _flow(back, onward, grid, size)


def _matches(here: torch.Tensor, there: torch.Tensor) -> NDArray[np.int64]:
    """Return the row and column of the most alike cell of `there` for each of `here`, (rows, columns, 2)."""
    rows, columns = here.shape[:2]
    queries, keys = here.float().flatten(0, 1), there.float().flatten(0, 1)
    best = TopMatches(len(queries), 1, queries.device)
    match_everywhere(queries, keys, best, torch.arange(len(keys), device=keys.device))
    number = best.index[:, 0].cpu().numpy().reshape(rows, columns)
    return np.stack([number // columns, number % columns], -1)


def _flow(
    matches: NDArray[np.int64], back: NDArray[np.int64], grid: CellGrid, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return `matches` as flow over the picture, smoothed by which of them close with the matches `back`."""
    own = np.moveaxis(np.indices(matches.shape[:2]), 0, -1)
    returned = back[matches[..., 0], matches[..., 1]]
    closes = np.linalg.norm(returned - own, axis=-1) <= _CLOSES_CELLS
    weight = np.where(closes, 1, _LEAST).astype(np.float32)
    moved = (matches - own)[..., ::-1].astype(np.float32) * np.array([grid.step_x, grid.step_y], np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), _SPREAD_CELLS)
    smooth = cv2.GaussianBlur(moved * weight[..., None], (0, 0), _SPREAD_CELLS) / total[..., None]
    return np.dstack([to_pixels(np.ascontiguousarray(smooth[..., axis]), grid, *size) for axis in (0, 1)])
