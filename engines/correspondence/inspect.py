"""What correspondence looks like: where one pixel's feature is found again, its way there and back, features as colour.

For a person who wants to see why a label went where it went. Everything starts from one position of one
frame, so all of it is cheap: a row of the affinity, not the matrix.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.frame_features import FINE_STRIDE, CellGrid, FrameFeatures

HEAT_TEMPERATURE = 0.05
"""Of the softmax over a frame's cells: that of the thesis's followers (CRW .05, UVC and VFS .07)."""

N_MATCHES = 5
_MASS_CELLS = 2
"""A match's weight is the heat within so many cells of it, which no other match counts again."""

MAX_STEPS = 12
"""A path takes at most so many steps to the other frame; over longer distances it leaps several frames at a time."""

_REACH_CELLS, _REACH_MORE_CELLS = 6, 2
"""How far a step of one frame looks, in coarse cells, and how much farther for each frame more.

48 px at stride 8: on the DAVIS clips at 480p hardly a thing moves faster.
"""

_FINE_REACH_CELLS = 3
"""The fine head looks so many of its cells around the coarse match: half as far again as a coarse cell reaches."""

_START_SHARE = 0.4
"""How much of each step's query is the feature that the path began with; the rest is that of the place it has reached.

With none of it small errors add up; with nothing else a thing that turns is lost. Of 130 points of synthetic scenes, 15
frames on and with early weights of ours, so many came within 8 px of the truth: 79 % with none, 87 % with .3, 82 %
with .5, 68 % with nothing else, and 58 % of the best matches without a path.
"""

_COLOUR_SPREAD = 2.5
"""Standard deviations from the mean at which a colour is full."""
_COLOUR_SAMPLES = 4096


class SeesFrames(Protocol):
    """Gives features by frame, as `FeatureReader` does."""

    def at(self, frame: int) -> FrameFeatures:
        """Return the features of `frame`."""

    def grid(self, stride: int | None = None) -> CellGrid:
        """Return where the coarse cells lie on the picture, or those of `stride`."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """The features of one position, unit vectors float32 (channels,); `fine` is None without a fine head."""

    coarse: NDArray[np.float32]
    fine: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Grids:
    """Where coarse and fine cells lie on the picture."""

    coarse: CellGrid
    fine: CellGrid


@dataclass(frozen=True, slots=True)
class Match:
    """A place where a query is found again; `weight` is its share of the heat, at most 1 over all matches."""

    x: float
    y: float
    weight: float


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where a path stands on a frame. `similarity` is the cosine to what it looked for there."""

    frame: int
    x: float
    y: float
    similarity: float


def grids_of(reader: SeesFrames) -> Grids:
    """Return where a reader's cells lie."""
    return Grids(reader.grid(), reader.grid(FINE_STRIDE))


def query_at(features: FrameFeatures, grids: Grids, x: float, y: float) -> Query:
    """Return the features at an image position, interpolated between four cells; beyond the rim, the rim's."""
    fine = None if features.fine is None else _sample(features.fine, grids.fine, x, y)
    return Query(_sample(features.coarse, grids.coarse, x, y), fine)


def match_heat(query: Query, target: FrameFeatures, temperature: float = HEAT_TEMPERATURE) -> NDArray[np.float32]:
    """Return how a query's attention is spread over the coarse cells of a frame, float32 (rows, columns), sum 1."""
    logits = _window(target.coarse, slice(None), slice(None)) @ query.coarse / np.float32(temperature)
    heat = np.exp(logits - logits.max())
    return heat / heat.sum()


def top_matches(
    query: Query, target: FrameFeatures, grids: Grids, heat: NDArray[np.float32], n_matches: int = N_MATCHES
) -> tuple[Match, ...]:
    """Return where `heat` has its tops, each with the heat around it and refined below a cell, the most heat first."""
    peaks = heat >= cv2.dilate(heat, np.ones((3, 3), np.uint8))
    order = np.argsort(-np.where(peaks, heat, -1), axis=None, kind="stable")[: np.count_nonzero(peaks)]
    rest = heat.copy()
    matches: list[Match] = []
    for place in order:
        row, column = (int(at) for at in np.unravel_index(place, heat.shape))
        if len(matches) == n_matches or rest[row, column] <= 0:
            continue
        around = (_span(row, _MASS_CELLS, heat.shape[0]), _span(column, _MASS_CELLS, heat.shape[1]))
        weight = float(rest[around].sum())
        rest[around] = 0
        x, y, _ = _refined(query, target, grids, row, column)
        matches.append(Match(x, y, weight))
    return tuple(sorted(matches, key=lambda match: -match.weight))


