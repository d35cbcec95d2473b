"""The most rigid place of a mesh that agrees with what was measured of its surface.

Linear least squares. A triangle pays for leaving the similarity that its corners had at rest (the first step of
Igarashi et al., "As-Rigid-As-Possible Shape Manipulation", SIGGRAPH 2005, which lets size go, as the camera does), and
two neighbours for not sharing one affine map, so that a mesh bends smoothly and turns away from the camera for little.
Points are complex numbers x + iy here: a similarity is then one factor, and the system as large as there are vertices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import Delaunay

from engines.texture.mesh import Mesh, Pins, Placement

_HELD = 0.1
"""What a vertex pays for leaving its place while another is dragged: some four of them around it follow."""


@dataclass(frozen=True, slots=True)
class Stiffness:
    """What a mesh pays, beside the squared pixels by which a vertex misses what was measured around it.

    `similar` and `bend` weigh the squared pixels by which corners miss their similarity and neighbours' affine maps;
    `stay` the squared pixels away from where it was expected. `robust_px` is the error from which on a measurement
    counts little (Geman and McClure), in falling steps.
    """

    similar: float = 0.1
    bend: float = 1.0
    stay: float = 1e-5
    robust_px: tuple[float, ...] = (8.0, 4.0, 2.0)


class MeshFit:
    """Fits one mesh to measurements at fixed places of it. One thread."""

    def __init__(
        self, mesh: Mesh, corners: NDArray[np.int32], parts: NDArray[np.float32], stiffness: Stiffness | None = None
    ) -> None:
        """Measure where vertices `corners` (s, 3) are mixed by `parts` (s, 3), which add up to 1."""
        n_vertices, n_samples = len(mesh.vertices), len(corners)
        self._stiffness = stiffness or Stiffness()
        rows = np.repeat(np.arange(n_samples), 3)
        self._mix = coo_array((parts.ravel(), (rows, corners.ravel())), (n_samples, n_vertices)).tocsr()
        self._share = n_vertices / max(1, n_samples)
        self._rigid = rigidity(mesh, self._stiffness)

    def at(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where the measured places lie when the mesh lies at `vertices` (V, 2), float32 (s, 2)."""
        return (self._mix @ vertices).astype(np.float32)

    def solve(
        self,
        measured: NDArray[np.float32],
        weights: NDArray[np.float32],
        expected: NDArray[np.float32],
        pins: Pins | None = None,
    ) -> NDArray[np.float32]:
        """Return vertices float32 (V, 2) that agree with `measured` (s, 2) by `weights` (s,) in [0, 1].

        `expected` (V, 2) is where they were thought to be; measurements far from it count less at first. Vertices of
        `pins` come to lie where they are pinned, exactly.
        """
        target, guess = _complex(measured), _complex(expected)
        place = guess
        for robust_px in self._stiffness.robust_px:
            missed = np.abs(self._mix @ place - target)
            weight = self._share * weights / (1 + (missed / robust_px) ** 2) ** 2
            data = (self._mix.T @ diags_array(weight) @ self._mix).tocsc()
            stay = self._stiffness.stay * diags_array(np.ones(len(guess)))
            right = self._mix.T @ (weight * target) + self._stiffness.stay * guess
            place = _solved(csc_array(self._rigid + data + stay), right, pins)
        return _plane(place)


def dragged(mesh: Mesh, placement: Placement, pins: Pins) -> Placement:
    """Return a placement whose pinned vertices lie where they are pinned, the rest following as little as it must.

    Some milliseconds: what a person sees while dragging. Its shape before, not that at rest, is what is kept.
    """
    before = Mesh(placement.vertices, mesh.triangles)
    place = _complex(placement.vertices)
    rigid = rigidity(before, Stiffness(similar=1.0, bend=1.0))
    system = csc_array(rigid + _HELD * diags_array(np.ones(len(place))))
    found = _solved(system, _HELD * place, pins)
    return Placement(placement.frame, _plane(found), placement.visible, placement.confidence)


