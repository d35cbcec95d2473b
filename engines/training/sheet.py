"""A painted sheet that turns, grows and bends, and is covered once: exact truth for textures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.training.pictures import load_picture
from engines.training.scene import Layer, Look, Motion, Scene
from engines.training.synthetic import blob, place, smooth_bends

SHEET_ID = 1
"""The layer that is painted on."""
PICTURES = (("coffee", "retina", "hubble"), ("chelsea", "coffee", "astronaut"), ("astronaut", "chelsea", "coffee"))
"""Of the sheet, of what covers it, and of the backdrop, in each of the scenes."""

_TURN = 1.2
_GROW = 0.35
_BEND = 0.3
"""Radians that it turns in all, logarithm of how far it grows and shrinks, and steepest bend."""


def sheet_scene(number: int, width: int = 640, height: int = 360, n_frames: int = 60) -> Scene:
    """Return one of the scenes of `PICTURES`: the sheet is hidden altogether for some frames in the middle."""
    rng = np.random.default_rng(number)
    sheet, curtain, backdrop = PICTURES[number]
    turn = np.linspace(0, 1, n_frames)
    side = min(width, height)
    size = round(0.55 * side)
    phase = 2 * np.pi * rng.random()
    centre = np.array([0.5 * width, 0.5 * height]) + 0.12 * side * np.column_stack(
        [np.sin(2 * np.pi * turn + phase) - np.sin(phase), np.cos(2 * np.pi * turn + phase) - np.cos(phase)]
    )
    sign = 1 if number % 2 else -1
    angle = sign * _TURN * np.sin(0.5 * np.pi * turn)
    scale = np.exp(_GROW * np.sin(1.5 * np.pi * turn))
    bends = smooth_bends(rng, size, size, 2)
    gains = 0.5 * _BEND * np.column_stack([np.sin(2 * np.pi * turn), np.sin(3 * np.pi * turn)])
    motion = Motion(place(centre, angle, scale, ((size - 1) / 2,) * 2), bends, gains)
    matte = cv2.GaussianBlur(blob(rng, size), (0, 0), 0.7)
    wide, tall = round(0.62 * side), round(1.2 * side)
    across = -0.5 * wide + (width + wide) * turn
    at = np.column_stack([across, np.full(n_frames, 0.5 * height)])
    still = np.zeros(n_frames)
    covering = Motion(place(at, still, still + 1, ((wide - 1) / 2, (tall - 1) / 2)), *_unbent(wide, tall, n_frames))
    behind = round(1.4 * width), round(1.4 * height)
    pan = np.array([0.5 * width, 0.5 * height]) + 0.1 * side * np.column_stack([turn, -turn])
    panning = Motion(
        place(pan, still, still + 1, ((behind[0] - 1) / 2, (behind[1] - 1) / 2)), *_unbent(*behind, n_frames)
    )
    layers = (
        Layer(_cut(backdrop, *behind), np.ones(behind[::-1], np.float32), panning),
        Layer(_cut(sheet, size, size), matte, motion),
        Layer(_cut(curtain, wide, tall), np.ones((tall, wide), np.float32), covering),
    )
    return Scene(width, height, layers, Look(1 + 0.08 * np.sin(2 * np.pi * turn), blur_px=0.5, noise=2, seed=number))


def true_places(scene: Scene, frame: int, points: NDArray[np.float32], other: int) -> NDArray[np.float64]:
    """Return where `points` (n, 2) of the sheet on `frame` are on the `other` one, float64 (n, 2)."""
    motion = scene.layers[SHEET_ID].motion
    back = cv2.invertAffineTransform(motion.affine[frame])
    straight = points.astype(np.float64) @ back[:, :2].T + back[:, 2]
    on_sheet = straight
    unbent = np.eye(2, 3)
    bending = Motion(np.repeat(unbent[None], scene.n_frames, 0), motion.bends, motion.gains)
    for _ in range(8):  # the bend's slope is below one: see `Motion.inverse`
        on_sheet = straight - (bending.forward(frame, on_sheet) - on_sheet)
    return motion.forward(other, on_sheet)


def _cut(name: str, width: int, height: int) -> NDArray[np.uint8]:
    """Return the middle of a picture, as large as it can be, at this size."""
    picture = load_picture(name)
    share = min(picture.shape[1] / width, picture.shape[0] / height)
    w, h = round(share * width), round(share * height)
    left, top = (picture.shape[1] - w) // 2, (picture.shape[0] - h) // 2
    return cv2.resize(picture[top : top + h, left : left + w], (width, height), interpolation=cv2.INTER_AREA)


def _unbent(width: int, height: int, n_frames: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    return np.zeros((0, height, width, 2), np.float32), np.zeros((n_frames, 0))
