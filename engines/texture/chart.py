"""A texture's own frame as a chart: what other frames show is brought back to it before it is compared.

On the chart the surface lies still, as far as its place is known: flow there is small, whatever the surface did
in between, and one place of the surface has the same pixel for every frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from engines.pixel_grid import fetch, pixel_grid
from engines.propagation.pixel_links import WorkingPicture, working_picture
from engines.texture.draw import rendered
from engines.texture.mesh import Mesh

_ROOM_PX = 24
"""Around the mesh, in pixels of the chart: flow looks for patches there."""
_LEAST_SIDE_PX = 48
_SAMPLE_STEP_PX = 3
"""Between measured places; flow has no detail finer than that."""
_LEAST_PIXELS = 20_000
_MOST_ENLARGED = 3.0
"""What is smaller than this is enlarged, up to so many times: flow compares patches of 8 px."""
_RIM_WEIGHT = 0.05
"""Of what lies beyond the region: it may be the same surface, or what is behind it."""
_SHRUNK = 1.5
"""How many pixels of a frame one of the chart may pass over, before the frame is made smaller."""
_LOOKED_AT = 8
"""Of so many rows and columns one is looked at to see that."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A frame on the chart: its `picture`, and where on the frame each pixel was taken from, float32 (h, w, 2).

    `inside` float32 (h, w) is 1 where that lies on the frame, 0 beyond it.
    """

    picture: WorkingPicture
    positions: NDArray[np.float32]
    inside: NDArray[np.float32]


class Chart:
    """The part of a frame around a mesh, at a working size. One thread.

    `weights` float32 (h, w) is how far a pixel belongs to the region, 0 beyond the mesh. `measured` are the rows and
    columns of the pixels at which frames are measured; there vertices `corners` int32 (s, 3) are mixed by `parts`.
    """

    def __init__(self, mesh: Mesh, region: NDArray[np.bool_], most_pixels: int) -> None:
        """Make a chart of about `most_pixels` at most for a mesh over `region`, bool (H, W)."""
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        area = float(np.prod(high - low + 1))
        enlarged = min(_MOST_ENLARGED, max(1.0, math.sqrt(_LEAST_PIXELS / area)))
        self._scale = min(enlarged, math.sqrt(most_pixels / area))
        room = _ROOM_PX / self._scale
        self._origin = low - room
        sides = ((high - low + 2 * room) * self._scale).tolist()
        self.width, self.height = (max(_LEAST_SIDE_PX, math.ceil(side)) for side in sides)
        self._vertices = np.column_stack([mesh.vertices, np.ones(len(mesh.vertices), np.float32)])
        self._rest = self._outward(pixel_grid(self.width, self.height))
        triangle, parts = self._shares(mesh)
        covered = triangle >= 0
        # Beyond the mesh the surface goes on as at its nearest pixel.
        _, labels = cv2.distanceTransformWithLabels(
            (~covered).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        of_label = np.zeros(int(labels.max()) + 1, np.int64)
        of_label[labels[covered]] = np.flatnonzero(covered)
        nearest = of_label[labels].ravel()
        corners = mesh.triangles[triangle.ravel()[nearest]]
        lines = np.repeat(np.arange(len(nearest)), 3)
        shares = parts.reshape(-1, 3)[nearest]
        self._mix = coo_array((shares.ravel(), (lines, corners.ravel())), (len(nearest), len(mesh.vertices))).tocsr()
        within = cv2.remap(region.astype(np.float32), self._rest, None, cv2.INTER_LINEAR, borderValue=0)
        self.weights = np.where(covered, _RIM_WEIGHT + (1 - _RIM_WEIGHT) * within, 0).astype(np.float32)
        chosen = np.zeros_like(covered)
        chosen[_SAMPLE_STEP_PX // 2 :: _SAMPLE_STEP_PX, _SAMPLE_STEP_PX // 2 :: _SAMPLE_STEP_PX] = True
        self.measured = np.nonzero(covered & chosen)
        self.corners: NDArray[np.int32] = mesh.triangles[triangle[self.measured]]
        self.parts: NDArray[np.float32] = parts[self.measured]

    def placed(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where on a frame each pixel lies when the mesh lies at `vertices` (V, 2), float32 (h, w, 2)."""
        affine = np.linalg.lstsq(self._vertices, vertices, rcond=None)[0].astype(np.float32)
        bent = self._mix @ (vertices - self._vertices @ affine)
        found: NDArray[np.float32] = self._rest @ affine[:2] + affine[2] + bent.reshape(self._rest.shape)
        return found.astype(np.float32)

    def show(self, image: NDArray[np.uint8], vertices: NDArray[np.float32]) -> Shown:
        """Return a frame's `image`, RGB uint8 (H, W, 3), as the chart shows it with the mesh at `vertices`."""
        positions = self.placed(vertices)
        found = fetch(*_reduced(image, positions))
        last = np.array(image.shape[1::-1], np.float32) - 1
        inside: NDArray[np.float32] = np.all((positions >= 0) & (positions <= last), axis=-1).astype(np.float32)
        return Shown(working_picture(found, self.width, self.height), positions, inside)

    def between(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return `values` (V,) of the vertices as pixels between them have them, float32 (h, w)."""
        found: NDArray[np.float32] = (self._mix @ values).reshape(self._rest.shape[:2]).astype(np.float32)
        return found

    def mean(self, values: NDArray[np.float32]) -> float:
        """Return the mean of `values` (h, w) over the region."""
        return float((values * self.weights).sum() / max(float(self.weights.sum()), 1e-6))

    def per_vertex(self, values: NDArray[np.float32], inside: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean of `values` (h, w) around each vertex as far as `inside` (h, w), 0 where none is, (V,)."""
        weights = (self.weights * inside).ravel()
        total = self._mix.T @ weights
        found: NDArray[np.float32] = (self._mix.T @ (weights * values.ravel())) / np.maximum(total, 1e-6)
        return found.astype(np.float32)

    def _outward(self, positions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return positions on the chart as on the texture's frame."""
        return ((positions + 0.5) / self._scale - 0.5 + self._origin).astype(np.float32)

    def _shares(self, mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return each pixel's triangle, -1 beyond the mesh, and its corners' shares, float32 (h, w, 3)."""
        n_triangles = len(mesh.triangles)
        on_chart = (mesh.vertices - self._origin + 0.5) * self._scale - 0.5
        corners = on_chart[mesh.triangles].reshape(-1, 2).astype(np.float32)
        apart = Mesh(corners, np.arange(3 * n_triangles, dtype=np.int32).reshape(-1, 3))
        numbers = np.repeat(np.arange(n_triangles, dtype=np.float32), 3)
        values = np.column_stack([np.tile(np.eye(3, dtype=np.float32), (n_triangles, 1)), numbers])
        found = rendered(apart, corners, values, (0, 0, self.width, self.height))
        number = np.nan_to_num(found[..., 3], nan=-1)
        return np.rint(number).astype(np.int64), np.nan_to_num(found[..., :3])


def _reduced(image: NDArray[np.uint8], positions: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the part of a picture that positions (h, w, 2) lie on, and them on it.

    It is made smaller where they lie far apart, so that no pixel is passed over.
    """
    size = np.array(image.shape[1::-1])
    low, high = np.floor(positions.min((0, 1))) - 2, np.ceil(positions.max((0, 1))) + 3
    (left, top), (right, bottom) = (
        np.clip(low, 0, size - 1).astype(int).tolist(),
        np.clip(high, 1, size).astype(int).tolist(),
    )
    part = image[top : max(bottom, top + 1), left : max(right, left + 1)]
    moved = positions - np.array([left, top], np.float32)
    coarse = positions[::_LOOKED_AT, ::_LOOKED_AT]
    steps = [float(np.median(np.linalg.norm(np.diff(coarse, axis=axis), axis=-1))) for axis in (0, 1)]
    scale = min(steps) / _LOOKED_AT
    if scale < _SHRUNK:
        return np.ascontiguousarray(part), moved
    small = max(1, round(part.shape[1] / scale)), max(1, round(part.shape[0] / scale))
    factor = np.array([small[0] / part.shape[1], small[1] / part.shape[0]], np.float32)
    return cv2.resize(part, small, interpolation=cv2.INTER_AREA), (moved + 0.5) * factor - 0.5
