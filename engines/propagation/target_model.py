"""What tells an object from its surroundings: a linear function of features, found in closed form.

Matching asks where a place was before; this asks whether it looks like the object at all, and answers at stride 4.
Ridge regression of the label on coarse and fine features, of the anchor for good and of late frames as they go.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.features import FrameFeatures

_RIDGE = 1e-3
_ANCHOR_SHARE = 0.5
_KEEP = 0.9
"""Share of the running sums that survives a frame: its memory is about ten frames."""

_CONSTANT = 0.3
"""A channel beside those of unit vectors, so that the function need not pass through zero."""


class TargetModel:
    """The function of one object. One thread."""

    def __init__(self, values: NDArray[np.float32], label: NDArray[np.float32]) -> None:
        """Learn from an anchor; see `learn`."""
        self._anchor = self._recent = _sums(values, label)
        self._solve()

    def learn(self, values: NDArray[np.float32], label: NDArray[np.float32]) -> None:
        """Follow a carried label: `values` (n, C) of the object and its surroundings, `label` (n) in [0, 1]."""
        found = _sums(values, label)
        if found is not None:
            self._recent = found if self._recent is None else _KEEP * self._recent + (1 - _KEEP) * found
            self._solve()

    def score(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how much each of `values` (n, C) looks like the object, from -1 to 1."""
        if self._function is None:
            return np.zeros(len(values), np.float32)
        return np.clip((torch.from_numpy(values) @ self._function).numpy(), -1, 1)

    def _solve(self) -> None:
        parts = [part for part in (self._anchor, self._recent) if part is not None]
        self._function: Tensor | None = None
        if parts:
            sums = _ANCHOR_SHARE * parts[0] + (1 - _ANCHOR_SHARE) * parts[-1]
            squares = sums[:, :-1].double() + _RIDGE * torch.eye(len(sums), dtype=torch.float64)
            self._function = torch.linalg.solve(squares, sums[:, -1].double()).float()


def described(features: FrameFeatures) -> NDArray[np.float32]:
    """Return coarse features brought to the fine cells, the fine ones and a constant, float32 (rows, columns, C)."""
    assert features.fine is not None
    fine, coarse = features.fine.float().cpu().numpy(), features.coarse.float().cpu().numpy()
    rows, columns = fine.shape[:2]
    by_both = _doubled(_doubled(coarse, rows).swapaxes(0, 1), columns).swapaxes(0, 1)
    return np.concatenate([by_both, fine, np.full((rows, columns, 1), _CONSTANT, np.float32)], -1)


def _doubled(values: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Return the first `length` of `values` and the means between neighbours along the first axis, alternating."""
    result = np.empty((2 * len(values), *values.shape[1:]), np.float32)
    result[::2] = values
    result[1:-1:2] = 0.5 * (values[:-1] + values[1:])
    result[-1] = values[-1]
    return result[:length]


def _sums(values: NDArray[np.float32], label: NDArray[np.float32]) -> Tensor | None:
    """Return the sums of squares and, last, of products with the label, (C, C + 1), both sides counting alike.

    None where there is only one side.
    """
    inside, outside = float(label.sum()), float((1 - label).sum())
    if min(inside, outside) < 1:
        return None
    # By torch, whose threads are counted: NumPy's would double the time of a frame waiting for one another.
    weighted = torch.from_numpy(values * (0.5 * (label / inside + (1 - label) / outside))[:, None]).T
    sides = torch.from_numpy(2 * label - 1)
    return torch.column_stack([weighted @ torch.from_numpy(values), weighted @ sides])
