"""What boxes look like, so that two of one object are alike and two of different ones are not.

The thesis describes a box by 4,096 numbers of a network that was taught with labels, one pass for each box. Ours are
the encoder's own features of the frame, computed once, their means over the parts of the box, whitened over the
clip: what everything in it has in common says nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.correspondence.frame_features import CellGrid
from engines.proposals.boxes import Boxes, Integral

_PARTS = 3
"""A box is described by so many by so many parts, which keep the layout."""

_N_KEPT = 128
_SHRINK = 0.1
"""Share of the mean variance that is added to each direction before whitening: the faintest are noise."""


def described_boxes(cells: NDArray[np.float32], grid: CellGrid, boxes: Boxes) -> NDArray[np.float16]:
    """Return what each of `boxes`, float32 (n, 4) in pixels of the picture that `grid` speaks of, shows.

    `cells` is float32 (rows, columns, c); the result float16 (n, parts * parts * c), each of length 1.
    """
    steps = np.array([grid.step_x, grid.step_y] * 2, np.float32)
    first = np.array([grid.first_x, grid.first_y] * 2, np.float32)
    on_grid = (boxes - 0.5 - first) / steps + 0.5  # cell borders are whole numbers
    shares = np.arange(_PARTS + 1, dtype=np.float32) / _PARTS
    across = on_grid[:, 0, None] + (on_grid[:, 2] - on_grid[:, 0])[:, None] * shares  # (n, parts + 1)
    down = on_grid[:, 1, None] + (on_grid[:, 3] - on_grid[:, 1])[:, None] * shares
    parts = np.empty((len(boxes), _PARTS, _PARTS, 4), np.float32)
    parts[..., 0], parts[..., 2] = across[:, None, :-1], across[:, None, 1:]
    parts[..., 1], parts[..., 3] = down[:, :-1, None], down[:, 1:, None]
    # A part thinner than a cell is the cell that its middle lies in.
    middle = (parts[..., :2] + parts[..., 2:]) / 2
    parts[..., :2] = np.minimum(np.rint(parts[..., :2]), np.floor(middle))
    parts[..., 2:] = np.maximum(np.rint(parts[..., 2:]), np.floor(middle) + 1)
    means = Integral(cells).means(parts).reshape(len(boxes), _PARTS * _PARTS * cells.shape[-1])
    lengths = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    return (means / lengths).astype(np.float16)


def whitened(looks: list[NDArray[np.float16]]) -> list[NDArray[np.float32]]:
    """Return the looks of all frames' boxes in coordinates in which those of the clip vary alike, each of length 1."""
    every = np.concatenate(looks).astype(np.float32)
    if len(every) == 0:
        return [np.zeros((0, 1), np.float32) for _ in looks]
    middle = every.mean(0)
    variances, directions = np.linalg.eigh(np.cov((every - middle).T))
    order = np.argsort(-variances)[:_N_KEPT]
    strengths = np.maximum(variances[order], 0)
    shrunk = strengths + max(_SHRINK * float(strengths.mean()), 1e-8)
    turn = (directions[:, order] / np.sqrt(shrunk)).astype(np.float32)
    found = []
    for frame in looks:
        turned = (frame.astype(np.float32) - middle) @ turn
        found.append(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-6))
    return found
