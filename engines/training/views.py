"""Crops of frames under known warps: the same surface seen twice, with the truth of where each point went."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Affine = NDArray[np.float64]
"""(2, 3): takes a pixel (x, y, 1) of the crop to the pixel of the picture that it shows."""


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """How far a view may differ from the picture. Strong colour changes are left out: they cost some four points."""

    size_px: int = 144
    max_turn_deg: float = 20.0
    scales: tuple[float, float] = (0.6, 2.0)
    """Pixels of the crop for one of the picture, drawn evenly in the logarithm."""
    max_stretch: float = 0.2
    flip_share: float = 0.0
    grey_share: float = 0.3
    """Of views without colour, so that grey film can be matched too."""
    max_gain: float = 0.15
    max_offset: float = 12.0
    shift: float = 0.2
    """How far the centres of two views of one sample may lie apart, in crop sides."""


def random_affine(
    rng: np.random.Generator, settings: ViewSettings, width: int, height: int, centre: NDArray[np.float64]
) -> Affine:
    """Return where a random crop lies on a picture of this size, about `centre` (x, y) given as shares of it."""
    scale = math.exp(rng.uniform(*np.log(settings.scales)))
    # The crop may not be larger than the picture: what lies beyond is mirrored, and mirrors mislead.
    scale = max(scale, settings.size_px / min(width, height) * 0.9)
    turn = math.radians(rng.uniform(-settings.max_turn_deg, settings.max_turn_deg))
    stretch = math.exp(rng.uniform(-settings.max_stretch, settings.max_stretch) / 2)
    flip = -1 if rng.random() < settings.flip_share else 1
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    linear = turned @ np.diag([flip * stretch / scale, 1 / (stretch * scale)])
    half = settings.size_px / (2 * scale)
    middle = centre * (width, height) + rng.uniform(-settings.shift, settings.shift, 2) * settings.size_px / scale
    middle = np.clip(middle, half, np.maximum((width - half, height - half), half))
    offset = middle - linear @ np.full(2, (settings.size_px - 1) / 2)
    return np.column_stack([linear, offset])


def render(
    rng: np.random.Generator, settings: ViewSettings, image: NDArray[np.uint8], affine: Affine
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what the network sees and the true colours, both RGB uint8 (s, s, 3)."""
    size = (settings.size_px, settings.size_px)
    reduction = np.linalg.norm(affine[:, :2], axis=0).mean()
    if reduction > 1.5:
        image = cv2.blur(image, (round(reduction), round(reduction)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    true = cv2.warpAffine(image, affine, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    gain = 1 + rng.uniform(-settings.max_gain, settings.max_gain)
    offset = rng.uniform(-settings.max_offset, settings.max_offset)
    table = np.clip(np.arange(256) * gain + offset, 0, 255).astype(np.uint8)
    seen = cv2.LUT(true, table)
    if rng.random() < settings.grey_share:
        seen = cv2.cvtColor(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return seen, true


def between(source: Affine, target: Affine) -> Affine:
    """Return the map that takes a pixel of crop `source` to the pixel of crop `target` that shows the same."""
    back = cv2.invertAffineTransform(target)
    linear = back[:, :2] @ source[:, :2]
    return np.column_stack([linear, back[:, :2] @ source[:, 2] + back[:, 2]])
