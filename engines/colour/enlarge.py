"""Small chroma laid over full luminance, so that colour stops where luminance does.

Measured on 21 photographs of 256 px and 11 frames of 480p, from a truth of 32 cells a side: RMSE of a and b 1.73 and
2.98, bilinear 2.18 and 3.45, cubic 1.89 and 3.19, joint bilateral 1.89 and 3.00 in ten times the time, a guided filter
2.01 and 3.16.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SMOOTHNESS, _EDGE = 30.0, 4.0
"""Of the fast global smoother (Min et al. 2014), the second in steps of 8-bit luminance."""
_CORRECTIONS = 3


def enlarged(values: NDArray[np.float32], luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `values` (h, w, C) at the size of `luminance` (H, W), in 0..100, as float32 (H, W, C).

    Edges of luminance are followed by smoothing along them; what that takes from the means of the small cells is given
    back, so that reduced again they are what they were.
    """
    height, width = luminance.shape
    small = values.shape[1], values.shape[0]
    result = smoothed(_resized(values, (width, height)), luminance)
    for _ in range(_CORRECTIONS):
        again = cv2.resize(result, small, interpolation=cv2.INTER_AREA).reshape(values.shape)
        result += _resized(values - again, (width, height))
    return result


def smoothed(
    values: NDArray[np.float32], luminance: NDArray[np.float32], smoothness: float = _SMOOTHNESS
) -> NDArray[np.float32]:
    """Return `values` (H, W, C) smoothed but for where luminance (H, W) has edges."""
    guide = np.clip(luminance * np.float32(2.55), 0, 255).astype(np.uint8)
    channels = [np.ascontiguousarray(values[..., channel]) for channel in range(values.shape[2])]
    found = [cv2.ximgproc.fastGlobalSmootherFilter(guide, channel, smoothness, _EDGE) for channel in channels]
    return np.stack(found, -1)


def _resized(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_LINEAR).reshape(*size[::-1], -1)