def steps_between(start: int, end: int, max_steps: int = MAX_STEPS) -> tuple[int, ...]:
    """Return the frames of a path after `start`, evenly spaced, at most `max_steps`, the last of them `end`."""
    distance = abs(end - start)
    n_steps = min(distance, max_steps)
    return tuple(start + round((end - start) * step / n_steps) for step in range(1, n_steps + 1))


def trace(
    reader: SeesFrames, start: int, position: tuple[float, float], end: int, max_steps: int = MAX_STEPS
) -> Iterator[Waypoint]:
    """Yield where the thing at `position` of frame `start` is on its way to frame `end`, the start itself first.

    Each step looks for what it has reached and for what it began with, together, within a window around where it
    stands. One step is a millisecond or so where features are cached; stop between any two.
    """
    grids = grids_of(reader)
    x, y = position
    yield Waypoint(start, x, y, 1.0)
    features = reader.at(start)
    first = query_at(features, grids, x, y)
    frame = start
    for following in steps_between(start, end, max_steps):
        query = _mixed(first, query_at(features, grids, x, y), _START_SHARE)
        features = reader.at(following)
        reach = _REACH_CELLS + _REACH_MORE_CELLS * (abs(following - frame) - 1)
        x, y, similarity = _step(query, features, grids, x, y, reach)
        frame = following
        yield Waypoint(frame, x, y, similarity)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureColours:
    """Three directions in feature space as red, green and blue: the same for every frame of a clip.

    `mean` is float32 (channels,), `basis` (channels, 3), columns scaled so that colours are full at 1.
    """

    mean: Tensor
    basis: Tensor

    @classmethod
    def fitted(cls, frames: Sequence[FrameFeatures]) -> FeatureColours:
        """Return the first three principal components of the coarse features of some frames. Deterministic."""
        cells = torch.cat([frame.coarse.flatten(0, 1) for frame in frames])
        cells = cells[:: max(1, len(cells) // _COLOUR_SAMPLES)].float().cpu()
        mean = cells.mean(0)
        spread, directions = torch.linalg.eigh((cells - mean).T @ (cells - mean) / len(cells))
        top = directions[:, -3:].flip(1)  # eigenvalues ascend
        # Where a direction points is arbitrary: its largest part is made positive.
        top = top * torch.sign(top.gather(0, top.abs().argmax(0, keepdim=True)))
        scale = _COLOUR_SPREAD * spread[-3:].flip(0).clamp_min(1e-12).sqrt()
        return cls(mean, top / scale)

    def of(self, features: FrameFeatures) -> NDArray[np.uint8]:
        """Return the colour of every coarse cell, RGB uint8 (rows, columns, 3)."""
        shares = (features.coarse.float().cpu() - self.mean) @ self.basis
        return ((shares.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).numpy()


def _sample(features: Tensor, grid: CellGrid, x: float, y: float) -> NDArray[np.float32]:
    """Return features (rows, columns, channels) at an image position, a unit vector float32 (channels,)."""
    rows, columns, _ = features.shape
    row = min(max((y - grid.first_y) / grid.step_y, 0.0), rows - 1.0)
    column = min(max((x - grid.first_x) / grid.step_x, 0.0), columns - 1.0)
    top, left = int(row), int(column)
    down, right = np.float32(row - top), np.float32(column - left)
    cells = _window(features, slice(top, top + 2), slice(left, left + 2))  # at the last row one cell is enough
    across = cells[:, 0] + right * (cells[:, -1] - cells[:, 0])
    return _unit(across[0] + down * (across[-1] - across[0]))


def _mixed(first: Query, latest: Query, share: float) -> Query:
    coarse = _unit(share * first.coarse + (1 - share) * latest.coarse)
    if first.fine is None or latest.fine is None:
        return Query(coarse, None)
    return Query(coarse, _unit(share * first.fine + (1 - share) * latest.fine))


def _step(
    query: Query, target: FrameFeatures, grids: Grids, x: float, y: float, reach_cells: int
) -> tuple[float, float, float]:
    """Return (x, y, similarity) of the best match within a window of coarse cells around an image position."""
    row, column = grids.coarse.cell(x, y)
    rows = _span(row, reach_cells, target.coarse.shape[0])
    columns = _span(column, reach_cells, target.coarse.shape[1])
    likeness = _window(target.coarse, rows, columns) @ query.coarse
    row, column = (int(at) for at in np.unravel_index(int(np.argmax(likeness)), likeness.shape))
    return _refined(query, target, grids, rows.start + row, columns.start + column)


def _refined(query: Query, target: FrameFeatures, grids: Grids, row: int, column: int) -> tuple[float, float, float]:
    """Return (x, y, coarse similarity) of the match near a coarse cell.

    Compared is at the places of the fine cells: by the fine head where there is one, and by the coarse features
    interpolated there. (Similarities interpolated would have every peak on a coarse cell.) The peak itself is that of a
    parabola through the best place and its neighbours.
    """
    fine_row, fine_column = grids.fine.cell(*grids.coarse.centre(row, column))
    near_rows = _span(fine_row, _FINE_REACH_CELLS, grids.fine.rows)
    near_columns = _span(fine_column, _FINE_REACH_CELLS, grids.fine.columns)
    rows, columns = _span(row, 2, target.coarse.shape[0]), _span(column, 2, target.coarse.shape[1])
    x0, y0 = grids.fine.centre(near_rows.start, near_columns.start)
    down = _between(
        (y0 - grids.coarse.first_y) / grids.coarse.step_y - rows.start,
        grids.fine.step_y / grids.coarse.step_y,
        near_rows.stop - near_rows.start,
        rows.stop - rows.start,
    )
    right = _between(
        (x0 - grids.coarse.first_x) / grids.coarse.step_x - columns.start,
        grids.fine.step_x / grids.coarse.step_x,
        near_columns.stop - near_columns.start,
        columns.stop - columns.start,
    )
    around = _window(target.coarse, rows, columns)
    similarity = float(around[row - rows.start, column - columns.start] @ query.coarse)
    across = np.tensordot(right, around, (1, 1))  # (fine columns, rows, channels)
    likeness = _unit(np.tensordot(down, across, (1, 1))) @ query.coarse
    if query.fine is not None and target.fine is not None:
        likeness += _window(target.fine, near_rows, near_columns) @ query.fine
    best = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
    y, x = _peak(likeness, int(best[0]), int(best[1]))
    return *grids.fine.centre(near_rows.start + y, near_columns.start + x), similarity


def _window(features: Tensor, rows: slice, columns: slice) -> NDArray[np.float32]:
    """Return some cells as float32 (rows, columns, channels).

    From here on numpy counts: torch shares out even this little work among its threads, which takes ten times
    as long where the processor is busy with other things.
    """
    return features[rows, columns].cpu().numpy().astype(np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = np.einsum("...k,...k->...", vectors, vectors)
    return vectors / np.sqrt(np.maximum(squares, 1e-24))[..., None]


@lru_cache(maxsize=256)
def _between(first: float, step: float, count: int, n_cells: int) -> NDArray[np.float32]:
    """Return weights of linear interpolation for `count` places between `n_cells` cells, float32 (count, n_cells)."""
    places = np.clip(first + step * np.arange(count), 0, n_cells - 1)
    weights = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(n_cells))).astype(np.float32)
    weights.flags.writeable = False  # kept: the same few occur again and again
    return weights


def _peak(values: NDArray[np.float32], row: int, column: int) -> tuple[float, float]:
    """Return the top, as (row, column), of the parabolas through a cell and its neighbours; at the rim the cell."""
    return row + _vertex(values[:, column], row), column + _vertex(values[row], column)


def _vertex(line: NDArray[np.float32], at: int) -> float:
    if not 0 < at < len(line) - 1:
        return 0.0
    before, here, after = (float(value) for value in line[at - 1 : at + 2])
    bend = before - 2 * here + after
    offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return offset if math.isfinite(offset) and abs(offset) <= 0.5 else 0.0


def _span(centre: int, reach: int, size: int) -> slice:
    """Return the cells within `reach` of `centre` along an axis."""
    return slice(max(0, centre - reach), min(size, centre + reach + 1))
