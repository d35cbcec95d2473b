"""Clips rendered from layers whose motion is known exactly.

A scene is a stack of picture cut-outs. Each moves by an affine map and bends by a smooth
displacement, both functions of its own picture's coordinates, so that where a point of a layer lies on
any frame is a formula; only its inverse, needed to draw, is found by iteration. Masks, points,
visibility and flow all follow from the same two maps and are exact whatever noise the picture gets.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import Box
from engines.pixel_grid import fetch, pixel_grid

_INVERSION_STEPS = 6
"""Fixed-point steps of the inverse. The bend's slope stays below `MAX_SLOPE`, so its error shrinks by that each."""

MAX_SLOPE = 0.35

_ROUNDING = 1e-3
"""Pixels by which a position in single precision may miss a whole number."""


@dataclass(frozen=True, eq=False)
class Motion:
    """How one layer lies on each frame: first bent in its own coordinates, then put in place.

    A point u of the layer's picture, x and y in pixels, lies on frame t at
    ``affine[t] @ [u + sum_k gains[t, k] * bends[k](u), 1]``.

    `affine` is float64 (n, 2, 3). `bends` float32 (k, h, w, 2) are displacements in pixels over the
    picture, continued beyond it by their border; `gains` is float64 (n, k). Raises ValueError where
    the bend is so steep that it might fold the layer.
    """

    affine: NDArray[np.float64]
    bends: NDArray[np.float32]
    gains: NDArray[np.float64]

    def __post_init__(self) -> None:
        steepest = sum(np.abs(self.gains[:, k]).max() * _slope(bend) for k, bend in enumerate(self.bends))
        if steepest > MAX_SLOPE:
            raise ValueError(f"the bend's slope reaches {steepest:.2f}, more than {MAX_SLOPE}")

    @property
    def n_frames(self) -> int:
        """Number of frames the motion is known for."""
        return len(self.affine)

    def bend(self, frame: int) -> NDArray[np.float32]:
        """Return the displacement over the picture on `frame`, float32 (h, w, 2)."""
        return np.tensordot(self.gains[frame].astype(np.float32), self.bends, 1)

    def forward(self, frame: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points (..., 2) of the layer's picture lie on `frame`, float64 (..., 2)."""
        bent = points + _bilinear(self.bend(frame), points)
        return bent @ self.affine[frame][:, :2].T + self.affine[frame][:, 2]

    def inverse(self, frame: int, box: Box) -> NDArray[np.float32]:
        """Return what point of the layer's picture each pixel of `box` on `frame` shows, float32 (h, w, 2).

        Right to about 0.01 px.
        """
        left, top, right, bottom = box
        back = cv2.invertAffineTransform(self.affine[frame]).astype(np.float32)
        straight = pixel_grid(right - left, bottom - top) @ back[:, :2].T + (back @ [left, top, 1]).astype(np.float32)
        if straight.size == 0 or not self.gains[frame].any():
            return straight
        bend = self.bend(frame)
        found = straight
        for _ in range(_INVERSION_STEPS):
            found = straight - fetch(bend, found)
        return found


@dataclass(frozen=True, eq=False)
class Layer:
    """A cut-out and its motion.

    `picture` is RGB uint8 (h, w, 3); `matte` float32 (h, w) in [0, 1], the object where it is at
    least one half; `points` float64 (k, 2), x and y on the picture, may be empty.
    """

    picture: NDArray[np.uint8]
    matte: NDArray[np.float32]
    motion: Motion
    points: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))

    def box(self, frame: int, width: int, height: int) -> Box:
        """Return a box around the layer on `frame`, cut to a picture of this size; empty where it is outside."""
        h, w = self.matte.shape
        along, down = np.arange(-1.0, w + 1), np.arange(-1.0, h + 1)
        rim = [np.column_stack([along, np.full_like(along, y)]) for y in (-1, h)]
        rim += [np.column_stack([np.full_like(down, x), down]) for x in (-1, w)]
        # The map folds nothing, so what lies within the rim stays within it.
        at = self.motion.forward(frame, np.concatenate(rim))
        (left, top), (right, bottom) = np.floor(at.min(0)).astype(int).tolist(), np.ceil(at.max(0)).astype(int).tolist()
        left, top = min(max(left, 0), width), min(max(top, 0), height)
        return left, top, max(min(right + 1, width), left), max(min(bottom + 1, height), top)


