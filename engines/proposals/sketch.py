"""Rough masks of a tube on frames spread over the clip, for all tubes in the time that fine ones take for a few.

The steps are those of `segmentation`: learn from boxes what is inside and what is around, cut, learn anew from what
was decided. But they are done on cells of about four working pixels and on all frames at once, by Fisher's discriminant
in features that are whitened over the clip, which needs sums only. What comes out tells a better box, how much of it
the object fills, and whether two tubes are one object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.proposals.boxes import Boxes
from engines.proposals.cut import border_prices, cut
from engines.proposals.hypercolumns import CellView
from engines.proposals.motion import moves_with
from engines.proposals.segmentation import edges_between, refined_box

# Chosen by the mean over ten DAVIS sequences: expect less elsewhere.
_N_KEPT = 64
_SHRINK = 0.05
_ROUNDS = 3
_N_CUT_STEPS = 25
_FILL = 0.3
"""Share of a tube's box that is kept: its boxes are wider than the refined ones."""
_DEPTH_WEIGHT = 1.0
_MOTION_WEIGHT = 0.5
_MOTION_NOISE = 0.02
"""Variance of how far cells seem to move along that is flow's own."""
_BORDERS = (6.0, 3.0)
_BAND_CELLS = 4.0
_TIMES = 3.0
_FEWEST_CELLS = 5
_MOST_ODDS = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What a tube is roughly, on the frames of its `SketchBook`.

    `masks` is bool (f, rows, columns) on cells, empty where the tube is away; `boxes` float32 (f, 4), in working
    pixels, goes around their large pieces, NaN where there are none; `fill` is the share of those boxes that the masks
    take; `at_border` how much of the picture's border they touch, in sides of a square of their area.
    """

    masks: NDArray[np.bool_]
    boxes: Boxes
    fill: float
    at_border: float


class SketchBook:
    """The cells of some frames of a clip, made ready for any number of tubes. One thread."""

    def __init__(self, cells: Sequence[CellView], size: tuple[int, int]) -> None:
        """Take the cells of one or more frames, alike in number, and the size of the working picture (w, h)."""
        columns = np.stack([each.columns for each in cells]).astype(np.float32)
        self._shape = columns.shape[:3]
        self.size = size
        self._values = _whitened(columns.reshape(-1, columns.shape[-1]))
        self._own = [each.own for each in cells]
        prices = [border_prices(edges_between(each.lab.astype(np.float32)), *_BORDERS) for each in cells]
        self._prices = np.stack(prices, 1)

    def sketch(self, boxes: Boxes) -> Sketch | None:
        """Return what a tube holds whose boxes on the book's frames are `boxes`, (f, 4) in working pixels, NaN: away.

        None where no mask comes of it.
        """
        rows, columns = self._shape[1:]
        scale = np.array([columns / self.size[0], rows / self.size[1]] * 2, np.float32)
        places = _Places.of(boxes * scale, rows, columns)
        mine, other = places.inside, places.outside
        share = np.zeros(self._shape, np.float32)
        for _ in range(_ROUNDS):
            if min(np.count_nonzero(mine), np.count_nonzero(other)) < _FEWEST_CELLS:
                break
            odds = self._odds(mine, other)
            odds -= np.float32(np.quantile(odds[places.inside], 1 - _FILL))
            odds = np.where(places.region, odds + np.float32(_DEPTH_WEIGHT) * places.depth, np.float32(-_MOST_ODDS))
            share = cut(odds, self._prices, _N_CUT_STEPS) * places.region
            mine, other = share > 0.5, places.region & (share <= 0.5)
        return self._sketch(share, boxes) if (share > 0.5).any() else None

    def _odds(self, mine: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the log-odds of each cell to be of the object, taking what the classifier says for two Gaussians."""
        inside, outside = (each.ravel() / np.float32(np.count_nonzero(each)) for each in (mine, other))
        said = self._values @ (inside @ self._values - outside @ self._values)
        along = np.concatenate(
            [
                np.zeros((*one.shape, 2), np.float32) if own is None else moves_with(own, one, rest)
                for own, one, rest in zip(self._own, mine, other, strict=True)
            ]
        ).reshape(-1, 2)
        for sign in along.T:
            here, there = inside @ sign, outside @ sign
            spread = (inside @ (sign - here) ** 2 + outside @ (sign - there) ** 2) / 2 + _MOTION_NOISE
            said += np.float32(_MOTION_WEIGHT * (here - there) / spread) * sign
        here, there = inside @ said, outside @ said
        spread = (inside @ (said - here) ** 2 + outside @ (said - there) ** 2) / 2 + 1e-6
        odds = (said - (here + there) / 2) * ((here - there) / spread)
        return np.clip(odds, -_MOST_ODDS, _MOST_ODDS).astype(np.float32).reshape(self._shape)

    def _sketch(self, share: NDArray[np.float32], boxes: Boxes) -> Sketch:
        masks = share > 0.5
        refined = np.full_like(boxes, np.nan)
        fills, touches = [], []
        for frame in np.flatnonzero(masks.any((1, 2))):
            mask = cv2.resize(share[frame], self.size, interpolation=cv2.INTER_LINEAR) > 0.5
            found = refined_box(mask, boxes[frame])
            if found is not None:
                refined[frame] = found
                fills.append(np.count_nonzero(mask) / float(np.prod(found[2:] - found[:2])))
            cells = masks[frame]
            n_touching = sum(map(np.count_nonzero, (cells[0], cells[-1], cells[:, 0], cells[:, -1])))
            touches.append(n_touching / np.count_nonzero(cells) ** 0.5)
        fill = float(np.median(fills)) if fills else _FILL
        return Sketch(masks, refined, min(fill, 1.0), float(np.mean(touches)))


