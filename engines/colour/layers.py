"""What all three parts of the network are built of: convolutions with normalised weights, and gated residual blocks.

After PixelCNN++ (Salimans et al. 2017), which the thesis's base code follows.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LAST_SCALE = 0.1
"""Of what a block adds at the start: a deep stack of them begins near the identity."""


class NormedConv(nn.Module):
    """A convolution whose kernels have a direction and a length of their own (weight normalisation).

    The first batch in training sets lengths and biases so that outputs have mean 0 and deviation `scale`. `padding`
    is (left, right, top, bottom), by default as much as keeps the size.
    """

    started: Tensor

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: tuple[int, int] = (3, 3),
        *,
        stride: int = 1,
        dilation: int = 1,
        padding: tuple[int, int, int, int] | None = None,
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        rows, columns = kernel
        self.direction = nn.Parameter(torch.randn(n_out, n_in, rows, columns) * 0.05)
        self.length = nn.Parameter(torch.ones(n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.register_buffer("started", torch.zeros(1))
        self.stride, self.dilation, self.scale = stride, dilation, scale
        around = dilation * (columns // 2), dilation * (rows // 2)
        self.padding = (around[0], around[0], around[1], around[1]) if padding is None else padding

    def weight(self) -> Tensor:
        """Return the kernels (out, in, rows, columns), float32."""
        norm = self.direction.flatten(1).norm(dim=1).clamp(min=1e-8)
        return self.direction * (self.length / norm).view(-1, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of x (B, in, h, w)."""
        left, right, top, bottom = self.padding
        is_even = left == right and top == bottom
        around = (top, left) if is_even else 0
        x = x if is_even else F.pad(x, self.padding)
        if self.training and not bool(self.started):
            self._start(x, around)
        weight = self.weight().to(memory_format=torch.channels_last)
        return F.conv2d(x, weight, self.bias, self.stride, around, self.dilation)

    @torch.no_grad()
    def _start(self, x: Tensor, around: tuple[int, int] | int) -> None:
        """Set lengths and biases by the first batch."""
        found = F.conv2d(x, self.weight(), None, self.stride, around, self.dilation).float()
        deviation, mean = torch.std_mean(found, (0, 2, 3))
        share = self.scale / deviation.clamp(min=1e-4)
        self.length.mul_(share)
        self.bias.copy_(-mean * share)
        self.started.fill_(1)


class Activation(nn.Module):
    """ELU, of x and of -x side by side where it is doubled."""

    def __init__(self, is_doubled: bool) -> None:
        super().__init__()
        self.factor = 2 if is_doubled else 1
        """Channels that come out for each that goes in."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, C, h, w) activated, (B, factor * C, h, w)."""
        return F.elu(torch.cat([x, -x], 1) if self.factor == 2 else x)


class GatedBlock(nn.Module):
    """x + p * sigmoid(q), where p and q are two convolutions of x and, in between, one of what it is told besides.

    `padding` is that of both 3x3 convolutions: on all sides, or on some only where a cell may not see what follows.
    """

    def __init__(
        self,
        width: int,
        *,
        is_doubled: bool,
        dropout: float,
        dilation: int = 1,
        told: int = 0,
        padding: tuple[int, int, int, int] | None = None,
    ) -> None:
        super().__init__()
        self.activation = Activation(is_doubled)
        factor = self.activation.factor
        self.first = NormedConv(factor * width, width, dilation=dilation, padding=padding)
        self.aside = NormedConv(factor * told, width, (1, 1)) if told else None
        self.dropout = nn.Dropout(dropout)
        self.second = NormedConv(factor * width, 2 * width, dilation=dilation, padding=padding, scale=_LAST_SCALE)

    def forward(self, x: Tensor, told: Tensor | None = None) -> Tensor:
        """Return the block of x (B, C, h, w)."""
        inner = self.first(self.activation(x))
        if self.aside is not None and told is not None:
            inner = (inner + self.aside(self.activation(told))) * math.sqrt(0.5)
        p, q = self.second(self.dropout(self.activation(inner))).chunk(2, 1)
        return x + p * torch.sigmoid(q)
