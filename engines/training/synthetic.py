"""Random scenes to learn from and to test on, each fixed by its seed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.training.pictures import default_pictures
from engines.training.scene import Layer, Look, Motion, Scene

N_POINTS = 8
"""Points marked on each object."""

_BEND_SLOPE = 0.25
"""Steepest total bend: cloth-like, and far enough from folding."""


def random_scene(
    seed: int,
    width: int = 256,
    height: int = 256,
    n_frames: int = 8,
    pictures: Sequence[NDArray[np.uint8]] | None = None,
    n_objects: int | None = None,
) -> Scene:
    """Return a scene of one to four objects over a moving backdrop; the same seed gives the same scene.

    `pictures`, RGB uint8 (H, W, 3) of any sizes, are what layers are cut from, by default those
    of `engines.training.pictures`; a caller that samples many scenes loads them once and passes
    them. Motion is smooth in time: up to about 3 % of the frame's short side a frame for an object.
    """
    rng = np.random.default_rng(seed)
    pictures = default_pictures() if pictures is None else pictures
    n_objects = int(rng.integers(1, 5)) if n_objects is None else n_objects
    # Each layer from a picture of its own while there are enough: an object cut from its backdrop cannot be seen.
    order = np.resize(rng.permutation(len(pictures)), n_objects + 1)
    layers = [_backdrop(rng, pictures[order[0]], width, height, n_frames)]
    layers += [_cut_out(rng, pictures[number], width, height, n_frames) for number in order[1:]]
    look = Look(
        gains=1 + 0.12 * rng.random() * drift(rng, n_frames),
        blur_px=float(rng.choice([0.0, rng.uniform(0.3, 1.0)])),
        noise=float(rng.choice([0.0, rng.uniform(1, 5)])),
        seed=seed,
    )
    return Scene(width, height, tuple(layers), look)


def drift(rng: np.random.Generator, n_frames: int) -> NDArray[np.float64]:
    """Return a smooth random course over the frames within [-1, 1], float64 (n,).

    Two sine waves with periods from 40 frames up, so that its step a frame is at most about 0.15.
    """
    frames = np.arange(n_frames)
    waves = [np.sin(2 * np.pi * (frames / rng.uniform(40, 120) + rng.random())) for _ in range(2)]
    return (waves[0] + waves[1]) / 2


def blob(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Return the matte of a random smooth shape that fills most of a square, float32 (size, size)."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    radius = np.ones_like(angle)
    for lobes in range(2, 6):
        radius += rng.uniform(0, 0.5 / lobes) * np.cos(lobes * angle + rng.uniform(0, 2 * np.pi))
    radius *= 0.46 / radius.max()
    stretch = rng.uniform(0.6, 1.0)
    outline = 0.5 + radius[:, None] * np.column_stack([np.cos(angle), stretch * np.sin(angle)])
    return polygon_matte(outline * size, size, size)


def polygon_matte(outline: NDArray[np.float64], width: int, height: int) -> NDArray[np.float32]:
    """Return how much of each pixel lies inside `outline`, x and y (k, 2), float32 (height, width)."""
    fine = 4  # samples a pixel each way
    drawn = np.zeros((height * fine, width * fine), np.uint8)
    # A pixel's centre is a whole number: its first sample lies (fine - 1) / 2 before it.
    cv2.fillPoly(drawn, [np.rint(outline * fine + (fine - 1) / 2).astype(np.int32)], 255)
    return cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def smooth_bends(rng: np.random.Generator, width: int, height: int, n_bends: int) -> NDArray[np.float32]:
    """Return low-frequency displacements float32 (n, height, width, 2) that each change by 1 px a px at most."""
    bends = []
    for _ in range(n_bends):
        coarse = rng.standard_normal((4, 4, 2)).astype(np.float32)
        bend = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        right, down = np.diff(bend, axis=1), np.diff(bend, axis=0)
        slope = np.hypot(np.linalg.norm(right, axis=2).max(), np.linalg.norm(down, axis=2).max())
        bends.append(bend / slope)
    return np.array(bends, np.float32)


def place(
    centre: NDArray[np.float64], angle: NDArray[np.float64], scale: NDArray[np.float64], pivot: tuple[float, float]
) -> NDArray[np.float64]:
    """Return affine maps (n, 2, 3) that turn by `angle` (n,) in radians and scale (n,) about `pivot`.

    The pivot, x and y on the layer's picture, comes to lie on `centre` (n, 2) of the frame.
    """
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)  # (n, 2, 2)
    shift = centre - turn @ np.array(pivot)
    return np.concatenate([turn, shift[..., None]], -1)


def _crop(rng: np.random.Generator, picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a random part of a picture at a random scale, uint8 (height, width, 3)."""
    most = min(picture.shape[1] / width, picture.shape[0] / height)
    scale = most * rng.uniform(0.5, 1.0) if most < 2 else rng.uniform(1.0, most)
    w, h = min(picture.shape[1], round(width * scale)), min(picture.shape[0], round(height * scale))
    left, top = rng.integers(picture.shape[1] - w + 1), rng.integers(picture.shape[0] - h + 1)
    part = picture[top : top + h, left : left + w]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC)


def _bent(rng: np.random.Generator, affine: NDArray[np.float64], width: int, height: int) -> Motion:
    """Return the motion `affine` with a random bend that comes and goes."""
    n_frames, n_bends = len(affine), 2
    steepness = _BEND_SLOPE * rng.random() / n_bends
    gains = np.column_stack([steepness * drift(rng, n_frames) for _ in range(n_bends)])
    return Motion(affine, smooth_bends(rng, width, height, n_bends), gains)


def _backdrop(rng: np.random.Generator, picture: NDArray[np.uint8], width: int, height: int, n_frames: int) -> Layer:
    """Return a layer that covers the frame, and pans, zooms and turns a little."""
    w, h = round(1.3 * width), round(1.3 * height)
    side = min(width, height)
    centre = np.array([width, height]) / 2 + 0.15 * side * np.column_stack([drift(rng, n_frames) for _ in range(2)])
    scale = np.exp(0.1 * drift(rng, n_frames))
    angle = 0.1 * drift(rng, n_frames)
    affine = place(centre, angle, scale, ((w - 1) / 2, (h - 1) / 2))
    return Layer(_crop(rng, picture, w, h), np.ones((h, w), np.float32), _bent(rng, affine, w, h))


def _cut_out(rng: np.random.Generator, picture: NDArray[np.uint8], width: int, height: int, n_frames: int) -> Layer:
    """Return an object: a smooth shape of a picture that wanders, turns, grows and bends."""
    side = min(width, height)
    size = round(side * rng.uniform(0.25, 0.6))
    home = np.array([width, height]) * rng.uniform(0.2, 0.8, 2)
    centre = home + 0.25 * side * np.column_stack([drift(rng, n_frames) for _ in range(2)])
    angle = rng.uniform(0, 2 * math.pi) + 0.8 * drift(rng, n_frames)
    scale = np.exp(0.25 * drift(rng, n_frames))
    matte = blob(rng, size)
    rows, columns = np.nonzero(cv2.erode(matte, np.ones((5, 5), np.uint8), borderValue=0) >= 1)
    chosen = rng.integers(len(rows), size=N_POINTS)
    points = np.column_stack([columns, rows])[chosen] + rng.uniform(-0.5, 0.5, (N_POINTS, 2))
    affine = place(centre, angle, scale, ((size - 1) / 2, (size - 1) / 2))
    return Layer(_crop(rng, picture, size, size), matte, _bent(rng, affine, size, size), points)
