"""What correspondence features are taught by. Nothing here needs a label.

Grids are square, with `n` cells a side; place (col, row) counts cells, (0, 0) the first one's centre.
Features are unit vectors, float32 (B, n * n, C), cells in row-major order.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

TEMPERATURE = 0.07
"""Of every softmax over matches (CRW, VFS and others train with .05 to .07)."""


def cells_of(features: Tensor) -> Tensor:
    """Return a feature map (B, C, n, n) as cells (B, n * n, C)."""
    return features.flatten(2).transpose(1, 2)


def grid(n: int, device: torch.device | None = None) -> Tensor:
    """Return the (col, row) of every cell, float32 (n * n, 2)."""
    rows, cols = torch.meshgrid(torch.arange(n, device=device), torch.arange(n, device=device), indexing="ij")
    return torch.stack([cols, rows], -1).reshape(-1, 2).float()


def places(affine: Tensor, n: int, stride: int) -> tuple[Tensor, Tensor]:
    """Return where each cell of one crop lies on the other, (B, n * n, 2) in cells, and which are inside, bool.

    `affine` (B, 2, 3) takes pixels of the one crop to pixels of the other, see `views.between`.
    """
    at = grid(n, affine.device) * stride
    to = (at @ affine[:, :, :2].transpose(1, 2) + affine[:, None, :, 2]) / stride
    return to, ((to >= 0) & (to <= n - 1)).all(-1)


def splat(place: Tensor, n: int) -> Tensor:
    """Return place (..., 2) as a distribution over the cells, (..., n * n): bilinear weights of the four around it."""
    cells = torch.arange(n, device=place.device, dtype=place.dtype)
    weight = (1 - (place[..., None] - cells).abs()).clamp(min=0)  # (..., 2, n)
    return (weight[..., 1, :, None] * weight[..., 0, None, :]).flatten(-2)


def equivariance_loss(queries: Tensor, keys: Tensor, target: Tensor, strangers: Tensor) -> Tensor:
    """Return the cross-entropy between where queries match and where they truly lie: dense InfoNCE.

    `queries` (B, q, C) against `keys` (B, k, C) and `strangers` (s, C), cells of other pictures that must never win;
    `target` (B, q, k) are distributions over the keys. After LIIR and DUL, with known warps for positives.
    """
    own = queries @ keys.transpose(1, 2)
    foreign = (queries @ strangers.T).expand(*own.shape[:2], -1)
    log_p = torch.cat([own, foreign], -1).div(TEMPERATURE).log_softmax(-1)[..., : own.shape[-1]]
    return -(target * log_p).sum(-1).mean()


def transition(source: Tensor, target: Tensor, edge_dropout: float, generator: torch.Generator) -> Tensor:
    """Return the walk's step probabilities (B, i, j) from the cells of one picture to those of the next.

    A share of the edges is cut at random, as in the contrastive random walk (Jabri et al. 2020, section 3.2).
    """
    logits = source @ target.transpose(1, 2) / TEMPERATURE
    if edge_dropout:
        cut = torch.rand(logits.shape, generator=generator, device=logits.device) < edge_dropout
        logits = logits.masked_fill(cut, -1e4)
    return logits.softmax(-1)


def walk_loss(steps: list[Tensor], target: Tensor) -> Tensor:
    """Return the cross-entropy between where a walk of `steps` ends and where it should, target (B, i, j)."""
    reached = steps[0]
    for step in steps[1:]:
        reached = reached @ step
    return -(target * (reached + 1e-6).log()).sum(-1).mean()


def reconstruction_loss(queries: Tensor, keys: Tensor, colours: Tensor, key_colours: Tensor) -> Tensor:
    """Return how badly the colours of queries are put together from those of the keys they match.

    After MAST (Lai et al. 2020), section 3: Huber loss in Lab; there the network sees two of three channels, here
    it often sees a grey picture. `colours` (B, q, 3) and `key_colours` (B, k, 3) are Lab, scaled to about one.
    """
    weight = (queries @ keys.transpose(1, 2) / TEMPERATURE).softmax(-1)
    return F.huber_loss(weight @ key_colours, colours, delta=0.1) * 20


def spread(features: Tensor) -> Tensor:
    """Return the mean cosine between cells (N, C) of different pictures: 1 means that the features have collapsed."""
    mean = features.mean(0)
    n = len(features)
    return ((mean @ mean) * n * n - n) / (n * (n - 1))
