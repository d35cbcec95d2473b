"""What tells the object's pixels from those around it: logistic regression, balanced, by Newton's method."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

_RIDGE = 3e-3
_STEPS = 6


class PixelModel:
    """A linear function of hypercolumns and its odds. Any thread."""

    def __init__(self, values: NDArray[np.float32], label: NDArray[np.bool_]) -> None:
        """Learn from `values` (n, c) with their `label` (n,). Raises ValueError where one side has none."""
        n_inside = int(np.count_nonzero(label))
        if n_inside in (0, len(label)):
            raise ValueError("pixels of one side only teach nothing")
        share = np.where(label, 0.5 / n_inside, 0.5 / (len(label) - n_inside)).astype(np.float32)
        self._middle = values.mean(0)
        self._scale = 1 / np.maximum(values.std(0), 1e-3)
        x = torch.from_numpy(np.hstack([self._standard(values), np.ones((len(values), 1), np.float32)]))
        y, weight = torch.from_numpy(label.astype(np.float32)), torch.from_numpy(share)
        penalty = torch.full((x.shape[1],), _RIDGE)
        penalty[-1] = 1e-6
        function = torch.zeros(x.shape[1])
        for _ in range(_STEPS):
            p = torch.sigmoid(x @ function)
            slope = x.T @ (weight * (p - y)) + penalty * function
            curve = (x * (weight * p * (1 - p)).clamp(min=1e-9)[:, None]).T @ x + torch.diag(penalty)
            function = function - torch.linalg.solve(curve, slope)
        self._function = function.numpy()

    def log_odds(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return log(p / (1 - p)) of each of `values` (..., c) being the object's, bounded."""
        slope = self._function[:-1] * self._scale
        odds = values @ slope + (self._function[-1] - float(self._middle @ slope))
        return np.clip(odds, -6, 6).astype(np.float32)

    def _standard(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return (values - self._middle) * self._scale