def alike(one: Sketch, other: Sketch) -> float:
    """Return the overlap of two sketches of one book in space and time, in [0, 1]."""
    union = np.count_nonzero(one.masks | other.masks)
    return np.count_nonzero(one.masks & other.masks) / union if union else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Which cells are of a tube's boxes and around them, bool (f, rows, columns), and how deep inside, float32."""

    inside: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    region: NDArray[np.bool_]
    depth: NDArray[np.float32]

    @classmethod
    def of(cls, boxes: Boxes, rows: int, columns: int) -> _Places:
        """Return those of boxes (f, 4) in cells; as `region_of` has them for one frame."""
        is_there = ~np.isnan(boxes[:, :1, None])
        left, top, right, bottom = (side[:, None, None] for side in np.nan_to_num(boxes).T)
        x = np.arange(columns, dtype=np.float32) + 0.5
        y = np.arange(rows, dtype=np.float32)[:, None] + 0.5
        deep = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
        half = np.maximum(np.minimum(right - left, bottom - top) / 2, 0.5)
        near_x = np.abs(2 * x - left - right) <= _TIMES * (right - left)
        region = near_x & (np.abs(2 * y - top - bottom) <= _TIMES * (bottom - top)) & is_there
        outside = region & (deep < -np.minimum(_BAND_CELLS, half))
        return cls((deep > 0) & is_there, outside, region, np.clip(deep / half, -4, 1).astype(np.float32))


def _whitened(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `values` (n, c) in coordinates in which they vary alike, the strongest few, float32 (n, k)."""
    values = (values - values.mean(0)) / np.maximum(values.std(0), 1e-3)
    variances, directions = np.linalg.eigh(values.T @ values / len(values))
    order = np.argsort(-variances)[:_N_KEPT]
    strengths = np.maximum(variances[order], 0) + max(_SHRINK * float(variances.mean()), 1e-8)
    return np.asarray(values @ (directions[:, order] / np.sqrt(strengths)).astype(np.float32))
