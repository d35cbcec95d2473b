"""Draws pictures from the generator one cell after another, exactly as its full pass would, without repeating it.

The stream that sees whole rows is computed once a row. Of the other one, what rows above contribute is computed once
a row too, and a cell adds only the three columns of its own row: small products over cached inputs, for all samples at
a time. In numpy, on the processor: a thousand cells in a row are a thousand waits for any other device.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from engines.colour.generator import Generator
from engines.colour.layers import GatedBlock, NormedConv
from engines.colour.mixture import LEAST_LOG_SCALE, USUAL_LOG_SCALE
from engines.colour.sizes import N_MIXTURES

Array = NDArray[Any]
"""Of float32."""
_LEAST_UNIFORM = 1e-5


class Chooser(Protocol):
    """Says which chroma a cell gets."""

    def choose(self, parameters: Array, row: int, column: int) -> Array:
        """Return a and b in -1..1, (B, 2), of the cell that has these parameters (B, 80)."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Chooses by chance: the same seed gives sample k the same chances, however many samples are drawn with it.

    `luminance` is (h, w) in -1..1. `temperature` 1 follows the model; below it keeps to what is likely, 0 to the
    likeliest alone.
    """

    luminance: Array
    uniforms: Array
    """(B, h, w, 12) between 0 and 1: for ten logistics, and for a and b."""
    temperature: float = 1.0

    @classmethod
    def seeded(cls, luminance: Array, seed: int, samples: Sequence[int], temperature: float = 1.0) -> Draws:
        """Return the draws of the samples of these numbers."""
        shape = (*luminance.shape, N_MIXTURES + 2)
        rngs = [np.random.default_rng((seed, number)) for number in samples]
        uniforms = np.stack([rng.uniform(_LEAST_UNIFORM, 1 - _LEAST_UNIFORM, shape) for rng in rngs])
        return cls(luminance, uniforms.astype(np.float32), temperature)

    def choose(self, parameters: Array, row: int, column: int) -> Array:
        """Return a and b; see `Chooser`."""
        logits, mean_a, mean_b, scale_a, scale_b, *rest = np.split(parameters, 8, 1)
        chance = self.uniforms[:, row, column]
        gumbel = -np.log(-np.log(chance[:, :N_MIXTURES]))
        chosen = (logits + self.temperature * gumbel).argmax(1)
        each = np.arange(len(chosen))
        a_by_l, b_by_l, b_by_a = (np.tanh(values[each, chosen]) for values in rest)
        lightness = self.luminance[row, column]
        noise = self.temperature * (np.log(chance[:, N_MIXTURES:]) - np.log1p(-chance[:, N_MIXTURES:]))
        spread_a, spread_b = (
            np.exp(np.maximum(scale[each, chosen] + USUAL_LOG_SCALE, LEAST_LOG_SCALE)) for scale in (scale_a, scale_b)
        )
        a = np.clip(mean_a[each, chosen] + a_by_l * lightness + spread_a * noise[:, 0], -1, 1)
        b = np.clip(mean_b[each, chosen] + b_by_l * lightness + b_by_a * a + spread_b * noise[:, 1], -1, 1)
        return np.stack([a, b], 1).astype(np.float32)


def sample_rows(generator: Generator, condition: Array, n_samples: int, chooser: Chooser) -> Iterator[Array]:
    """Yield the chroma of each row (B, w, 2) in -1..1 as it is drawn, from the top.

    `condition` (C, h, w) is what f and h make of the picture, shared by all samples.
    """
    return _Sampler(generator, condition, n_samples).rows(chooser)


class _Layer:
    """A convolution as a matrix: (taps * in, out), taps in the order of rows and columns."""

    def __init__(self, conv: NormedConv) -> None:
        weight = conv.weight().detach().float().cpu().numpy()
        self.kernel = weight.transpose(2, 3, 1, 0)  # rows, columns, in, out
        self.bias = conv.bias.detach().float().cpu().numpy()

    def rows(self, chosen: slice) -> Array:
        """Return the matrix of some of the kernel's rows."""
        part = self.kernel[chosen]
        return np.ascontiguousarray(part.reshape(-1, part.shape[-1]))


class _Block:
    """A gated block of either stream, with what it needs of the rows and columns before."""

    def __init__(
        self, block: GatedBlock, condition: Array, n_samples: int, n_u: int, own_columns: tuple[int, int]
    ) -> None:
        """Prepare for a picture; `n_u` is how many of what the block is told comes from the other stream."""
        self.is_doubled = block.activation.factor == 2
        assert block.aside is not None
        aside = _Layer(block.aside).rows(slice(None))
        factor = block.activation.factor
        told = aside.shape[0] // factor
        keeps = np.arange(aside.shape[0]) % told >= n_u
        height, width = condition.shape[1:]
        given = _activated(np.moveaxis(condition, 0, -1), self.is_doubled)
        self.fixed = given @ aside[keeps] + _Layer(block.aside).bias  # (h, w, C)
        self.by_u = aside[~keeps]
        self.first, self.second = _Layer(block.first), _Layer(block.second)
        left, right = own_columns
        n_in = self.first.kernel.shape[2]
        self.inputs = [np.zeros((n_samples, height + 2, width + left + right, n_in), np.float32) for _ in range(2)]
        self.left = left
        self.above = [layer.rows(slice(0, 2)) for layer in (self.first, self.second)]
        self.own = [layer.rows(slice(2, 3)) for layer in (self.first, self.second)]
        self.whole = [layer.rows(slice(None)) for layer in (self.first, self.second)]


