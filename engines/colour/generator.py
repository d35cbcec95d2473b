"""The autoregressive generator g: each cell's colour given those above it and to its left (PixelCNN++, two streams)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.colour.layers import GatedBlock, NormedConv
from engines.colour.sizes import N_PARAMETERS, NetworkSize

DOWN = (1, 1, 2, 0)
"""Padding (left, right, top, bottom) of the stream that sees whole rows."""
DOWN_RIGHT = (2, 0, 2, 0)
"""Of the one that sees of its own row only what lies to the left."""


class Generator(nn.Module):
    """Two streams: `u` at a cell knows of the rows above it, `v` also of the cells to its left.

    What is known of a cell's own colour is nothing, since the first layers are shifted by a row and by a cell.
    """

    def __init__(self, size: NetworkSize) -> None:
        super().__init__()
        width = size.generator_width
        condition = size.embedding + size.n_classes
        self.above = NormedConv(3, width, (2, 3), padding=(1, 1, 2, 0))
        self.above_right = NormedConv(3, width, (1, 3), padding=(1, 1, 1, 0))
        self.left = NormedConv(3, width, (2, 1), padding=(1, 0, 1, 0))
        self.u_blocks = nn.ModuleList(_block(size, condition, DOWN) for _ in range(size.generator_blocks))
        self.v_blocks = nn.ModuleList(_block(size, width + condition, DOWN_RIGHT) for _ in range(size.generator_blocks))
        self.out = NormedConv(width, N_PARAMETERS, (1, 1), scale=0.1)

    def forward(self, chroma: Tensor, condition: Tensor) -> Tensor:
        """Return mixture parameters (B, 80, h, w) of every cell, given `chroma` (B, 2, h, w) of those before it."""
        height, width = chroma.shape[2:]
        canvas = torch.cat([chroma, torch.ones_like(chroma[:, :1])], 1)  # the ones tell the border from grey
        u = self.above(canvas)[:, :, :height]
        v = self.above_right(canvas)[:, :, :height] + self.left(canvas)[:, :, :, :width]
        for u_block, v_block in zip(self.u_blocks, self.v_blocks, strict=True):
            u = u_block(u, condition)
            v = v_block(v, torch.cat([u, condition], 1))
        return self.out(F.elu(v))


def _block(size: NetworkSize, told: int, padding: tuple[int, int, int, int]) -> GatedBlock:
    return GatedBlock(
        size.generator_width, is_doubled=size.is_doubled, dropout=size.dropout, told=told, padding=padding
    )
