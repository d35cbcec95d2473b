"""Convolutional encoders: ours, and the residual networks that published weights are of.

`ResidualEncoder` is ours: two heads, a coarse one for meaning and a fine one for edges, small enough for a laptop.
`ResNetEncoder` is the thesis's (Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.3.1):
ResNet-18 or -50 without res5, res4 at stride 1; parameters are named as in torchvision, so that published weights go
in key by key.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.correspondence.colour import lab
from engines.correspondence.encoder import Encoder, Features, normalised, unit, unnormalised


def _conv_bn(n_in: int, n_out: int, kernel: int, stride: int = 1, dilation: int = 1) -> list[nn.Module]:
    padding = dilation * (kernel // 2)
    return [
        nn.Conv2d(n_in, n_out, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(n_out),
    ]


class _Residual(nn.Module):
    """Two 3x3 convolutions and a way around them (He et al. 2016), which projects where shapes differ."""

    def __init__(self, n_in: int, n_out: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_conv_bn(n_in, n_out, 3, stride),
            nn.ReLU(inplace=True),
            *_conv_bn(n_out, n_out, 3, dilation=dilation),
        )
        self.around = _downsample(n_in, n_out, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.around(x))


class ResidualEncoder(Encoder):
    """Ours: 3x3 stem to stride 4, a fine head there, residual blocks at stride 8, a coarse head.

    With `width` 16 (``small``): stem 16 at stride 2 and 32 at 4, one block of 32; two of 64, one of 96 and
    one of 96 with dilation 2 at stride 8; 1x1 heads of 64 and 32 channels. 0.47 M parameters, 3.5 G
    multiply-adds at 480 x 864; the coarse receptive field is about 200 px. With 32 (``large``) all
    widths but the fine head's are twice that: 1.9 M, 14 G.
    """

    def __init__(self, width: int = 16, n_channels: int = 64, n_fine_channels: int = 32) -> None:
        super().__init__()
        self.n_channels = n_channels
        self.n_fine_channels = n_fine_channels
        self.stem = nn.Sequential(
            *_conv_bn(3, width, 3, stride=2),
            nn.ReLU(inplace=True),
            *_conv_bn(width, 2 * width, 3, stride=2),
            nn.ReLU(inplace=True),
            _Residual(2 * width, 2 * width),
        )
        self.trunk = nn.Sequential(
            _Residual(2 * width, 4 * width, stride=2),
            _Residual(4 * width, 4 * width),
            _Residual(4 * width, 6 * width),
            _Residual(6 * width, 6 * width, dilation=2),
        )
        self.fine_head = nn.Conv2d(2 * width, n_fine_channels, 1)
        self.coarse_head = nn.Conv2d(6 * width, n_channels, 1)

    def forward(self, pictures: Tensor) -> Features:
        """Return both heads' features of `pictures`; see `Encoder.forward`."""
        low = self.stem(pictures)
        return Features(unit(self.coarse_head(self.trunk(low))), unit(self.fine_head(low)))


class _BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, n_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv_bn(n_in, width, 3, stride)
        self.conv2, self.bn2 = _conv_bn(width, width, 3)
        self.downsample = _downsample(n_in, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + self.downsample(x))


