"""Where the pixels of a picture are, and what a picture shows at positions between them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def pixel_grid(width: int, height: int) -> NDArray[np.float32]:
    """Return each pixel's own x and y, float32 (height, width, 2)."""
    return np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))


def fetch(values: NDArray[Any], positions: NDArray[np.float32]) -> NDArray[Any]:
    """Return `values` (H, W, ...) at `positions` (h, w, 2), bilinear, beyond the border the border's own."""
    return cv2.remap(values, positions, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
