"""What a network holds for likely at each cell, and what of that goes with colours told from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """A mixture of normal distributions of a and b at each cell; float32, of k parts on (h, w) cells.

    `shares` (k, h, w) add up to 1; `means` and `deviations` are (2, k, h, w), a first.
    """

    shares: NDArray[np.float32]
    means: NDArray[np.float32]
    deviations: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.shares.shape[1], self.shares.shape[2]

    @property
    def mean(self) -> NDArray[np.float32]:
        """Return the expected a and b, (h, w, 2)."""
        return np.moveaxis((self.shares * self.means).sum(1), 0, -1)

    def given(self, chroma: NDArray[np.float32], doubt: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the expected a and b, (h, w, 2), once `chroma` (h, w, 2) is told with the deviation `doubt` (h, w).

        Bayes' rule with the mixture as prior: parts that go with what is told count for more, and each moves there.
        """
        told = np.moveaxis(chroma, -1, 0)[:, None]
        own, other = self.deviations**2, (doubt**2)[None, None]
        total = own + other
        log_share = np.log(self.shares + 1e-9) - 0.5 * ((told - self.means) ** 2 / total + np.log(total)).sum(0)
        shares = np.exp(log_share - log_share.max(0))
        shares /= shares.sum(0)
        moved = (self.means * other + told * own) / total
        return np.moveaxis((shares * moved).sum(1), 0, -1).astype(np.float32)
