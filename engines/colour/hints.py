"""Colours that a person sets, honoured exactly and carried to what looks like it around: on any answer, or on none.

What is solved for is the difference to an answer, on a small grid: neighbours of like luminance have like
differences (Levin et al. 2004, equation 1), cells with a hint have theirs, and far from hints there is none. Alone,
over grey and with no reach, it is Levin's own colourization. Where a network's belief is known, the answer itself
listens first: what hints tell of a cell, the less surely the farther they are, picks among what it holds for likely.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.colour.belief import Belief
from engines.colour.enlarge import enlarged, smoothed

DEFAULT_REACH = 1.0
"""As a share of the picture's short side: how far a hint counts where luminance is even."""
DEFAULT_WIDTH_PX = 5
"""Of a scribble."""
_MOST_CELLS = 14_000
"""A solve takes 60 ms on one core then, and grows with the power 1.5."""
_EDGE = 6.0
"""Difference of luminance, of 100, at which two cells are hardly alike."""
_LEAST_LIKENESS = 1e-4
_DOUBT = 10.0
"""Steps of a and b by which what a hint tells may be off beside it; chosen on half of the pictures that colour's
training kept apart, of 8, 10 and 12, which differ by less than .1 dB."""
_FADES = 0.75
"""How fast hints are doubted with distance. With .5 a single hint at a random place is worth .3 dB more, and a hint
on one thing tints all of the picture."""
_LEAST_HEARD = 1e-4
_EVERYWHERE = 1e-7
"""What holds the answer of no network to grey: as good as nothing."""


_Spread = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Hint:
    """A colour on some pixels: a point, or all pixels of a scribble.

    `places` is int (n, 2), x and y inside the picture; `chroma` a and b. `reach` is a share of the short side.
    """

    places: NDArray[np.int64]
    chroma: tuple[float, float]
    reach: float = DEFAULT_REACH


def pixels_of(points: Sequence[tuple[float, float]], line_px: int, width: int, height: int) -> NDArray[np.int64]:
    """Return the pixels (n, 2), x and y, of a point, or of a line `line_px` wide through several, inside a picture."""
    places = np.rint(np.array(points)).astype(np.int64).reshape(-1, 2)
    if len(places) == 1:
        return places
    canvas = np.zeros((height, width), np.uint8)
    cv2.polylines(canvas, [places.astype(np.int32)], False, 1, line_px)
    rows, columns = np.nonzero(canvas)
    return np.column_stack([columns, rows])


