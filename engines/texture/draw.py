"""Textures drawn on a frame: through their meshes, shaded as the frame is, and hidden where the surface is.

Needs no torch and takes some milliseconds for each 100,000 pixels that are covered: not for the GUI thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import Box
from engines.texture.mesh import Mesh, Placement, Texture

_SHADE_PX = 7.0
"""Deviation of the Gaussian over which the luminances of both frames are compared."""
_DARKEST = 8.0
"""Added to both luminances (0 to 255): in the dark their ratio is noise."""
_SHADE_RANGE = (0.25, 3.0)

_EDGE_EPS = 1e-3 * 255**2
"""Of the guided filter (He, Sun and Tang, "Guided Image Filtering", PAMI 2013) that draws what is hidden to the
frame's edges."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A frame with textures on it.

    `image` RGB uint8 (H, W, 3) is the frame and what is painted on it; `layer` RGBA uint8 (H, W, 4) the paint alone,
    shaded, straight alpha, 0 where nothing is.
    """

    image: NDArray[np.uint8]
    layer: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What of a texture the pixels of a `box` (left, top, right, bottom) of a frame show.

    `uv` float32 (h, w, 2) are x, y on the texture's own frame, NaN beyond the mesh; `seen` float32 (h, w) in [0, 1] is
    how far the frame shows the surface rather than something before it, 0 beyond the mesh.
    """

    box: Box
    uv: NDArray[np.float32]
    seen: NDArray[np.float32]


def draw_textures(placed: Sequence[tuple[Texture, Placement, float]], picture: NDArray[np.uint8]) -> Drawn:
    """Return `picture`, RGB uint8 (H, W, 3), with textures drawn on it where they are placed, in their order.

    The numbers are shares in [0, 1] by which alpha is multiplied. Textures that are one, painted on several frames,
    are cross-faded where their shares add up to 1: see `shares`.
    """
    height, width = picture.shape[:2]
    total = np.zeros((height, width, 4), np.float32)  # colour times alpha, and alpha
    for texture, placement, share in placed:
        if share <= 0:
            continue
        surface = surface_of(texture.mesh, placement, picture)
        left, top, right, bottom = surface.box
        if left >= right or top >= bottom:
            continue
        paint = _shaded(texture, surface, picture[top:bottom, left:right])
        paint *= np.float32(share)
        under = total[top:bottom, left:right]
        is_fade = len(placed) > 1 and share < 1
        under *= 1 if is_fade else 1 - paint[..., 3:]
        under += paint
    alpha = np.minimum(total[..., 3:], 1)
    colour = total[..., :3] / np.maximum(total[..., 3:], 1e-6)
    image = np.rint(picture + alpha * (colour - picture)).clip(0, 255).astype(np.uint8)
    layer = np.rint(np.concatenate([colour, 255 * alpha], -1)).clip(0, 255).astype(np.uint8)
    return Drawn(image, layer)


def draw_texture(texture: Texture, placement: Placement, picture: NDArray[np.uint8]) -> Drawn:
    """Return `picture`, RGB uint8 (H, W, 3), with one texture drawn on it."""
    return draw_textures([(texture, placement, 1.0)], picture)


