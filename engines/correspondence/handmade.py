"""Features without training: colours and gradients of a cell and of those around it.

What a trained encoder must beat, and what matching runs on where there are no weights.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engines.correspondence.colour import lab
from engines.correspondence.encoder import Encoder, Features, unit, unnormalised

_N_ORIENTATIONS = 8
_COLOUR_SCALE = 0.04
"""Of Lab (L in 0..100) against the constant channel 1: at a temperature of 0.07, a distance of 10 costs 1/e."""

_GRADIENT_SCALE = 0.35
_AROUND = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
"""Cells whose colours a feature holds, as (rows, columns) from its own."""


class HandmadeEncoder(Encoder):
    """Mean Lab of a cell and its four neighbours, a histogram of gradient directions, and a constant.

    The constant makes unit vectors compare as distances do: ``cos = 1 - d^2 / 2`` to first order. Stride 8
    and 4, 24 channels each, no parameters; cells are centred on multiples of the stride.
    """

    n_channels = 3 * len(_AROUND) + _N_ORIENTATIONS + 1
    n_fine_channels = n_channels

    def forward(self, pictures: Tensor) -> Features:
        """Return the features of `pictures`; see `Encoder.forward`."""
        with torch.autocast(pictures.device.type, enabled=False):
            colours = lab(unnormalised(pictures.float()))
            gradients = _gradients(colours[:, :1])
            return Features(_describe(colours, gradients, self.stride), _describe(colours, gradients, 4))


def _gradients(light: Tensor) -> Tensor:
    """Return the strength of the gradient of `light` (B, 1, H, W) in each direction, (B, orientations, H, W)."""
    padded = functional.pad(light, (1, 1, 1, 1), mode="replicate")
    across = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    angles = torch.arange(_N_ORIENTATIONS, device=light.device) * (2 * torch.pi / _N_ORIENTATIONS)
    turned = across * angles.cos().view(1, -1, 1, 1) + down * angles.sin().view(1, -1, 1, 1)
    return functional.relu(turned)


def _describe(lab: Tensor, gradients: Tensor, stride: int) -> Tensor:
    """Return unit features (B, C, ceil(H / stride), ceil(W / stride)) from Lab and gradients at full size."""
    colours = _cells(lab, stride) * _COLOUR_SCALE
    rows, columns = colours.shape[2:]
    padded = functional.pad(colours, (1, 1, 1, 1), mode="replicate")
    around = [padded[..., 1 + r : 1 + r + rows, 1 + c : 1 + c + columns] for r, c in _AROUND]
    shape = functional.normalize(_cells(gradients, stride) + 0.5, dim=1) * _GRADIENT_SCALE
    around = [part * (1.0 if place == 0 else 0.5) for place, part in enumerate(around)]
    return unit(torch.cat([*around, shape, torch.ones_like(shape[:, :1])], 1))


def _cells(values: Tensor, stride: int) -> Tensor:
    """Return the means of `values` (B, C, H, W) over squares around multiples of the stride."""
    height, width = values.shape[2:]
    rows, columns = -(-height // stride), -(-width // stride)
    below, right = stride * rows - height, stride * columns - width
    padded = functional.pad(
        values, (stride // 2, right + stride // 2, stride // 2, below + stride // 2), mode="replicate"
    )
    return functional.avg_pool2d(padded, stride, stride)[..., :rows, :columns]
