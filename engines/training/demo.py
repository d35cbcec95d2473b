"""The demo clip as a scene: things adrift in space, with their exact truth.

A cup, a cat, a planet and a shuttle that leaves and comes back, cut by hand from pictures that are free
to show. Every figure here was chosen by looking at the rendered clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from engines.training.pictures import load_picture
from engines.training.scene import Layer, Look, Motion, Scene
from engines.training.synthetic import place, polygon_matte, smooth_bends

WIDTH, HEIGHT = 640, 360
N_FRAMES = 72
RATE_FPS = 24


@dataclass(frozen=True, slots=True)
class CutOut:
    """Where an object is in its picture: a smooth outline and named points, x and y in the picture's pixels."""

    name: str
    picture: str
    outline: tuple[tuple[float, float], ...]
    points: dict[str, tuple[float, float]]
    size_px: float  # of the longer side of its box, as drawn at scale 1


def _disc(x: float, y: float, radius: float) -> tuple[tuple[float, float], ...]:
    """Return a round outline."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return tuple(zip((x + radius * np.cos(angle)).tolist(), (y + radius * np.sin(angle)).tolist(), strict=True))


# fmt: off
CUT_OUTS = (
    CutOut("planet", "retina", _disc(704, 705, 678), {"crater": (262, 676), "storm": (704, 690)}, 210),
    CutOut(
        "shuttle", "astronaut",
        ((408, 2), (415, 1), (423, 3), (431, 14), (436, 30), (437, 46), (441, 52), (446, 43), (450, 54), (453, 74),
         (453, 145), (453, 210), (456, 240), (457, 262), (448, 270), (436, 266), (424, 269), (412, 268), (404, 265),
         (394, 271), (382, 272), (373, 268), (369, 245), (367, 226), (360, 220), (359, 212), (368, 196), (379, 183),
         (380, 120), (381, 68), (385, 54), (388, 43), (391, 52), (395, 46), (397, 34), (401, 16)),
        {"nose": (415, 8), "cockpit": (389, 100), "left wing": (363, 215), "right wing": (447, 216)}, 150,
    ),
    CutOut(
        "cat", "chelsea",
        ((60, 5), (130, 2), (230, 2), (330, 2), (385, 3), (388, 16), (372, 38), (365, 60), (353, 84), (350, 108),
         (355, 128), (351, 158), (340, 188), (324, 215), (312, 245), (296, 268), (270, 281), (230, 281), (195, 271),
         (165, 252), (130, 235), (100, 217), (74, 200), (56, 175), (42, 150), (34, 112), (32, 75), (38, 36)),
        {"left eye": (172, 118), "right eye": (322, 138), "nose": (264, 240), "brow": (240, 60)}, 190,
    ),
    CutOut(
        "cup", "coffee",
        ((174, 96), (186, 67), (213, 40), (251, 24), (294, 20), (337, 29), (374, 51), (396, 78), (402, 70),
         (414, 69), (422, 76), (418, 100), (418, 116), (442, 134), (464, 168), (476, 212), (476, 243), (460, 295),
         (430, 333), (381, 364), (331, 378), (282, 380), (226, 372), (170, 348), (128, 318), (98, 282), (81, 240),
         (79, 206), (91, 165), (116, 124), (144, 98)),
        {"rim left": (186, 110), "rim right": (390, 112), "handle": (214, 268), "spoon": (357, 300)}, 190,
    ),
)
# fmt: on

OBJECT_NAMES: dict[int, str] = {number: cut_out.name for number, cut_out in enumerate(CUT_OUTS, 1)}
POINT_NAMES: tuple[str, ...] = tuple(f"{cut_out.name} {point}" for cut_out in CUT_OUTS for point in cut_out.points)


def demo_scene() -> Scene:
    """Return the scene of the demo clip; always the same one."""
    motions = {"planet": _planet, "shuttle": _shuttle, "cat": _cat, "cup": _cup}
    turn = np.linspace(0, 1, N_FRAMES)
    layers = [_backdrop(turn)]
    layers += [_layer(cut_out, *motions[cut_out.name](turn)) for cut_out in CUT_OUTS]
    return Scene(WIDTH, HEIGHT, tuple(layers), Look(1 + 0.05 * np.sin(2 * np.pi * turn), noise=1.2, seed=2))


Course = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]
"""Centre (n, 2), angle (n,) in radians, scale (n,), and how steeply it bends at most."""


def _planet(turn: NDArray[np.float64]) -> Course:
    """Return a slow drift with a slow spin."""
    centre = np.column_stack([150 + 70 * turn, 235 - 40 * turn])
    return centre, -0.5 + 0.9 * turn, 1 + 0.08 * turn, 0.0


def _shuttle(turn: NDArray[np.float64]) -> Course:
    """Return a flight that leaves at the top behind the cat and comes back past the planet, always nose first."""
    stops = np.array(
        [[0, 280, 90], [0.1, 350, 62], [0.2, 450, 25], [0.3, 570, -90], [0.42, 300, -220], [0.5, 60, -100],
         [0.6, 85, 20], [0.75, 160, 150], [0.9, 265, 245], [1, 350, 300]]
    )  # fmt: skip
    course = CubicSpline(stops[:, 0], stops[:, 1:])
    ahead = course(turn, 1)
    angle = np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0])) + np.pi / 2
    return course(turn), angle, 0.85 + 0.15 * turn, 0.05


def _cat(turn: NDArray[np.float64]) -> Course:
    """Return a cat that sways and wobbles like a balloon."""
    centre = np.column_stack([440 + 30 * np.sin(2 * np.pi * turn), 150 + 25 * np.sin(2 * np.pi * turn + 2)])
    return centre, 0.25 * np.sin(2 * np.pi * turn + 0.5), 1.08 + 0.08 * np.sin(4 * np.pi * turn), 0.26


def _cup(turn: NDArray[np.float64]) -> Course:
    """Return a cup that crosses in front of everything, turning."""
    centre = np.column_stack([560 - 330 * turn, 285 - 60 * np.sin(np.pi * turn)])
    return centre, 0.5 - 1.2 * turn, 0.85 + 0.1 * np.sin(np.pi * turn), 0.04


def _layer(
    cut_out: CutOut,
    centre: NDArray[np.float64],
    angle: NDArray[np.float64],
    scale: NDArray[np.float64],
    steepness: float,
) -> Layer:
    """Return a cut-out on its course, its picture shrunk so that scale 1 draws it pixel for pixel."""
    outline = _smooth(np.array(cut_out.outline))
    low, high = np.floor(outline.min(0)).astype(int) - 4, np.ceil(outline.max(0)).astype(int) + 5
    picture = load_picture(cut_out.picture)
    low, high = np.maximum(low, 0), np.minimum(high, picture.shape[1::-1])
    crop = picture[low[1] : high[1], low[0] : high[0]]
    shrink = cut_out.size_px / max(high - low)
    width, height = (round(side * shrink) for side in (high - low).tolist())
    crop = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA if shrink < 1 else cv2.INTER_CUBIC)
    to_crop = np.array([width, height]) / (high - low)

    def within(points: NDArray[np.float64]) -> NDArray[np.float64]:
        # Pixel centres are whole numbers, so that sizes scale about (-0.5, -0.5).
        return (points - low + 0.5) * to_crop - 0.5

    turn = np.linspace(0, 2 * np.pi, len(centre))
    bends = smooth_bends(np.random.default_rng(len(cut_out.name)), width, height, 2)
    gains = steepness / 2 * np.column_stack([np.sin(2 * turn), np.sin(turn + 1)])
    affine = place(centre, angle, scale, ((width - 1) / 2, (height - 1) / 2))
    points = within(np.array(list(cut_out.points.values())))
    return Layer(crop, polygon_matte(within(outline), width, height), Motion(affine, bends, gains), points)


def _smooth(outline: NDArray[np.float64], per_side: int = 6) -> NDArray[np.float64]:
    """Return a closed outline (k, 2) rounded by a Catmull-Rom spline, (k * per_side, 2)."""
    before, start, end, after = (np.roll(outline, shift, 0)[:, None] for shift in (1, 0, -1, -2))
    t = np.linspace(0, 1, per_side, endpoint=False)[None, :, None]
    curve = start + 0.5 * t * (
        end - before + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )
    return curve.reshape(-1, 2)


def _backdrop(turn: NDArray[np.float64]) -> Layer:
    """Return the deep field in a coloured haze, panning."""
    width, height = 860, 750
    stars = cv2.resize(load_picture("hubble"), (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    rng = np.random.default_rng(5)
    haze = sum(
        amount * cv2.resize(rng.random((cells, cells, 1), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        for cells, amount in ((4, 0.5), (8, 0.3), (20, 0.15), (60, 0.05))
    )[..., None]
    colour = np.array([26, 30, 62], np.float32) + np.array([60, 24, 70], np.float32) * (haze - 0.3)
    picture = np.clip(colour + 1.15 * stars, 0, 255).astype(np.uint8)
    centre = np.column_stack([345 - 50 * turn, 170 + 25 * turn])
    affine = place(centre, 0.06 * np.sin(np.pi * turn), 1 + 0.05 * turn, ((width - 1) / 2, (height - 1) / 2))
    still = Motion(affine, np.zeros((0, height, width, 2), np.float32), np.zeros((len(turn), 0)))
    return Layer(picture, np.ones((height, width), np.float32), still)
