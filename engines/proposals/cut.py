"""The cheapest border between an object and what is around it.

Xiao 2020, equation 2.2: each pixel pays for its label and each pair of neighbours for a border between them, less
where there is an edge. On two labels the relaxation to shares in [0, 1] is exact (Chambolle, "Total variation
minimization and a class of binary MRF models", EMMCVPR 2005): ours is solved by the primal-dual steps of Chambolle and
Pock (2011), whole arrays at a time, and ends near the cheapest cut rather than on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEP = 8**-0.5
"""The largest that converges on a grid of four neighbours."""


def border_prices(edges: NDArray[np.float32], smooth: float, sharpness: float) -> NDArray[np.float32]:
    """Return what a border costs between neighbours, float32 (2, h, w): to the right, then below; 0 on the last.

    `edges` is float32 (h, w) in [0, 1]. The thesis writes the edge's confidence itself, which would favour borders
    away from edges, and says the opposite in words: the words are followed.
    """
    price = np.zeros((2, *edges.shape), np.float32)
    price[0, :, :-1] = smooth * np.exp(-sharpness * np.maximum(edges[:, 1:], edges[:, :-1]))
    price[1, :-1] = smooth * np.exp(-sharpness * np.maximum(edges[1:], edges[:-1]))
    return price


def cut(log_odds: NDArray[np.float32], prices: NDArray[np.float32], n_steps: int = 60) -> NDArray[np.float32]:
    """Return each pixel's share in the object, float32 (..., h, w) in [0, 1], near 0 or 1; above a half is inside.

    `log_odds` is float32 (..., h, w), of one or more pictures; `prices`, (2, ..., h, w), as `border_prices` gives them.
    """
    gain = np.float32(_STEP) * log_odds
    share = (log_odds > 0).astype(np.float32)
    ahead = share.copy()
    push = np.zeros_like(prices)
    for _ in range(n_steps):
        push[0, ..., :-1] += np.float32(_STEP) * (ahead[..., 1:] - ahead[..., :-1])
        push[1, ..., :-1, :] += np.float32(_STEP) * (ahead[..., 1:, :] - ahead[..., :-1, :])
        np.clip(push, -prices, prices, out=push)
        spread = push[0] + push[1]
        spread[..., 1:] -= push[0, ..., :-1]
        spread[..., 1:, :] -= push[1, ..., :-1, :]
        new = np.clip(share + np.float32(_STEP) * spread + gain, 0, 1)
        ahead = 2 * new - share
        share = new
    return share
