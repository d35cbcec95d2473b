"""Points carried as the published recipes carry labels: a soft blob for each point on the cells, matched like masks.

The pose protocol of Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.3.3 (15 joints and
what is none of them, each a class), and of those after it. A label is a Gaussian of half a cell around the point, the
place read out the mean of the best cells, as Waldmann et al. do; the thesis takes the best pixel of the enlarged map.
For comparison: nothing here knows of flow.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.feature_reader import FeatureExtractor, FeatureReader
from engines.correspondence.frame_features import CellGrid
from engines.frame_source import FrameSource
from engines.propagation.point_stretches import PointAnchor, PointStep, PointTracks, given
from engines.propagation.recipes import RECIPES, RecipeMaps
from engines.propagation.types import Direction, Quality

_SIGMA_CELLS = 0.5
_N_READ = 5
"""Cells whose mean is the point's place."""


class PointRecipeEngine:
    """Carries points as one of `RECIPES` says: forward from the first anchor, and backward to what lies before it."""

    def __init__(self, extractor: FeatureExtractor, recipe: str = "thesis") -> None:
        self._extractor = extractor
        self._recipe = RECIPES[recipe]

    def carry(
        self,
        frames: FrameSource,
        anchors: Sequence[PointAnchor],
        groups: NDArray[np.int64],
        direction: Direction = "both",
        quality: Quality = "normal",
        wanted: NDArray[np.bool_] | None = None,
    ) -> Generator[PointStep | PointTracks]:
        """Yield a step for each frame gone through, then the `PointTracks`; see `PointEngine.carry`.

        Every point comes out as seen: these recipes do not say. Confidence is the share of its own label where it is
        read. `groups` count points and say no more here, `quality` says nothing, and `wanted` saves nothing.
        """
        tracks = given(anchors, len(frames), len(groups))
        size = self._recipe.size(frames.width, frames.height)
        reader = FeatureReader(frames, self._extractor, size)
        placed = [anchor for anchor in sorted(anchors, key=lambda a: a.frame) if np.isfinite(anchor.positions).any()]
        if not placed:
            yield tracks
            return
        paths = []
        if direction != "backward":
            paths.append(range(placed[0].frame, len(frames)))
        if direction != "forward":
            first = placed[0 if direction == "both" else -1]
            paths.append(range(first.frame, -1, -1))
        total, n_done = sum(len(path) for path in paths), 0
        for path in paths:
            for _ in self._along(reader, placed, path, tracks):
                n_done += 1
                yield PointStep(n_done, total)
        yield tracks

    def _along(
        self, reader: FeatureReader, anchors: Sequence[PointAnchor], path: range, tracks: PointTracks
    ) -> Generator[None]:
        """Fill `tracks` along `path`, which begins on an anchor."""
        grid = reader.grid()
        labels = {
            (int(point), anchor.frame): partial(_blob, grid, anchor.positions[point])
            for anchor in anchors
            for point in np.flatnonzero(np.isfinite(anchor.positions).all(1))
        }
        # Only what was passed may be looked at.
        passed = {key: label for key, label in labels.items() if key[1] == path[0]}
        maps = RecipeMaps(reader, self._recipe, passed)
        held: set[int] = set()
        for frame in path:
            carried = maps.carry(frame, sorted(held)) if held else {}
            for point, (place, share) in ((point, _read(part, grid)) for point, part in carried.items()):
                if (point, frame) not in labels:
                    tracks.positions[frame, point] = place
                    tracks.visible[frame, point] = True
                    tracks.confidence[frame, point] = share
            for (point, at), label in labels.items():
                if at == frame:
                    passed[point, at] = label
                    held.add(point)
                    maps.hold(point, frame, label())
            yield
        maps.close()


def _blob(grid: CellGrid, place: NDArray[np.float64]) -> Tensor:
    """Return the class maps of a point, (cells, 2): a Gaussian around it, and the rest."""
    columns, rows = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
    x, y = (place[0] - grid.first_x) / grid.step_x, (place[1] - grid.first_y) / grid.step_y
    blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * _SIGMA_CELLS**2)).astype(np.float32)
    inside = torch.from_numpy(blob).flatten()
    return torch.stack([inside, 1 - inside], 1)


def _read(maps: Tensor, grid: CellGrid) -> tuple[tuple[float, float], float]:
    """Return the x and y that class maps (cells, 2) show a point at, and its share of the label there."""
    values, cells = maps[:, 0].topk(min(_N_READ, len(maps)))
    weights = values / values.sum().clamp(min=1e-12)
    row = float((weights * (cells // grid.columns)).sum())
    column = float((weights * (cells % grid.columns)).sum())
    best = maps[cells[0]]
    share = float(best[0] / best.sum().clamp(min=1e-12))
    return grid.centre(row, column), min(max(share, 0.0), 1.0)
