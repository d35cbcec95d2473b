"""Which of several flows each pixel believes, and how much.

Knows pictures and flows, not where they come from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.propagation.pixel_links import WorkingPicture

_AROUND = 0.006
"""Radius of the square whose colours speak for the pixel in its middle, as a share of the picture's diagonal."""

_MOST_COLOUR = 30.0
"""Lab distance from which on colours are just different."""

_GAP = 0.004
"""Way there and back that does not close which costs 1/e of the certainty, as a share of the picture's diagonal."""

_COLOUR_ERROR = 14.0
"""Mean colour error of the surroundings that costs 1/e of the certainty."""


def pixel_grid(width: int, height: int) -> NDArray[np.float32]:
    """Return each pixel's own x and y, float32 (height, width, 2)."""
    return np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))


def fetch(values: NDArray[Any], positions: NDArray[np.float32]) -> NDArray[Any]:
    """Return `values` (h, w, ...) at positions (h, w, 2), bilinear, beyond the border the border's own."""
    return cv2.remap(values, positions, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def choose(
    here: WorkingPicture, there: WorkingPicture, flows: Sequence[NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return of `flows` (h, w, 2) from `here` to `there` the one that each pixel's surroundings believe most.

    With it comes the mean colour error of the surroundings, float32 (h, w).
    """
    height, width = here.grey.shape
    grid = pixel_grid(width, height)
    reach = 2 * max(1, round(_AROUND * math.hypot(width, height))) + 1
    errors = [cv2.blur(_unlike(here, there, grid + flow), (reach, reach)) for flow in flows]
    best = np.argmin(errors, 0)
    flow = np.choose(best[..., None], flows)
    return flow.astype(np.float32), np.min(errors, 0).astype(np.float32)


def reversed_flow(flow: NDArray[np.float32], error: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `flow` (h, w, 2) the other way round: where pixels of the other picture come from.

    Where several pixels go to one place, that with the least `error` (h, w) is said to have come there; where none
    does, the places around speak.
    """
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


def certainty(flow: NDArray[np.float32], back: NDArray[np.float32], error: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how sure `flow` is, float32 (h, w) in [0, 1]: whether it closes with `back`, and its colour `error`."""
    height, width = error.shape
    positions = pixel_grid(width, height) + flow
    gap = flow + fetch(back, positions)
    doubt = np.einsum("hwc,hwc->hw", gap, gap) / np.float32((_GAP * math.hypot(width, height)) ** 2)
    doubt += (error / np.float32(_COLOUR_ERROR)) ** 2
    sure = np.exp(-doubt)
    inside = ((positions >= 0) & (positions <= (width - 1, height - 1))).all(-1)
    return np.where(inside, sure, 0).astype(np.float32)


def _unlike(here: WorkingPicture, there: WorkingPicture, positions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much the colours of pixels differ from those at `positions` of the other picture, float32 (h, w)."""
    apart = fetch(there.lab, positions) - here.lab
    return np.minimum(np.sqrt(np.einsum("hwc,hwc->hw", apart, apart)), np.float32(_MOST_COLOUR))