class _Sampler:
    """All that is kept while one picture is drawn. One thread."""

    def __init__(self, generator: Generator, condition: Array, n_samples: int) -> None:
        self.height, self.width = condition.shape[1:]
        self.n_samples = n_samples
        self.above, self.above_right, self.left = (
            _Layer(conv) for conv in (generator.above, generator.above_right, generator.left)
        )
        width = len(self.above.bias)
        self.u_blocks = [_Block(block, condition, n_samples, 0, (1, 1)) for block in _blocks(generator.u_blocks)]
        self.v_blocks = [_Block(block, condition, n_samples, width, (2, 0)) for block in _blocks(generator.v_blocks)]
        self.out = _Layer(generator.out)
        # One row above the first two, and a column either side: what the padding of the first layers sees.
        self.canvas = np.zeros((n_samples, self.height + 2, self.width + 2, 3), np.float32)
        self.canvas[:, 2:, 1:-1, 2] = 1

    def rows(self, chooser: Chooser) -> Iterator[Array]:
        """Yield row after row."""
        for row in range(self.height):
            yield self._row(row, chooser)

    def _row(self, row: int, chooser: Chooser) -> Array:
        canvas = self.canvas
        u = _patches(canvas[:, row : row + 2], 3) @ self.above.rows(slice(None)) + self.above.bias
        us = []
        for block in self.u_blocks:
            u = self._u_block(block, u, row)
            us.append(u)
        start = _patches(canvas[:, row + 1 : row + 2], 3) @ self.above_right.rows(slice(None)) + self.above_right.bias
        # The cell to the left: its row above is known, its own row is drawn cell by cell. Of no cell there is nothing.
        start += canvas[:, row + 1, : self.width] @ self.left.rows(slice(0, 1)) + self.left.bias
        own_left = self.left.rows(slice(1, 2))
        prepared = [self._prepared(block, given, row) for block, given in zip(self.v_blocks, us, strict=True)]
        out, out_bias = self.out.rows(slice(None)), self.out.bias
        for column in range(self.width):
            v = start[:, column] + canvas[:, row + 2, column] @ own_left
            for block, (first, second) in zip(self.v_blocks, prepared, strict=True):
                v = self._v_block(block, v, first, second, row, column)
            parameters = _activated(v, False) @ out + out_bias
            canvas[:, row + 2, column + 1, :2] = chooser.choose(parameters, row, column)
        return canvas[:, row + 2, 1:-1, :2].copy()

    def _u_block(self, block: _Block, u: Array, row: int) -> Array:
        """Return a row (B, w, C) of the stream that sees whole rows, through a block."""
        kept, inner_kept = block.inputs
        kept[:, row + 2, 1:-1] = _activated(u, block.is_doubled)
        inner = _patches(kept[:, row : row + 3], 3) @ block.whole[0] + block.first.bias + block.fixed[row]
        inner_kept[:, row + 2, 1:-1] = _activated(inner * np.float32(math.sqrt(0.5)), block.is_doubled)
        return u + _gated(_patches(inner_kept[:, row : row + 3], 3) @ block.whole[1] + block.second.bias)

    def _prepared(self, block: _Block, u: Array, row: int) -> tuple[Array, Array]:
        """Return what both convolutions of a block of the other stream get from the rows above, u and the picture."""
        first, second = (
            _patches(kept[:, row : row + 2], 3) @ above for kept, above in zip(block.inputs, block.above, strict=True)
        )
        told = _activated(u, block.is_doubled) @ block.by_u + block.fixed[row]
        return first + block.first.bias + told, second + block.second.bias

    def _v_block(self, block: _Block, v: Array, first: Array, second: Array, row: int, column: int) -> Array:
        """Return a cell (B, C) of the other stream through a block."""
        kept, inner_kept = block.inputs
        own = slice(column, column + 3)
        kept[:, row + 2, column + 2] = _activated(v, block.is_doubled)
        inner = first[:, column] + kept[:, row + 2, own].reshape(self.n_samples, -1) @ block.own[0]
        inner_kept[:, row + 2, column + 2] = _activated(inner * np.float32(math.sqrt(0.5)), block.is_doubled)
        return v + _gated(second[:, column] + inner_kept[:, row + 2, own].reshape(self.n_samples, -1) @ block.own[1])


def _blocks(blocks: torch.nn.ModuleList) -> list[GatedBlock]:
    return [block for block in blocks if isinstance(block, GatedBlock)]


def _patches(rows: Array, n_columns: int) -> Array:
    """Return for each place of padded rows (B, r, w + n - 1, C) its neighbourhood, (B, w, r * n * C)."""
    width = rows.shape[2] - n_columns + 1
    parts = [rows[:, row, at : at + width] for row in range(rows.shape[1]) for at in range(n_columns)]
    return np.concatenate(parts, -1)


def _activated(x: Array, is_doubled: bool) -> Array:
    """Return ELU of x, and of -x beside it where it is doubled."""
    if is_doubled:
        x = np.concatenate([x, -x], -1)
    return np.maximum(x, 0) + np.expm1(np.minimum(x, 0))


def _gated(x: Array) -> Array:
    """Return p * sigmoid(q) of the two halves."""
    half = x.shape[-1] // 2
    return x[..., :half] / (1 + np.exp(-x[..., half:]))