def uv_map(texture: Texture, placement: Placement, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return which x, y of the painted frame each pixel of `picture` shows, float32 (H, W, 2).

    NaN where it shows no paint: beyond it, and where the surface is hidden.
    """
    height, width = picture.shape[:2]
    whole = np.full((height, width, 2), np.nan, np.float32)
    surface = surface_of(texture.mesh, placement, picture)
    left, top, right, bottom = surface.box
    if left >= right or top >= bottom:
        return whole
    painted = _sample((texture.paint[..., 3] > 0).astype(np.uint8) * np.uint8(255), surface.uv)
    shown = (surface.seen >= 0.5) & (painted >= 128)
    whole[top:bottom, left:right][shown] = surface.uv[shown]
    return whole


def shares(frame: int, anchors: Sequence[int]) -> dict[int, float]:
    """Return which of the frames that a texture is painted on show on `frame`, and by what share of 1.

    `anchors` rise. Between two of them the first fades into the second in the middle half of the way.
    """
    before = max((anchor for anchor in anchors if anchor <= frame), default=None)
    after = min((anchor for anchor in anchors if anchor >= frame), default=None)
    if before is None or after is None or before == after:
        only = before if before is not None else after
        return {} if only is None else {only: 1.0}
    share = min(max(2 * (frame - before) / (after - before) - 0.5, 0.0), 1.0)
    return {anchor: part for anchor, part in ((before, 1 - share), (after, share)) if part > 0}


def surface_of(mesh: Mesh, placement: Placement, picture: NDArray[np.uint8]) -> Surface:
    """Return what of a mesh's surface the pixels of `picture`, RGB uint8 (H, W, 3), show."""
    height, width = picture.shape[:2]
    box = _box(placement.vertices, width, height)
    values = np.column_stack([mesh.vertices, placement.visible])
    found = rendered(mesh, placement.vertices, values, box)
    uv, seen = np.ascontiguousarray(found[..., :2]), found[..., 2]
    is_beyond = np.isnan(seen)
    seen = np.where(is_beyond, 0, seen).astype(np.float32)
    if seen.size and (seen[~is_beyond] < 1).any():
        radius = max(2, round(0.5 * _spacing(mesh)))
        part = np.ascontiguousarray(picture[box[1] : box[3], box[0] : box[2]])
        # Beyond the mesh nothing is known: what is there must not make its rim hidden.
        known = (~is_beyond).astype(np.float32)
        both = [cv2.ximgproc.guidedFilter(part, value, radius, _EDGE_EPS) for value in (seen * known, known)]
        seen = np.clip(both[0] / np.maximum(both[1], 1e-3), 0, 1)
        seen = np.clip(2 * (seen - 0.5) + 0.5, 0, 1)  # the filter blurs
        seen[is_beyond] = 0
    return Surface(box, uv, seen)


def rendered(mesh: Mesh, vertices: NDArray[np.float32], values: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
    """Return `values` (V, n) of the mesh's vertices between them, float32 (h, w, n) over the pixels of `box`.

    `vertices` (V, 2) is where they lie. NaN beyond the mesh, and where it is folded over and shows its back.
    """
    left, top, right, bottom = box
    shape = bottom - top, right - left
    found = np.full((*shape, values.shape[1]), np.nan, np.float32)
    if min(shape) <= 0:
        return found
    corners = vertices[mesh.triangles].astype(np.float64)  # (T, 3, 2)
    turn = np.sign(_areas(mesh.vertices[mesh.triangles].astype(np.float64)))
    areas = turn * _areas(corners)
    low, high = corners.min(1), corners.max(1)
    within = (high >= [left - 1, top - 1]).all(1) & (low <= [right, bottom]).all(1)
    shown = np.flatnonzero((areas > 0.05) & within)
    numbers = np.full(shape, -1, np.int32)
    fine = 4  # bits after the point
    at = np.rint((corners - [left, top]) * 2**fine).astype(np.int32)
    for number in shown:
        cv2.fillConvexPoly(numbers, at[number], int(number), cv2.LINE_8, fine)
    rows, columns = np.nonzero(numbers >= 0)
    drawn = numbers[rows, columns]
    # (T, 3, n): value = [x, y, 1] @ coefficients
    homogeneous = np.concatenate([corners, np.ones((*corners.shape[:2], 1))], -1)
    coefficients = np.zeros((len(corners), 3, values.shape[1]))
    coefficients[shown] = np.linalg.solve(homogeneous[shown], values[mesh.triangles[shown]].astype(np.float64))
    own = coefficients[drawn].astype(np.float32)
    x, y = (columns + left).astype(np.float32)[:, None], (rows + top).astype(np.float32)[:, None]
    found[rows, columns] = own[:, 0] * x + own[:, 1] * y + own[:, 2]
    return found


def _shaded(texture: Texture, surface: Surface, part: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the paint that the pixels of a surface show, over `part` of the frame: colour times alpha, and alpha."""
    paint, picture, uv = _cut(texture, surface.uv)
    paint = paint.astype(np.float32)
    paint[..., :3] *= paint[..., 3:] / 255
    found = _sample(paint, uv)
    found[..., 3] /= 255
    found *= surface.seen[..., None]
    weight = surface.seen
    lights = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (part, _sample(picture, uv))]
    here, there = (
        cv2.GaussianBlur(weight * (light + _DARKEST), (0, 0), _SHADE_PX, borderType=cv2.BORDER_CONSTANT)
        for light in lights
    )
    ratio = np.clip(here / np.maximum(there, 1e-3), *_SHADE_RANGE)
    # Nothing is brighter than white: alpha bounds what colour times alpha may be.
    found[..., :3] = np.minimum(found[..., :3] * ratio[..., None], 255 * found[..., 3:])
    return found


def _cut(texture: Texture, uv: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[np.uint8], NDArray[np.float32]]:
    """Return the part of the paint and the picture that positions lie on, and them on it, far outside for NaN."""
    height, width = texture.paint.shape[:2]
    shown = uv[~np.isnan(uv[..., 0])]
    if not len(shown):
        return texture.paint[:1, :1], texture.picture[:1, :1], np.full_like(uv, -10)
    left, top = np.clip(np.floor(shown.min(0)) - 1, 0, (width - 1, height - 1)).astype(int).tolist()
    right, bottom = np.clip(np.ceil(shown.max(0)) + 2, 1, (width, height)).astype(int).tolist()
    part = slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))
    moved = np.nan_to_num(uv - np.array([left, top], np.float32), nan=-10.0)
    return texture.paint[part], np.ascontiguousarray(texture.picture[part]), moved


def _box(vertices: NDArray[np.float32], width: int, height: int) -> Box:
    """Return the box around vertices within a picture of this size."""
    low, high = np.floor(vertices.min(0)), np.ceil(vertices.max(0)) + 1
    size = np.array([width, height])
    (left, top), (right, bottom) = (np.clip(each, 0, size).astype(int).tolist() for each in (low, high))
    return left, top, max(left, right), max(top, bottom)


def _areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signed areas of triangles (T, 3, 2)."""
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas: NDArray[np.float64] = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2
    return areas


def _spacing(mesh: Mesh) -> float:
    """Return the mean length of a mesh's edges."""
    corners = mesh.vertices[mesh.triangles]
    return float(np.hypot(*np.moveaxis(corners - np.roll(corners, 1, 1), -1, 0)).mean())


def _sample(values: NDArray[Any], positions: NDArray[np.float32]) -> NDArray[Any]:
    """Return `values` (H, W, ...) at positions (h, w, 2), bilinear, 0 beyond them and at NaN."""
    return cv2.remap(values, np.nan_to_num(positions, nan=-10.0), None, cv2.INTER_LINEAR, borderValue=0)
