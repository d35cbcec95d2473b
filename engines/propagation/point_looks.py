"""What a point looks like on an anchor, and how much places on other frames look like that.

Two ways of looking, because each fails where the other holds: features of an encoder, coarse and fine, which outlast
turning and bending but are a few pixels wide; and the grey values around the point, which tell a tenth of a pixel while
the surface stays as it was. Both are always compared with the anchor, never with the frame before, so that no error is
handed on.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.correspondence.frame_features import CellGrid, FrameFeatures
from engines.propagation.point_sampling import sample, sample_own

_PATCH_RADIUS_PX = 8
_REACH_PX = 4
"""How far a place may be moved to where the patch matches best."""

_FINE_SHARE = 0.5
"""Of the fine features in what a place looks like; the rest is the coarse ones'."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A frame as points are looked for in it, at the size that it was encoded at.

    `coarse` and `fine` are float32 (rows, columns, channels), unit vectors; `fine` is None where the encoder has none.
    `grey` is float32 (h, w).
    """

    coarse: NDArray[np.float32]
    fine: NDArray[np.float32] | None
    grey: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Grids:
    """Where the cells of a `Sight` lie on its picture of (width, height)."""

    coarse: CellGrid
    fine: CellGrid
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What `p` points look like on an anchor.

    `coarse` and `fine` are float32 (p, channels), `patches` one float32 picture for each. `counts` bool (p,): an
    anchor where a point is hidden says where it is but not how it looks.
    """

    coarse: NDArray[np.float32]
    fine: NDArray[np.float32] | None
    patches: tuple[NDArray[np.float32], ...]
    counts: NDArray[np.bool_]


