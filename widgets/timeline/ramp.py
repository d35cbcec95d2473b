"""Colours of confidence: calm blue where a run was sure, amber where it was not. Knows no Qt.

Lightness rises as confidence falls, evenly in OKLab (Ottosson, 2020), so the order can be read without
seeing colour; blue against yellow is the pair that red-green blind people tell apart best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SURE_RGB = (42, 98, 168)
UNSURE_RGB = (247, 190, 66)
FLOOR = 0.4
"""Confidence at and below which the ramp ends: a mask that is half wrong is simply wrong."""

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def to_oklab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return OKLab, float64 (..., 3), of sRGB, uint8 (..., 3)."""
    value = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def from_oklab(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return sRGB, uint8 (..., 3), of OKLab, clipped to what a screen can show."""
    lms = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0, 1)
    value = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(value * 255).astype(np.uint8)


def _table() -> NDArray[np.uint8]:
    ends = to_oklab(np.array([UNSURE_RGB, SURE_RGB], dtype=np.uint8))
    share = np.linspace(0, 1, 256)[:, None]
    return from_oklab(ends[0] * (1 - share) + ends[1] * share)


RAMP = _table()
"""uint8 (256, 3) sRGB, from unsure to sure."""


def ramp_index(confidence: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the row of `RAMP` for each confidence in [0, 1]."""
    return np.round(np.clip((confidence - FLOOR) / (1 - FLOOR), 0, 1) * 255).astype(np.uint8)


def colour_of(confidence: float) -> tuple[int, int, int]:
    """Return the RGB of one confidence."""
    red, green, blue = RAMP[int(ramp_index(np.array([confidence], np.float32))[0])].tolist()
    return red, green, blue
