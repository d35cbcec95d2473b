"""Pictures with alpha: as files have them, as a `Painting` has them, and one over another."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def multiplied(straight: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGBA uint8 (H, W, 4) with its colours multiplied by alpha, as a `Painting` has them."""
    return np.ascontiguousarray(cv2.cvtColor(straight, cv2.COLOR_RGBA2mRGBA))


def straight(multiplied: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGBA uint8 (H, W, 4) of a `Painting` with its colours as they are: what picture files have."""
    return np.ascontiguousarray(cv2.cvtColor(multiplied, cv2.COLOR_mRGBA2RGBA))


def over(under: NDArray[np.uint8], upper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `upper` laid over `under`, both RGBA uint8 (h, w, 4) with colours multiplied by alpha."""
    rest = 255 - upper[..., 3:].astype(np.uint16)
    found: NDArray[np.uint8] = (upper + (under * rest + 127) // 255).clip(0, 255).astype(np.uint8)
    return found
