"""A net of triangles over a painted surface, and where it lies on other frames.

What a person paints is a `Texture` on one frame: a texture's anchor. A run carries its mesh and answers with a
`Placement` for every frame, the derived label: what is painted, and how it is drawn (`draw`), depends on nothing else.
A vertex that a person drags on another frame is a correction (`Pins`), kept there by every run.

Plain arrays: no torch, no Qt, no file. Positions are x, y in pixels of the clip, pixel centres at whole numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_SPACING_PX = 8.0
MOST_VERTICES = 600
"""Larger regions get wider meshes. More vertices follow noise rather than the surface."""

_RIM_PX = 4
"""How far a mesh reaches beyond its region: what is thin gets some surroundings to be found by."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A net at rest on the frame that it was made on.

    `vertices` is float32 (V, 2); `triangles` int32 (T, 3) are numbers of vertices, all turning the same way round.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where a mesh lies on one frame.

    `vertices` is float32 (V, 2), in the mesh's order, and may lie beyond the picture. `visible` float32 (V,) in [0, 1]
    is how far the picture shows the surface there: below one half it is hidden. `confidence` in [0, 1] is the chance
    that the place is right, over the whole of the mesh.
    """

    frame: int
    vertices: NDArray[np.float32]
    visible: NDArray[np.float32]
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Pins:
    """Vertices that a person put in their place on a frame: `which` int32 (k,) at `positions` float32 (k, 2).

    `visible` float32 (k,) in [0, 1] is how far the frame shows the surface there, None where all of it is shown; what
    looks there as on the painted frame is shown in any case.
    """

    frame: int
    which: NDArray[np.int32]
    positions: NDArray[np.float32]
    visible: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """What was painted on a frame: `paint` RGBA uint8 (H, W, 4), straight alpha, as large as the clip's pictures.

    `picture` RGB uint8 (H, W, 3) is that frame, without the paint: shading compares others with it.
    """

    frame: int
    paint: NDArray[np.uint8]
    picture: NDArray[np.uint8]
    mesh: Mesh


def at_rest(mesh: Mesh, frame: int) -> Placement:
    """Return a mesh as it lies on its own frame: all of it seen."""
    return Placement(frame, mesh.vertices, np.ones(len(mesh.vertices), np.float32), 1.0)


def mesh_over(region: NDArray[np.bool_], spacing_px: float | None = None) -> Mesh:
    """Return a mesh that covers `region`, bool (H, W), and a few pixels around it.

    `region` is where paint is (alpha above 0), or the mask of the object that is painted on, which holds better. The
    mesh is regular, with `spacing_px` between vertices: by default 8 px, more where that would be over 600 vertices.
    It may have parts that do not touch. Raises ValueError for an empty region.
    """
    if not region.any():
        raise ValueError("there is nothing to put a mesh over")
    apart = cv2.distanceTransform((~np.pad(region, 1)).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    if spacing_px is not None:
        return _lattice_over(region, apart, spacing_px)
    spacing_px = LEAST_SPACING_PX
    while len((mesh := _lattice_over(region, apart, spacing_px)).vertices) > MOST_VERTICES:
        spacing_px *= max(1.1, math.sqrt(len(mesh.vertices) / MOST_VERTICES))
    return mesh


def _lattice_over(region: NDArray[np.bool_], apart: NDArray[np.float32], spacing_px: float) -> Mesh:
    """Return the triangles of a lattice that cover `region`; `apart` is how far each pixel is from it, padded by 1."""
    rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    room = _RIM_PX + spacing_px
    left, top = columns[0] - room, rows[0] - room
    width, height = columns[-1] + room - left, rows[-1] + room - top
    down = spacing_px * math.sqrt(3) / 2
    n_rows, n_columns = math.ceil(height / down) + 1, math.ceil(width / spacing_px) + 2
    row, column = np.mgrid[:n_rows, :n_columns]
    lattice = np.stack([left + spacing_px * (column - 0.5 * (row % 2)), top + down * row], -1).reshape(-1, 2)
    triangles = _lattice_triangles(n_rows, n_columns)
    # A pixel is no further from the middle of its triangle than a corner is.
    reach = _RIM_PX + spacing_px / math.sqrt(3)
    middles = lattice[triangles].mean(1) + 1
    nearest = np.clip(np.rint(middles), 0, np.array(apart.shape[::-1]) - 1).astype(int)
    # Beyond the picture the way goes on from its edge.
    far = apart[nearest[:, 1], nearest[:, 0]] + np.hypot(*(middles - nearest).T)
    kept = triangles[far <= reach]
    used = np.unique(kept)
    number = np.full(len(lattice), -1, np.int32)
    number[used] = np.arange(len(used), dtype=np.int32)
    return Mesh(lattice[used].astype(np.float32), number[kept])


def _lattice_triangles(n_rows: int, n_columns: int) -> NDArray[np.int64]:
    """Return the triangles of a lattice whose odd rows lie half a step to the left, int64 (T, 3)."""
    row, column = (index.ravel() for index in np.mgrid[: n_rows - 1, : n_columns - 1])
    here = row * n_columns + column
    right, below, across = here + 1, here + n_columns, here + n_columns + 1
    is_odd = (row % 2 == 1)[:, None]
    first = np.where(is_odd, np.stack([here, right, below], 1), np.stack([here, right, across], 1))
    second = np.where(is_odd, np.stack([right, across, below], 1), np.stack([here, across, below], 1))
    return np.concatenate([first, second])
