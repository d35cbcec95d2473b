"""What every encoder is: a network that turns pictures into features to match, and how pictures are given to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from engines.device import Compute

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
"""Of ImageNet's pixels, which every published encoder was trained with; ours too, so that there is one way."""


@dataclass(frozen=True, slots=True)
class Features:
    """What an encoder sees in pictures: unit vectors along the channels, float32.

    `coarse` is (B, C, ceil(H / stride), ceil(W / stride)). `fine`, at stride 4, is
    (B, C', ceil(H / 4), ceil(W / 4)), or None where the encoder has no such head.
    """

    coarse: Tensor
    fine: Tensor | None


class Encoder(nn.Module):
    """What all encoders have in common.

    `stride` is that of the coarse features in pixels, and cell (row, col) of them is centred on pixel
    ``x = stride * col + centre, y = stride * row + centre``. The fine cells are centred on multiples of 4.
    """

    stride: int = 8
    centre: float = 0.0
    n_channels: int
    n_fine_channels: int = 0

    def forward(self, pictures: Tensor) -> Features:
        """Return the features of `pictures`, float32 (B, 3, H, W) as `picture_batch` gives them, any size."""
        raise NotImplementedError


def picture_batch(images: NDArray[np.uint8] | Tensor, compute: Compute) -> Tensor:
    """Return RGB images, uint8 (B, H, W, 3), as an encoder wants them: float32 (B, 3, H, W), channels last."""
    batch = torch.as_tensor(images).to(compute.device).permute(0, 3, 1, 2)  # a view: the memory is channels last
    return normalised(batch.float() / 255)


def normalised(rgb: Tensor) -> Tensor:
    """Return RGB in 0..1 less ImageNet's mean, over its deviation."""
    mean = torch.tensor(_MEAN, device=rgb.device).view(1, 3, 1, 1)
    return (rgb - mean) / torch.tensor(_STD, device=rgb.device).view(1, 3, 1, 1)


def unnormalised(pictures: Tensor) -> Tensor:
    """Return what `picture_batch` made as RGB in 0..1 again."""
    mean = torch.tensor(_MEAN, device=pictures.device).view(1, 3, 1, 1)
    return pictures * torch.tensor(_STD, device=pictures.device).view(1, 3, 1, 1) + mean


def unit(features: Tensor) -> Tensor:
    """Return features divided by their length along dimension 1, in float32."""
    return F.normalize(features.float(), dim=1)


@torch.inference_mode()
def encode(encoder: Encoder, images: NDArray[np.uint8], compute: Compute) -> Features:
    """Return the features of RGB images, uint8 (B, H, W, 3), without gradients."""
    with compute.autocast():
        return encoder(picture_batch(images, compute))
