"""Pixelated semantic colorization: colour embedding f, semantic head h and autoregressive generator g (chapter 2)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from engines.colour.generator import Generator
from engines.colour.layers import GatedBlock, NormedConv
from engines.colour.sizes import N_PARAMETERS, PARALLEL_DILATIONS, NetworkSize


class Seen(NamedTuple):
    """What f and h make of luminance, each (B, C, h, w) at a quarter of its side.

    `condition` is what g is told: the embedding and the classes' scores side by side. `answer` has the parameters of
    the colours that f alone expects, see `mixture`.
    """

    condition: Tensor
    answer: Tensor
    classes: Tensor


class ColourNetwork(nn.Module):
    """The three parts, trained together. Ours differs from the printed tables in one 1x1 convolution.

    The base code reads the first 80 channels of the embedding as f's answer; here a convolution makes them, so that
    the embedding can be narrower than that.
    """

    def __init__(self, size: NetworkSize) -> None:
        super().__init__()
        self.size = size
        w1, w2, w3, w4 = size.widths
        n1, n2, n3, _, n5 = size.blocks
        bottom: list[nn.Module] = [NormedConv(1, w1), *self._blocks(w1, n1, 1)]
        bottom += [NormedConv(w1, w2, stride=2), *self._blocks(w2, n2, 1)]
        bottom += [NormedConv(w2, w3, stride=2), *self._blocks(w3, n3, 1)]
        if size.n_shared_rows == 8:
            bottom += self._rows_7_and_8()
        self.bottom = nn.Sequential(*bottom)
        own = size.n_shared_rows == 6
        self.f = nn.Sequential(
            *(self._rows_7_and_8() if own else ()),
            NormedConv(w4, w4),
            *self._blocks(w4, n5, 4),
            NormedConv(w4, size.embedding),
        )
        self.answer = NormedConv(size.embedding, N_PARAMETERS, (1, 1), scale=0.1)
        self.h = nn.Sequential(*(self._rows_7_and_8() if own else ()), NormedConv(w4, w4), *self._blocks(w4, n5, 2))
        self.heads = nn.ModuleList(
            NormedConv(w4, size.n_classes, dilation=dilation, scale=0.3) for dilation in PARALLEL_DILATIONS
        )
        self.g = Generator(size)

    def _blocks(self, width: int, count: int, dilation: int) -> list[nn.Module]:
        size = self.size
        return [
            GatedBlock(width, is_doubled=size.is_doubled, dropout=size.dropout, dilation=dilation) for _ in range(count)
        ]

    def _rows_7_and_8(self) -> list[nn.Module]:
        *_, w3, w4 = self.size.widths
        return [NormedConv(w3, w4), *self._blocks(w4, self.size.blocks[3], 2)]

    def see(self, luminance: Tensor) -> Seen:
        """Return what f and h make of luminance in -1..1, (B, 1, H, W) with sides that 4 divides."""
        shared = self.bottom(luminance.contiguous(memory_format=torch.channels_last))
        embedding = self.f(shared)
        top = self.h(shared)
        classes = torch.stack([head(top) for head in self.heads]).sum(0)
        return Seen(torch.cat([embedding, classes], 1), self.answer(embedding), classes)

    def forward(self, luminance: Tensor, chroma: Tensor) -> tuple[Seen, Tensor]:
        """Return what is seen, and g's parameters (B, 80, h, w) for each cell given the chroma before it.

        `chroma` is a and b in -1..1, (B, 2, h, w), in the order of rows, and in a row from the left.
        """
        seen = self.see(luminance)
        return seen, self.g(chroma, seen.condition)
