"""Which of several flows each pixel believes, and how much.

Knows pictures and flows, not where they come from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.pixel_grid import fetch, pixel_grid
from engines.propagation.pixel_links import WorkingPicture

_AROUND = 0.005
"""Radius of the square whose looks speak for the pixel in its middle, as a share of the picture's diagonal."""

_WIDELY, _WIDE_SHARE = 0.034, 0.3
"""Radius of a wider square that has a say too, and its share: in what has no texture noise would decide without it."""

_BETTER, _BETTER_BY = 0.95, 0.1
"""A flow replaces one that came before it where its error is by so much less: of two as good the first is it."""

_MOST_UNLIKE = 30.0
"""Lab distance from which on colours are just different; slopes of lightness, which outlast a change of light, from a
quarter of it."""

_SHARES = (0.05, 0.02, 0.008)
"""How far away neighbours' flows are tried, one round each, as shares of the picture's diagonal."""

_GAP = 0.004
"""Way there and back that does not close which costs 1/e of the certainty, as a share of the picture's diagonal."""

_UNLIKE = 16.0
"""Mean unlikeness of the surroundings that costs 1/e of the certainty."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A flow float32 (h, w, 2), and how much the surroundings of each pixel differ where it leads, (h, w)."""

    flow: NDArray[np.float32]
    error: NDArray[np.float32]


class Comparison:
    """How well flows from one picture to another fit. One thread."""

    def __init__(self, here: WorkingPicture, there: WorkingPicture) -> None:
        height, width = here.grey.shape
        diagonal = math.hypot(width, height)
        self._here, self._there = _looks(here), _looks(there)
        self._grid = pixel_grid(width, height)
        self._side, self._wide_side = (2 * max(1, round(share * diagonal)) + 1 for share in (_AROUND, _WIDELY))
        self._distances = [max(1, round(share * diagonal)) for share in _SHARES]

    def unlike(self, flow: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how much the surroundings of each pixel differ from what `flow` (h, w, 2) leads to, (h, w)."""
        apart = fetch(self._there, self._grid + flow)
        apart -= self._here
        apart *= apart
        colour = np.sqrt(apart[..., 0] + apart[..., 1] + apart[..., 2])
        slope = np.sqrt(apart[..., 3])
        error = np.minimum(colour, np.float32(_MOST_UNLIKE)) + np.minimum(slope, np.float32(_MOST_UNLIKE / 4))
        near = cv2.blur(error, (self._side, self._side))
        widely = cv2.blur(near, (self._wide_side, self._wide_side))
        return near + np.float32(_WIDE_SHARE) * (widely - near)

    def best(self, flows: Iterable[NDArray[np.float32]]) -> Choice:
        """Return of `flows` the one that each pixel's surroundings believe most."""
        return _least([Choice(flow, self.unlike(flow)) for flow in flows])

    def spread(self, chosen: Choice) -> Choice:
        """Return `chosen` with flows taken from neighbours where they fit better, from far ones first.

        After Barnes et al., "PatchMatch" (2009): what is right somewhere is often right a little further on.
        """
        for distance in self._distances:
            flow, best = chosen.flow, [chosen]
            for rows, columns in ((0, distance), (0, -distance), (distance, 0), (-distance, 0)):
                moved = np.roll(flow, (rows, columns), (0, 1))
                best.append(Choice(moved, self.unlike(moved)))
            chosen = _least(best)
        return chosen


def reversed_flow(chosen: Choice) -> NDArray[np.float32]:
    """Return the flow of `chosen` the other way round: where pixels of the other picture come from.

    Where several pixels go to one place, that with the least error is said to have come there; where none
    does, the places around speak.
    """
    flow, error = chosen.flow, chosen.error
    height, width = error.shape
    order = np.argsort(-error, axis=None, kind="stable")  # the least error is written last
    to = np.rint(pixel_grid(width, height) + flow).astype(np.int64).reshape(-1, 2)[order]
    inside = ((to >= 0) & (to < (width, height))).all(1)
    to, order = to[inside], order[inside]
    came = np.zeros((height, width, 3), np.float32)
    came[to[:, 1], to[:, 0]] = np.column_stack([-flow.reshape(-1, 2)[order], np.ones(len(order), np.float32)])
    filled = came
    spread = 1.0
    while (holes := filled[..., 2] < 0.5).any() and spread < max(width, height):
        blurred = cv2.GaussianBlur(came, (0, 0), spread)
        known = holes & (blurred[..., 2] > 1e-3)
        filled = np.where(known[..., None], blurred / np.maximum(blurred[..., 2:], 1e-6), filled)
        spread *= 3
    return np.ascontiguousarray(filled[..., :2])


def certainty(chosen: Choice, back: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how sure a flow is, float32 (h, w) in [0, 1]: whether it closes with that `back`, and its error."""
    flow, error = chosen.flow, chosen.error
    height, width = error.shape
    positions = pixel_grid(width, height) + flow
    gap = flow + fetch(back, positions)
    doubt = np.einsum("hwc,hwc->hw", gap, gap) / np.float32((_GAP * math.hypot(width, height)) ** 2)
    doubt += (error / np.float32(_UNLIKE)) ** 2
    sure = np.exp(-doubt)
    inside = ((positions >= 0) & (positions <= (width - 1, height - 1))).all(-1)
    return np.where(inside, sure, 0).astype(np.float32)


def _least(choices: Sequence[Choice]) -> Choice:
    """Return the first of `choices` but where a later one is clearly better."""
    best = choices[0]
    for other in choices[1:]:
        is_better = other.error < np.float32(_BETTER) * best.error - np.float32(_BETTER_BY)
        flow = np.where(is_better[..., None], other.flow, best.flow)
        best = Choice(flow, np.where(is_better, other.error, best.error))
    return best


def _looks(picture: WorkingPicture) -> NDArray[np.float32]:
    """Return the Lab colours of pixels, and the slope of lightness, float32 (h, w, 4)."""
    light = np.ascontiguousarray(picture.lab[..., 0])
    right, down = (cv2.Sobel(light, cv2.CV_32F, 1 - axis, axis, scale=1 / 8) for axis in (0, 1))
    return np.dstack([picture.lab, np.hypot(right, down)])