class HintSolver:
    """Puts hints on answers for one picture. One thread; what depends on the picture alone is computed once."""

    def __init__(self, luminance: NDArray[np.float32], within: NDArray[np.bool_] | None = None) -> None:
        """Take the picture's luminance (H, W) in 0..100. Nothing crosses the border of the mask `within` (H, W)."""
        self._luminance = luminance
        self._within = within
        height, width = luminance.shape
        scale = min(1.0, math.sqrt(_MOST_CELLS / (height * width)))
        self._width, self._height = max(1, round(width * scale)), max(1, round(height * scale))
        size = self._width, self._height
        light = cv2.resize(luminance, size, interpolation=cv2.INTER_AREA)
        inside = None if within is None else cv2.resize(within.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        self._pairs = _neighbours(light, inside)

    def apply(
        self,
        answer: NDArray[np.float32],
        hints: Sequence[Hint],
        belief: Belief | None = None,
        *,
        is_alone: bool = False,
    ) -> NDArray[np.float32]:
        """Return `answer`, a and b (H, W, 2), with all hints; where two lie on one pixel the later one counts.

        At a hint's pixels chroma is the hint's own. `belief` is what the answer is the mean of, where that is so.
        `is_alone` lets hints reach everywhere: there is no answer that is worth keeping.
        """
        rows, columns, chroma, reach = self._pixels(hints)
        if not len(rows):
            return answer.copy()
        spread = self._spreading(rows, columns, None if is_alone else reach)
        change = np.zeros_like(answer) if belief is None else self._listened(belief, spread, chroma)
        difference = chroma - answer[rows, columns]
        change += enlarged(spread(difference - change[rows, columns]), self._luminance)
        change += self._finish(rows, columns, difference - change[rows, columns])
        change[rows, columns] = difference
        if self._within is not None:
            change *= self._within[..., None]
        return answer + change

    def _listened(self, belief: Belief, spread: _Spread, chroma: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how the mean of `belief` changes with what hints tell, (H, W, 2)."""
        found = spread(np.column_stack([chroma, np.ones(len(chroma), np.float32)]))
        heard = np.clip(found[..., 2:], _LEAST_HEARD, 1)
        size = belief.shape[::-1]
        told = cv2.resize(found[..., :2] / heard, size, interpolation=cv2.INTER_AREA)
        doubt = cv2.resize(_DOUBT / heard**_FADES, size, interpolation=cv2.INTER_AREA)
        return enlarged(belief.given(told, doubt) - belief.mean, self._luminance)

    def _pixels(
        self, hints: Sequence[Hint]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
        """Return row, column, chroma and reach of every pixel that has a hint, each once."""
        height, width = self._luminance.shape
        found: dict[tuple[int, int], tuple[float, float, float]] = {}
        for hint in hints:
            for x, y in hint.places.tolist():
                is_inside = 0 <= x < width and 0 <= y < height
                if is_inside and (self._within is None or self._within[y, x]):
                    found[y, x] = (*hint.chroma, hint.reach)
        places = np.array(list(found), np.int64).reshape(-1, 2)
        values = np.array(list(found.values()), np.float32).reshape(-1, 3)
        return places[:, 0], places[:, 1], values[:, :2], values[:, 2]

    def _spreading(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], reach: NDArray[np.float32] | None
    ) -> _Spread:
        """Return what spreads values at pixels, (n, c), over the small grid, (h, w, c)."""
        from scipy.sparse import coo_matrix  # a quarter of a second, for which only who gives hints should wait
        from scipy.sparse.linalg import splu

        height, width = self._luminance.shape
        cell = rows * self._height // height * self._width + columns * self._width // width
        n_cells = self._height * self._width
        counts = np.bincount(cell, minlength=n_cells)
        is_set = counts > 0
        free = np.flatnonzero(~is_set)
        pull = np.full(n_cells, _EVERYWHERE)
        if reach is not None:
            short = min(self._width, self._height)
            least = np.full(n_cells, np.inf)
            np.minimum.at(least, cell, reach)
            pull = 1 / np.maximum(_of_nearest(is_set, least, (self._height, self._width)) * short, 0.5) ** 2
        one, other, likeness = self._pairs
        own = np.bincount(one, likeness, n_cells) + np.bincount(other, likeness, n_cells) + pull
        every = np.arange(n_cells)
        entries = np.concatenate([-likeness, -likeness, own])
        places = np.concatenate([one, other, every]), np.concatenate([other, one, every])
        rows_of_free = coo_matrix((entries, places), (n_cells, n_cells)).tocsr()[free]
        how = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
        factors = splu(rows_of_free[:, free].tocsc(), **how) if len(free) else None
        from_set = rows_of_free[:, is_set]

        def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
            sums = np.stack([np.bincount(cell, column, n_cells) for column in values.T], 1)
            found = np.zeros_like(sums)
            found[is_set] = sums[is_set] / counts[is_set, None]
            if factors is not None:
                found[free] = factors.solve(-(from_set @ found[is_set]))
            return found.reshape(self._height, self._width, -1).astype(np.float32)

        return spread

    def _finish(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], left: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what brings the pixels of hints to what is `left` there, and their surroundings with them."""
        given = np.zeros((*self._luminance.shape, 3), np.float32)
        given[rows, columns, :2] = left
        given[rows, columns, 2] = 1
        near = smoothed(given, self._luminance, smoothness=5.0)
        return (near[..., :2] / np.maximum(near[..., 2:], 0.05)).astype(np.float32)


def scribbled(luminance: NDArray[np.float32], hints: Sequence[Hint]) -> NDArray[np.float32]:
    """Return a and b (H, W, 2) of a picture coloured by hints alone, with no network."""
    return HintSolver(luminance).apply(np.zeros((*luminance.shape, 2), np.float32), hints, is_alone=True)


def _neighbours(
    light: NDArray[np.float32], inside: NDArray[np.uint8] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return pairs of neighbouring cells, by number, and how alike they are."""
    numbers = np.arange(light.size).reshape(light.shape)
    ones, others, likenesses = [], [], []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        likeness = np.exp(-(((light[one] - light[other]) / _EDGE) ** 2) / 2) + _LEAST_LIKENESS
        if inside is not None:
            likeness = np.where(inside[one] == inside[other], likeness, 0.0)
        ones.append(numbers[one].ravel())
        others.append(numbers[other].ravel())
        likenesses.append(likeness.ravel().astype(np.float64))
    return np.concatenate(ones), np.concatenate(others), np.concatenate(likenesses)


def _of_nearest(is_set: NDArray[np.bool_], values: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return for each cell the value of the nearest one that is set."""
    unset = (~is_set).reshape(shape).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(unset, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    by_label = np.zeros(labels.max() + 1)
    by_label[labels.ravel()[is_set]] = values[is_set]
    return by_label[labels.ravel()]
