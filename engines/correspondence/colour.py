"""Colours as the eye weighs them, on tensors."""

from __future__ import annotations

import torch
from torch import Tensor

from engines.cie_lab import RGB_TO_XYZ


def lab(rgb: Tensor) -> Tensor:
    """Return CIE L*a*b* of sRGB values in 0..1, both (B, 3, H, W) float32: L in 0..100, a and b about -128..127."""
    with torch.autocast(rgb.device.type, enabled=False):  # the eighth bit of bfloat16 is not enough
        rgb = rgb.clamp(0, 1)
        linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        xyz = torch.einsum("oc,bchw->bohw", torch.tensor(RGB_TO_XYZ, device=rgb.device), linear)
        root = torch.where(xyz > 0.008856, xyz.clamp(min=1e-6) ** (1 / 3), 7.787 * xyz + 16 / 116)
        x, y, z = root.unbind(1)
        return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)
