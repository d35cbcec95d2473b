"""How well flow is found, by quality: the size of the pictures that it is found on, and how DIS runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2

from engines.propagation.pixel_links import PixelLinker
from engines.propagation.types import Quality

_LEAST_SIDE_PX = 16


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """One quality level: at which size it works, how many frames back it looks, and how DIS runs.

    The working picture has `share` of the clip's pixels, but between `least_pixels` (or all there are)
    and `most_pixels`.
    """

    share: float
    least_pixels: int
    most_pixels: int
    steps: tuple[int, ...]
    preset: int
    finest_scale: int
    link_seconds: float
    """Of one link both ways, per working megapixel."""


SETTINGS: dict[Quality, FlowSettings] = {
    "draft": FlowSettings(1 / 8, 50_000, 130_000, (1, 3), cv2.DISOPTICAL_FLOW_PRESET_FAST, 1, 0.33),
    "normal": FlowSettings(1 / 4, 100_000, 200_000, (1, 2, 4), cv2.DISOPTICAL_FLOW_PRESET_MEDIUM, 1, 0.55),
    "final": FlowSettings(1, 100_000, 520_000, (1, 2, 4, 8), cv2.DISOPTICAL_FLOW_PRESET_MEDIUM, 1, 0.5),
}


def pixel_linker(width: int, height: int, settings: FlowSettings) -> PixelLinker:
    """Return what finds links between working pictures of this size."""
    return PixelLinker(width, height, settings.preset, settings.finest_scale)


def working_size(width: int, height: int, settings: FlowSettings) -> tuple[int, int]:
    """Return the (width, height) at which a clip of this size is worked on; see `FlowSettings`."""
    pixels = min(max(settings.share * width * height, settings.least_pixels), settings.most_pixels)
    scale = min(1.0, math.sqrt(pixels / (width * height)))
    # DIS matches patches of 8 px over a pyramid: it needs some room even in a sliver of a picture.
    return max(_LEAST_SIDE_PX, round(width * scale)), max(_LEAST_SIDE_PX, round(height * scale))