class _Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, n_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv_bn(n_in, width, 1)
        self.conv2, self.bn2 = _conv_bn(width, width, 3, stride)
        self.conv3, self.bn3 = _conv_bn(width, 4 * width, 1)
        self.downsample = _downsample(n_in, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        return F.relu(self.bn3(self.conv3(out)) + self.downsample(x))


def _downsample(n_in: int, n_out: int, stride: int) -> nn.Module:
    """Return the way around a block: straight where the shapes agree."""
    return nn.Identity() if n_in == n_out and stride == 1 else nn.Sequential(*_conv_bn(n_in, n_out, 1, stride))


class ResNetEncoder(Encoder):
    """ResNet-18 or -50 up to res4, which keeps res3's stride: 256 or 1024 channels at stride 8.

    2.8 M and 8.5 M parameters, 21.8 and 60.9 G multiply-adds at 480 x 864 and stride 8. The options are what
    published networks differ in. `stride` 4 keeps res3 at stride 4 too (what Spatial-then-Temporal scores best
    with). `n_projected` adds a 1x1 convolution without bias and a ReLU before the normalisation: 512 in the
    thesis's own code. `n_stages` 4 goes on through res5 at stride 1: 512 or 2048 channels. `pool` is what stands
    between the stem and res2, where ``none`` moves the halving into res4. `padding` is what convolutions see
    beyond the picture. `colour` is what the network sees of the picture, see `_SEEN_AS`.
    """

    def __init__(
        self,
        depth: Literal[18, 50],
        stride: Literal[4, 8] = 8,
        n_projected: int = 0,
        n_stages: Literal[3, 4] = 3,
        pool: Literal["max", "mean", "none"] = "max",
        padding: Literal["zeros", "reflect"] = "zeros",
        colour: Literal["rgb", "lightness", "lab"] = "rgb",
    ) -> None:
        super().__init__()
        if n_stages not in (3, 4) or padding not in ("zeros", "reflect") or n_projected < 0:
            raise ValueError(f"no ResNet has n_stages {n_stages}, padding {padding} and n_projected {n_projected}")
        block, counts = _RESNETS[depth]
        self.stride = stride
        self._pool = _POOLS[pool]
        self._seen = _SEEN_AS[colour]
        self._is_reflecting = padding == "reflect"
        self.conv1, self.bn1 = _conv_bn(3, 64, 7, 2)
        n_in = 64
        for number, step in enumerate(_STEPS[pool == "none", stride][:n_stages]):
            width = 64 << number
            blocks = [block(n_in, width, step)]
            n_in = width * block.expansion
            blocks += [block(n_in, width, 1) for _ in range(counts[number] - 1)]
            self.add_module(f"layer{number + 1}", nn.Sequential(*blocks))
        self.projection = nn.Conv2d(n_in, n_projected, 1, bias=False) if n_projected else None
        self.n_channels = n_projected or n_in
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and module.kernel_size != (1, 1):
                module.padding_mode = padding

    def forward(self, pictures: Tensor) -> Features:
        """Return the features of `pictures`; see `Encoder.forward`. There is no fine head."""
        rows, columns = (math.ceil(size / self.stride) for size in pictures.shape[-2:])
        if self._is_reflecting:  # which takes more cells than are beyond the edge
            pictures = at_least(pictures, _LEAST_REFLECTING)
        x = self._pool(F.relu(self.bn1(self.conv1(self._seen(pictures)))))
        for name, stage in self.named_children():
            x = stage(x) if name.startswith("layer") else x
        if self.projection is not None:
            x = F.relu(self.projection(x))
        return Features(unit(x[..., :rows, :columns]), None)


def at_least(pictures: Tensor, size: int) -> Tensor:
    """Return `pictures`, those narrower or lower than `size` pixels continued by their last column or row."""
    down, across = (max(0, size - there) for there in pictures.shape[-2:])
    return F.pad(pictures, (0, across, 0, down), mode="replicate") if down or across else pictures


def _lightness(pictures: Tensor) -> Tensor:
    """Return L of Lab three times, as UVC saw it: OpenCV's 8-bit L over 256, normalised as if it were RGB."""
    light = lab(unnormalised(pictures))[:, :1] * (255 / 100 / 256)
    return normalised(light.expand(-1, 3, -1, -1))


def _lab_channels(pictures: Tensor) -> Tensor:
    """Return Lab in -1..1, as Spatial-then-Temporal saw it."""
    light, a, b = lab(unnormalised(pictures)).split(1, 1)
    return torch.cat([light / 50 - 1, a / 127, b / 127], 1)


_LEAST_REFLECTING = 32
"""Pixels that leave res4 more than one cell."""
_RESNETS: dict[int, tuple[type[_BasicBlock] | type[_Bottleneck], tuple[int, int, int, int]]] = {
    18: (_BasicBlock, (2, 2, 2, 2)),
    50: (_Bottleneck, (3, 4, 6, 3)),
}
_STEPS = {(False, 8): (1, 2, 1, 1), (False, 4): (1, 1, 1, 1), (True, 8): (1, 2, 2, 1), (True, 4): (1, 2, 1, 1)}
"""Strides of the stages by whether nothing is pooled and by the stride of all together."""
_POOLS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": partial(F.max_pool2d, kernel_size=3, stride=2, padding=1),
    "mean": partial(F.avg_pool2d, kernel_size=3, stride=2, padding=1),
    "none": lambda x: x,
}
_SEEN_AS: dict[str, Callable[[Tensor], Tensor]] = {
    "rgb": lambda pictures: pictures,
    "lightness": _lightness,
    "lab": _lab_channels,
}