@dataclass(frozen=True, eq=False)
class Look:
    """What the camera does to every frame after the layers are drawn; changes no truth.

    `gains` float64 (n,) multiply the brightness of each frame; `blur_px` and `noise` are the standard
    deviations of a Gaussian blur in pixels and of noise in grey levels, the latter drawn from `seed`.
    """

    gains: NDArray[np.float64]
    blur_px: float = 0.0
    noise: float = 0.0
    seed: int = 0


_Placed = tuple[Box, NDArray[np.float32], NDArray[np.float32]]
"""A layer on a frame: its box, how much of each pixel in it the layer covers, what of its picture it shows there."""


@dataclass(frozen=True, eq=False)
class TrueFrame:
    """One frame and all that is true of it.

    `image` is RGB uint8 (H, W, 3). `ids` uint8 (H, W) tells the topmost layer at each pixel, 0 for
    the backdrop: object k's visible mask is ``ids == k``. `points[k]` float64 (m, 2) are the x and y of
    layer k's points, `visible[k]` bool (m,) whether the picture shows them.
    """

    image: NDArray[np.uint8]
    ids: NDArray[np.uint8]
    points: tuple[NDArray[np.float64], ...]
    visible: tuple[NDArray[np.bool_], ...]


@dataclass(frozen=True, eq=False)
class Scene:
    """A clip as a stack of layers, lowest first; layer 0 is the backdrop and must cover the frame.

    Immutable, any thread. Objects are the layers from 1 on, and a layer's number is its object's id.
    """

    width: int
    height: int
    layers: tuple[Layer, ...]
    look: Look

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.layers[0].motion.n_frames

    def render(self, frame: int) -> TrueFrame:
        """Draw `frame` and return it with its truth. Raises IndexError outside the scene."""
        if not 0 <= frame < self.n_frames:
            raise IndexError(f"frame {frame} of a scene of {self.n_frames}")
        ids, placed = self._place(frame)
        canvas = np.zeros((self.height, self.width, 3), np.float32)
        for layer, (box, matte, where) in zip(self.layers, placed, strict=True):
            if matte.size == 0:
                continue
            # Beyond its border a picture goes on mirrored: still one rigid texture, so that flow stays true there.
            colour = cv2.remap(layer.picture, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            under = canvas[box[1] : box[3], box[0] : box[2]]
            under += matte[..., None] * (colour - under)
        points = tuple(layer.motion.forward(frame, layer.points) for layer in self.layers)
        visible = tuple(self._shows(ids, number, at) for number, at in enumerate(points))
        return TrueFrame(self._photograph(frame, canvas), ids, points, visible)

    def flow(self, frame: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the motion from `frame` to the next: displacement float32 (H, W, 2) and validity bool (H, W).

        The displacement in pixels, x then y, is that of the topmost layer at each pixel, whether or not
        it can be seen afterwards; valid is where the next frame shows the same layer at all four pixels around.
        """
        return self.flow_between(frame, frame + 1)

    def flow_between(self, frame: int, other: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the motion from `frame` to any `other` frame; see `flow`."""
        here = pixel_grid(self.width, self.height)
        ids, placed = self._place(frame)
        target = here.copy()
        for number, (layer, (box, _, where)) in enumerate(zip(self.layers, placed, strict=True)):
            within = (slice(box[1], box[3]), slice(box[0], box[2]))
            shown = ids[within] == number
            target[within][shown] = layer.motion.forward(other, where[shown].astype(np.float64))
        return target - here, self._all_around(self.ids(other), ids, target)

    def ids(self, frame: int) -> NDArray[np.uint8]:
        """Return the topmost layer at each pixel, uint8 (H, W), without drawing the picture."""
        return self._place(frame)[0]

    def _place(self, frame: int) -> tuple[NDArray[np.uint8], list[_Placed]]:
        """Return the topmost layer at each pixel, and where and how every layer lies."""
        ids = np.zeros((self.height, self.width), np.uint8)
        placed: list[_Placed] = []
        for number, layer in enumerate(self.layers):
            box = layer.box(frame, self.width, self.height) if number else (0, 0, self.width, self.height)
            where = layer.motion.inverse(frame, box)
            if number == 0:
                matte = np.ones(where.shape[:2], np.float32)
            elif where.size:
                matte = cv2.remap(layer.matte, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            else:
                matte = np.zeros(where.shape[:2], np.float32)
            ids[box[1] : box[3], box[0] : box[2]][matte >= 0.5] = number
            placed.append((box, matte, where))
        return ids, placed

    def _shows(self, ids: NDArray[np.uint8], number: int, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return whether the pixel at each point (m, 2) shows layer `number`, bool (m,)."""
        columns, rows = np.rint(points).astype(int).T
        inside = (columns >= 0) & (columns < self.width) & (rows >= 0) & (rows < self.height)
        shown = ids[np.clip(rows, 0, self.height - 1), np.clip(columns, 0, self.width - 1)] == number
        return inside & shown

    def _all_around(
        self, there: NDArray[np.uint8], here: NDArray[np.uint8], target: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Return where the four pixels around `target` lie in the frame and `there` shows the layer of `here`."""
        # A target on a pixel's centre, but for rounding, has that pixel around it and no other.
        low, high = np.floor(target + _ROUNDING).astype(int), np.ceil(target - _ROUNDING).astype(int)
        last = np.array([self.width - 1, self.height - 1])
        inside = (low >= 0).all(-1) & (high <= last).all(-1)
        low, high = np.clip(low, 0, last), np.clip(high, 0, last)
        same = [there[row[..., 1], column[..., 0]] == here for row in (low, high) for column in (low, high)]
        return inside & np.logical_and.reduce(same)

    def _photograph(self, frame: int, canvas: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the drawn frame as the camera sees it."""
        look = self.look
        if look.blur_px:
            canvas = cv2.GaussianBlur(canvas, (0, 0), look.blur_px)
        canvas = canvas * np.float32(look.gains[frame])
        if look.noise:
            rng = np.random.default_rng((look.seed, frame))
            canvas += look.noise * rng.standard_normal(canvas.shape, np.float32)
        return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


class SceneFrames:
    """A scene as a clip to read from, drawn when asked for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.width, self.height = scene.width, scene.height
        first = scene.render(0).image
        self.fingerprint = hashlib.sha256(first.tobytes() + bytes([scene.n_frames % 256])).hexdigest()

    def __len__(self) -> int:
        return self._scene.n_frames

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the RGB picture of `frame`, uint8 (H, W, 3)."""
        return self._scene.render(frame).image


def _slope(bend: NDArray[np.float32]) -> float:
    """Return a bound of how fast a displacement (h, w, 2) changes, in pixels per pixel."""
    right, down = np.diff(bend, axis=1), np.diff(bend, axis=0)
    steepest = [float(np.hypot(d[..., 0], d[..., 1]).max()) if d.size else 0.0 for d in (right, down)]
    return math.hypot(*steepest)


def _bilinear(values: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `values` (h, w, 2) at points (..., 2), bilinear, continued beyond the border by it, in full precision."""
    height, width = values.shape[:2]
    x = np.clip(points[..., 0], 0, width - 1)
    y = np.clip(points[..., 1], 0, height - 1)
    column, row = np.minimum(x.astype(int), width - 2), np.minimum(y.astype(int), height - 2)
    right, down = (x - column)[..., None], (y - row)[..., None]
    upper = values[row, column] * (1 - right) + values[row, column + 1] * right
    lower = values[row + 1, column] * (1 - right) + values[row + 1, column + 1] * right
    return upper * (1 - down) + lower * down
