"""What moves by itself: flow less that of the camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.propagation.pixel_links import PixelLink

_SAMPLE_PX = 6
_LEAST_SAMPLES = 24
_INLIER_PX = 0.7
"""How far a background pixel may move otherwise than the camera's homography says, in working pixels."""

STILL_PX = 0.35
"""Residual motion that is flow's own error, in working pixels; a clip without more of it has no motion to go by."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """How the pixels of a frame have moved since another one, in working pixels.

    `flow` is float32 (h, w, 2), to where each pixel was; `own` is that less the camera's share; `speed` float32
    (h, w) its length.
    """

    flow: NDArray[np.float32]
    own: NDArray[np.float32]
    speed: NDArray[np.float32]


def moves_with(own: NDArray[np.float32], inside: NDArray[np.bool_], outside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return whether each place moves as the `inside` does, in [-1, 1], and how fast, in [0, 1]: float32 (h, w, 2).

    `own` is float32 (h, w, 2) as in `Motion`; zeros where either side is empty.
    """
    together = np.zeros(own.shape, np.float32)
    if inside.any() and outside.any():
        as_box = np.linalg.norm(own - np.median(own[inside], 0), axis=-1)
        as_rest = np.linalg.norm(own - np.median(own[outside], 0), axis=-1)
        together[..., 0] = (as_rest - as_box) / (as_rest + as_box + STILL_PX)
        speed = np.linalg.norm(own, axis=-1)
        together[..., 1] = speed / (speed + 1)
    return together


def motion_of(link: PixelLink, grid: NDArray[np.float32]) -> Motion:
    """Return the motion along `link`; `grid` is float32 (h, w, 2), the x and y of each pixel.

    The camera's share is one homography for the whole picture, found by RANSAC on links that are believed: exact for
    a camera that turns or for a plane, and near it for most backgrounds.
    """
    flow = link.positions - grid
    half = _SAMPLE_PX // 2
    here = grid[half::_SAMPLE_PX, half::_SAMPLE_PX].reshape(-1, 2)
    there = link.positions[half::_SAMPLE_PX, half::_SAMPLE_PX].reshape(-1, 2)
    believed = link.weight[half::_SAMPLE_PX, half::_SAMPLE_PX].ravel() > 0.3
    camera = np.zeros_like(flow) + (np.median(flow[link.weight > 0], 0) if (link.weight > 0).any() else 0)
    if np.count_nonzero(believed) >= _LEAST_SAMPLES:
        cv2.setRNGSeed(0)
        found, _ = cv2.findHomography(here[believed], there[believed], cv2.RANSAC, _INLIER_PX)
        if found is not None and np.isfinite(found).all():
            camera = cv2.perspectiveTransform(grid, found) - grid
    own = (flow - camera).astype(np.float32)
    return Motion(flow.astype(np.float32), own, np.hypot(own[..., 0], own[..., 1]))