def sight(features: FrameFeatures, image: NDArray[np.uint8], grids: Grids) -> Sight:
    """Return a frame's `features` and its `image`, RGB uint8 (H, W, 3), as points are looked for in it."""
    if (image.shape[1], image.shape[0]) != grids.size:
        image = cv2.resize(image, grids.size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = None if features.fine is None else features.fine.float().cpu().numpy()
    return Sight(features.coarse.float().cpu().numpy(), fine, grey)


def look(seen: Sight, grids: Grids, places: NDArray[np.float32], counts: NDArray[np.bool_]) -> Look:
    """Return what the points at `places` (p, 2) look like."""
    coarse = _unit(sample(seen.coarse, to_cells(places, grids.coarse)))
    fine = None if seen.fine is None else _unit(sample(seen.fine, to_cells(places, grids.fine)))
    patches = tuple(_cut(seen.grey, place, _PATCH_RADIUS_PX) for place in places)
    return Look(coarse, fine, patches, counts)


class Likeness:
    """How much the places of one frame look like points on their anchors. One thread; scores are cosines."""

    def __init__(self, seen: Sight, grids: Grids, looks: list[Look]) -> None:
        self._seen, self._grids, self._looks = seen, grids, looks
        # (rows, columns, p): few enough cells to look at all of them
        self._coarse = [seen.coarse @ own.coarse.T for own in looks]

    def at(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how much each of `places` (p, n, 2) looks like its point: the best of its anchors, (p, n)."""
        n_points, n_places = places.shape[:2]
        owners = np.repeat(np.arange(n_points), n_places)
        flat = places.reshape(-1, 2)
        best = np.full(len(flat), -1, np.float32)
        fine = None if self._seen.fine is None else _unit(sample(self._seen.fine, to_cells(flat, self._grids.fine)))
        for own, coarse in zip(self._looks, self._coarse, strict=True):
            score = sample_own(coarse, to_cells(flat, self._grids.coarse), owners)
            if fine is not None and own.fine is not None:
                close = np.einsum("nc,nc->n", fine, own.fine[owners])
                score = _FINE_SHARE * close + (1 - _FINE_SHARE) * score
            best = np.where(own.counts[owners], np.maximum(best, score), best)
        return best.reshape(n_points, n_places)

    def peaks_near(self, centres: NDArray[np.float32], radius_px: float, n_peaks: int) -> NDArray[np.float32]:
        """Return the `n_peaks` most alike places within a square around each of `centres` (p, 2), (p, n_peaks, 2).

        Fewer than that are filled up with the centre.
        """
        grid = self._grids.fine
        reach = max(1, round(radius_px / grid.step_x))
        offsets = np.arange(-reach, reach + 1)
        cell = np.rint(to_cells(centres, grid))
        x = (cell[:, 0, None] + offsets) * grid.step_x + grid.first_x  # (p, side)
        y = (cell[:, 1, None] + offsets) * grid.step_y + grid.first_y
        side = len(offsets)
        n_points = len(centres)
        places = np.stack(
            [
                np.broadcast_to(x[:, None], (n_points, side, side)),
                np.broadcast_to(y[..., None], (n_points, side, side)),
            ],
            -1,
        ).astype(np.float32)
        scores = self.at(places.reshape(n_points, -1, 2)).reshape(n_points, side, side)
        return _tops(scores, places, n_peaks, (grid.step_x, grid.step_y), centres)

    def peaks_anywhere(self, n_peaks: int) -> NDArray[np.float32]:
        """Return the `n_peaks` most alike cells of the whole picture for each point, (p, n_peaks, 2)."""
        grid = self._grids.coarse
        scores = np.full(self._coarse[0].shape, -1, np.float32)
        for own, coarse in zip(self._looks, self._coarse, strict=True):
            scores = np.where(own.counts, np.maximum(scores, coarse), scores)
        columns, rows = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
        places = np.stack([columns * grid.step_x + grid.first_x, rows * grid.step_y + grid.first_y], -1)
        scores = np.ascontiguousarray(np.moveaxis(scores, -1, 0))
        places = np.broadcast_to(places.astype(np.float32), (len(scores), *places.shape))
        return _tops(scores, places, n_peaks, (grid.step_x, grid.step_y), places[:, 0, 0])

    def refine(
        self, places: NDArray[np.float32], wanted: NDArray[np.bool_], least: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return `places` (p, n, 2) moved to where an anchor's patch matches best, and how well it does there, (p, n).

        A place is moved, by some pixels at most, where the normalised correlation reaches `least`. Only those `wanted`,
        bool (p, n), are looked at; the others match by 0.
        """
        moved, matches = places.copy(), np.zeros(wanted.shape, np.float32)
        for point, number in np.argwhere(wanted):
            place = places[point, number]
            around = _cut(self._seen.grey, place, _PATCH_RADIUS_PX + _REACH_PX)
            for own in self._looks:
                if not own.counts[point]:
                    continue
                match = cv2.matchTemplate(around, own.patches[point], cv2.TM_CCOEFF_NORMED)
                row, column = divmod(int(match.argmax()), match.shape[1])
                value = float(match[row, column])
                if not np.isfinite(value) or value <= matches[point, number]:
                    continue
                matches[point, number] = value
                if value >= least:
                    shift = column + _vertex(match[row], column), row + _vertex(match[:, column], row)
                    moved[point, number] = place + np.array(shift, np.float32) - _REACH_PX
        return moved, matches


def to_cells(places: NDArray[np.float32], grid: CellGrid) -> NDArray[np.float32]:
    """Return pixels (..., 2) as the column and row of a grid."""
    first, step = np.array([[grid.first_x, grid.first_y], [grid.step_x, grid.step_y]], np.float32)
    return (places - first) / step


def _tops(
    scores: NDArray[np.float32],
    places: NDArray[np.float32],
    n_peaks: int,
    step: tuple[float, float],
    otherwise: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the highest local maxima of `scores` (p, rows, columns) between cells, `otherwise` (p, 2) where none is.

    `places` (p, rows, columns, 2) are the cells' own.
    """
    found = np.repeat(otherwise[:, None], n_peaks, 1)
    for point, own in enumerate(scores):
        is_peak = own >= cv2.dilate(own, np.ones((3, 3), np.uint8))
        rows, columns = np.nonzero(is_peak)
        for number, at in enumerate(np.argsort(-own[rows, columns], kind="stable")[:n_peaks]):
            row, column = int(rows[at]), int(columns[at])
            shift = np.array([_vertex(own[row], column) * step[0], _vertex(own[:, column], row) * step[1]], np.float32)
            found[point, number] = places[point, row, column] + shift
    return found


def _vertex(line: NDArray[np.float32], at: int) -> float:
    """Return how far from `at` the parabola through a maximum and its neighbours is highest, within half a step."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, here, after = (float(value) for value in line[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.0 if bend > -1e-9 else min(max(0.5 * (before - after) / bend, -0.5), 0.5)


def _cut(grey: NDArray[np.float32], place: NDArray[np.float32], radius_px: int) -> NDArray[np.float32]:
    """Return the square around a place, between pixels, the border going on."""
    side = 2 * radius_px + 1
    return cv2.getRectSubPix(grey, (side, side), (float(place[0]), float(place[1])))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-6))
