"""How near colours are to the truth, how colourful pictures are, how much samples differ, how much colour flickers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.pixel_grid import fetch

Image = NDArray[np.uint8]


def psnr(image: Image, truth: Image) -> float:
    """Return the peak signal-to-noise ratio in dB of RGB uint8 (H, W, 3); 100 where both are the same."""
    error = float(np.mean((image.astype(np.float32) - truth) ** 2))
    return 100.0 if error == 0 else float(10 * np.log10(255**2 / error))


def chroma_rmse(chroma: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Return the root of the mean squared error of a and b, both (H, W, 2): the thesis's RMSE(a, b), table 2.4."""
    return float(np.sqrt(np.mean((chroma - truth) ** 2)))


def colourfulness(image: Image) -> float:
    """Return how colourful RGB uint8 (H, W, 3) is: Hasler and Süsstrunk 2003, M3. 0 is grey, 33 moderate, 82 much."""
    red, green, blue = np.moveaxis(image.astype(np.float32), -1, 0)
    one, other = red - green, (red + green) / 2 - blue
    return float(np.hypot(one.std(), other.std()) + 0.3 * np.hypot(one.mean(), other.mean()))


def likeness(image: Image, other: Image) -> float:
    """Return the structural similarity of two pictures of one size, RGB uint8, the mean of the channels.

    Wang et al. 2004 with a Gaussian window of deviation 1.5; samples of one picture have about .80 to .95 in the
    thesis, by the multiscale kind.
    """
    one, two = (each.astype(np.float32) for each in (image, other))

    def blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    mean_one, mean_two = blurred(one), blurred(two)
    spread_one, spread_two = blurred(one * one) - mean_one**2, blurred(two * two) - mean_two**2
    shared = blurred(one * two) - mean_one * mean_two
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_one * mean_two + c1) * (2 * shared + c2)
    found = top / ((mean_one**2 + mean_two**2 + c1) * (spread_one + spread_two + c2))
    inside = slice(5, -5)  # where the whole window lies on the picture
    return float(np.mean(found[inside, inside] if min(found.shape[:2]) > 10 else found))


def flicker(
    before: NDArray[np.float32], after: NDArray[np.float32], positions: NDArray[np.float32], weight: NDArray[np.float32]
) -> float:
    """Return how much chroma (H, W, 2) changes from one frame to the next along the flow, in steps of a and b.

    `positions` (H, W, 2) says where each pixel of `after` was; `weight` (H, W) how sure that is. NaN where it is sure
    nowhere.
    """
    moved = fetch(before, positions)
    change = np.hypot(*np.moveaxis(moved - after, -1, 0))
    total = float(weight.sum())
    return float((change * weight).sum() / total) if total > 0 else float("nan")