def rigidity(mesh: Mesh, stiffness: Stiffness) -> csc_array:
    """Return the quadratic form by which a mesh pays for its shape, Hermitian (V, V)."""
    z = _complex(mesh.vertices)
    every = np.concatenate([mesh.triangles, _bridges(mesh)])
    rows: list[NDArray[np.complex128]] = []
    places: list[NDArray[np.int32]] = []
    for turn in range(3):
        one, other, last = np.roll(every, turn, 1).T
        factor = _ratio(z[last] - z[one], z[other] - z[one])
        rows.append(np.sqrt(stiffness.similar / 3) * np.stack([factor - 1, -factor, np.ones_like(factor)], 1))
        places.append(np.stack([one, other, last], 1))
    form = _form(rows, places, len(z))
    pairs = _neighbours(mesh.triangles)
    if len(pairs):
        corners = np.stack([mesh.vertices[pairs[:, k]] for k in range(3)], 1).astype(np.float64)
        fourth = mesh.vertices[pairs[:, 3]].astype(np.float64)
        system = np.concatenate([corners, np.ones((len(pairs), 3, 1))], -1).transpose(0, 2, 1)  # (n, 3, 3)
        right = np.concatenate([fourth, np.ones((len(pairs), 1))], 1)[..., None]
        is_flat = np.abs(np.linalg.det(system)) < 1e-6
        system[is_flat] = np.eye(3)
        mix = np.linalg.solve(system, right)[..., 0]
        bend = np.sqrt(stiffness.bend) * np.concatenate([-mix, np.ones((len(pairs), 1))], 1)
        bend[is_flat] = 0
        form = form + _form([bend.astype(np.complex128)], [pairs], len(z))
    return csc_array(form)


def _form(rows: list[NDArray[np.complex128]], places: list[NDArray[np.int32]], n: int) -> csc_array:
    """Return R^H R of rows (m, k) at columns `places` (m, k)."""
    values, columns = np.concatenate(rows), np.concatenate(places)
    lines = np.repeat(np.arange(len(values)), values.shape[1])
    table = coo_array((values.ravel(), (lines, columns.ravel())), (len(values), n)).tocsr()
    return csc_array(table.conj().T @ table)


def _bridges(mesh: Mesh) -> NDArray[np.int32]:
    """Return triangles that hold parts together which do not touch, int32 (T, 3); none where there is one part."""
    n_vertices = len(mesh.vertices)
    part = np.arange(n_vertices)
    while True:  # the least number of a neighbour, until nothing changes
        least = part[mesh.triangles].min(1)
        found = part.copy()
        np.minimum.at(found, mesh.triangles.ravel(), np.repeat(least, 3))
        found = found[found]
        if (found == part).all():
            break
        part = found
    if len(np.unique(part)) == 1:
        return np.zeros((0, 3), np.int32)
    triangles = Delaunay(mesh.vertices.astype(np.float64)).simplices.astype(np.int32)
    parts = part[triangles]
    return triangles[(parts != parts[:, :1]).any(1)]


def _neighbours(triangles: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return for every two triangles with a common edge their vertices, the two of the edge first, int32 (n, 4)."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    apex = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    edges = np.sort(edges, 1)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    edges, apex = edges[order], apex[order]
    same = np.flatnonzero((edges[1:] == edges[:-1]).all(1))
    # The edge, one apex, the other one.
    found: NDArray[np.int32] = np.column_stack([edges[same], apex[same], apex[same + 1]]).astype(np.int32)
    return found


def _solved(system: csc_array, right: NDArray[np.complex128], pins: Pins | None) -> NDArray[np.complex128]:
    """Return the solution of `system` (V, V), with pinned vertices where they are pinned."""
    if pins is None or not len(pins.which):
        return splu(csc_array(system.astype(np.complex128))).solve(right.astype(np.complex128))
    found = np.empty(len(right), np.complex128)
    found[pins.which] = _complex(pins.positions)
    free = np.setdiff1d(np.arange(len(right)), pins.which)
    if len(free):
        rows = system.tocsr()[free]
        left = csc_array(rows[:, free].astype(np.complex128))
        found[free] = splu(left).solve(right[free] - rows[:, pins.which] @ found[pins.which])
    return found


def _ratio(one: NDArray[np.complex128], other: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return one / other, 0 where that has no sense."""
    return np.where(np.abs(other) > 1e-6, one / np.where(np.abs(other) > 1e-6, other, 1), 0)


def _complex(points: NDArray[np.float32]) -> NDArray[np.complex128]:
    return points[:, 0].astype(np.float64) + 1j * points[:, 1]


def _plane(points: NDArray[np.complex128]) -> NDArray[np.float32]:
    return np.column_stack([points.real, points.imag]).astype(np.float32)
