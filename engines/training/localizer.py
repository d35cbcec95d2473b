"""The thesis's tracker: an affinity, three parameters of where the patch lies, and a crop of the features there.

Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.2.2. Where the thesis is silent
(temperature, layers of the localizer, the grid of the alignment error) the published code, TimeCycle, is
followed; places that say [code] are from there.

A frame has `n` x `n` cells and a patch `m` x `m`. Features are unit vectors, (B, C, n, n) and (B, C, m, m).
A *theta* is (x, y, angle), float32 (B, 3): where the middle of the patch's cells lies, 0 being the middle of the
frame's cells and 1 half a frame further, and by how many radians it is turned. Scale is fixed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

TEMPERATURE = 512**-0.5
"""Of the affinity [code]. The thesis prints none; without, a perfect match among 900 cells gets .3 % of the mass."""

_ALIGNED_POINTS = 20
"""A side of the grid on which two thetas are compared [code]."""
_SLOPE = 0.1  # of the leaky ReLU [code]


def affinity(frame: Tensor, patch: Tensor) -> Tensor:
    """Return how much of each patch cell i comes from each frame cell j, (B, n * n, m * m): a softmax over j."""
    logits = frame.flatten(2).transpose(1, 2) @ patch.flatten(2) / TEMPERATURE
    return logits.softmax(1)


def points_at(theta: Tensor, points: Tensor, share: float) -> Tensor:
    """Return where `points` (k, 2) of a patch lie on the frame, (B, k, 2); both in [-1, 1] over cells' outer edges.

    `share` is the side of the patch as a share of the frame's.
    """
    cos, sin = torch.cos(theta[:, 2]), torch.sin(theta[:, 2])
    turn = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)  # (B, 2, 2)
    return share * points @ turn.transpose(1, 2) + theta[:, None, :2]


def cell_points(m: int, device: torch.device | None = None) -> Tensor:
    """Return the middles (x, y) of `m` x `m` cells in [-1, 1], (m * m, 2), row by row."""
    middles = (torch.arange(m, device=device, dtype=torch.float32) * 2 + 1) / m - 1
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def sample_patch(frame: Tensor, theta: Tensor, m: int) -> Tensor:
    """Return the features of the patch at `theta`, read from those of the frame bilinearly: h of the thesis.

    They are made unit vectors again [code]. Beyond the frame there is nothing but zeros.
    """
    n = frame.shape[-1]
    where = points_at(theta, cell_points(m, frame.device), m / n).unflatten(1, (m, m))
    return F.normalize(F.grid_sample(frame, where, align_corners=False), dim=1)


def alignment_error(theta: Tensor, other: Tensor, share: float) -> Tensor:
    """Return the mean squared distance between the sampling grids of two thetas, (B,): l_theta."""
    side = torch.linspace(-1, 1, _ALIGNED_POINTS, device=theta.device)
    points = torch.cartesian_prod(side, side)
    return (points_at(theta, points, share) - points_at(other, points, share)).square().sum(-1).mean(-1)


def inlier_share(matches: Tensor, theta: Tensor) -> Tensor:
    """Return which share of the affinity (B, n * n, m * m) lies within about a cell of where `theta` says, (B,).

    A soft count of inliers [code]: what a patch cell matches outside the 3 x 3 cells about its place does not count.
    """
    n, m = (round(cells**0.5) for cells in matches.shape[1:])
    at = (points_at(theta, cell_points(m, matches.device), m / n) + 1) * n / 2 - 0.5  # in cells
    cells = torch.arange(n, device=matches.device, dtype=at.dtype)
    near = (2 - (at[..., None] - cells).abs()).clamp(0, 1)  # (B, m * m, 2, n): a 3 x 3 window, read bilinearly
    window = (near[..., 1, :, None] * near[..., 0, None, :]).flatten(-2)  # (B, m * m, n * n)
    return (matches.transpose(1, 2) * window).sum(-1).mean(-1)


class Localizer(nn.Module):
    """Reads theta off an affinity: g of the thesis. Kept weak, so that the burden falls on the features.

    The affinity (B, n * n, m * m) is seen as an m x m picture of n * n channels: two convolutions without padding
    and one linear layer [code], at 30 and 10 cells 4x4 to 128 and 4x4 to 64 channels, 1.98 M parameters. A
    small patch takes smaller kernels: at 15 and 5 cells 3x3 to 64 and 2x2 to 32, 0.14 M.
    """

    def __init__(self, n: int = 30, m: int = 10) -> None:
        super().__init__()
        (first, second), (width, narrow) = ((4, 4), (128, 64)) if m >= 7 else ((3, 2), (64, 32))
        left = m - first - second + 2
        if left < 1:
            raise ValueError(f"a patch of {m} x {m} cells is too small to be localized; give it at least 4 x 4")
        self.m = m
        self.conv1 = nn.Conv2d(n * n, width, first, bias=False)
        self.conv2 = nn.Conv2d(width, narrow, second, bias=False)
        self.linear = nn.Linear(narrow * left * left, 3)
        for conv in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.linear.weight, 0, 0.01)
        nn.init.zeros_(self.linear.bias)

    def forward(self, matches: Tensor) -> Tensor:
        """Return theta (B, 3) of an affinity (B, n * n, m * m)."""
        x = F.leaky_relu(self.conv1(matches.unflatten(2, (self.m, self.m))), _SLOPE)
        x = F.leaky_relu(self.conv2(x), _SLOPE)
        return self.linear(x.flatten(1))
