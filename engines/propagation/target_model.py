"""What tells an object from its surroundings: a linear function of features, found in closed form.

Matching asks where a place was before; this asks whether it looks like the object at all, and answers at stride 4.
Ridge regression of the label on coarse and fine features, of all the object's anchors for good and of late frames as
they go. Of a labelled frame only sums are kept, so that an anchor is learned once, and what a model made of the other
anchors explains of one left out costs no look at its frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.frame_features import FrameFeatures

_RIDGE = 1e-3
_ANCHORS_SHARE = 0.5
_KEEP = 0.9
"""Share of the running sums that survives a frame: its memory is about ten frames."""

_CONSTANT = 0.3
"""A channel beside those of unit vectors, so that the function need not pass through zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What one labelled frame teaches, both sides counting alike: all that a ridge regression needs of it.

    `squares` is (C, C), the mean of the outer products of values; `products` (C), that of values times label, the label
    from -1 to 1; `power` the mean square of the label.
    """

    squares: Tensor
    products: Tensor
    power: float

    @classmethod
    def of(cls, values: NDArray[np.float32], label: NDArray[np.float32]) -> Lesson | None:
        """Return that of `values` (n, C) of an object and its surroundings, `label` (n) in [0, 1].

        None where there is only one side.
        """
        inside, outside = float(label.sum()), float((1 - label).sum())
        if min(inside, outside) < 1:
            return None
        weights = 0.5 * (label / inside + (1 - label) / outside)
        sides = 2 * label - 1
        # By torch, whose threads are counted: NumPy's would double the time of a frame waiting for one another.
        weighted = torch.from_numpy(values * weights[:, None]).T
        squares, products = weighted @ torch.from_numpy(values), weighted @ torch.from_numpy(sides)
        return cls(squares, products, float((weights * sides**2).sum()))

    @classmethod
    def mean(cls, lessons: Sequence[Lesson], weights: Sequence[float] | None = None) -> Lesson:
        """Return the mean of some, one at least."""
        shares = [1 / len(lessons)] * len(lessons) if weights is None else weights
        pairs = list(zip(shares, lessons, strict=True))
        return cls(
            torch.stack([share * each.squares for share, each in pairs]).sum(0),
            torch.stack([share * each.products for share, each in pairs]).sum(0),
            sum(share * each.power for share, each in pairs),
        )

    def function(self) -> Tensor:
        """Return the linear function (C) that this lesson teaches."""
        squares = self.squares.double() + _RIDGE * torch.eye(len(self.squares), dtype=torch.float64)
        return torch.linalg.solve(squares, self.products.double()).float()

    def explained(self, function: Tensor) -> float:
        """Return which share of the label's mean square `function` explains: 1 all, 0 or less nothing."""
        error = function @ self.squares @ function - 2 * function @ self.products
        return -float(error) / self.power


def left_out(lessons: Sequence[Lesson]) -> float | None:
    """Return what is explained of each of `lessons` by the others, in the mean; None with less than two."""
    if len(lessons) < 2:
        return None
    found = []
    for number, lesson in enumerate(lessons):
        others = [*lessons[:number], *lessons[number + 1 :]]
        found.append(lesson.explained(Lesson.mean(others).function()))
    return float(np.mean(found))


class TargetModel:
    """The function of one object, of its anchors for good and of late frames as they go. One thread."""

    def __init__(self, anchors: Sequence[Lesson]) -> None:
        self._recent: Lesson | None = None
        self.look_back(anchors)

    def look_back(self, anchors: Sequence[Lesson]) -> None:
        """Take these for all that anchors teach."""
        self._anchors = Lesson.mean(anchors) if anchors else None
        self._solve()

    def learn(self, lesson: Lesson | None) -> None:
        """Follow a carried label; None teaches nothing."""
        if lesson is not None:
            before = self._recent or self._anchors
            self._recent = lesson if before is None else Lesson.mean([before, lesson], [_KEEP, 1 - _KEEP])
            self._solve()

    def score(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how much each of `values` (n, C) looks like the object, from -1 to 1."""
        if self._function is None:
            return np.zeros(len(values), np.float32)
        return np.clip((torch.from_numpy(values) @ self._function).numpy(), -1, 1)

    def _solve(self) -> None:
        parts = [part for part in (self._anchors, self._recent) if part is not None]
        self._function: Tensor | None = None
        if len(parts) == 2:
            self._function = Lesson.mean(parts, [_ANCHORS_SHARE, 1 - _ANCHORS_SHARE]).function()
        elif parts:
            self._function = parts[0].function()


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
