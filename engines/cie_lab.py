"""CIE L*a*b* of sRGB pictures under D65, both ways, in numpy: L in 0..100, a and b in about -108..98 (section 2.3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RGB_TO_XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0178, 0.1095, 0.8727))
"""Of linear sRGB, divided by the white point D65."""

_TO_LINEAR = np.where(
    np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
"""Linear light of each of the 256 values of a channel."""
_FROM_XYZ = np.linalg.inv(np.array(RGB_TO_XYZ)).astype(np.float32)
_SLOPE, _KNEE = 7.787, 16 / 116
_AT_ONCE = 1 << 18
_HALVINGS = 8
"""Of the search for the strongest chroma that a screen can show: within 1/256 of it."""


def to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return L, a and b, float32 (..., 3), of RGB uint8 (..., 3)."""
    xyz = _TO_LINEAR[rgb] @ np.array(RGB_TO_XYZ, np.float32).T
    root = np.where(xyz > 0.008856, np.cbrt(xyz), np.float32(_SLOPE) * xyz + np.float32(_KNEE))
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def to_rgb(lab: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return RGB uint8 (..., 3). Where no screen shows such a colour, chroma gives way: hue and luminance stay."""
    lab = np.asarray(lab, np.float32)
    flat = lab.reshape(-1, 3)
    found = np.empty(flat.shape, np.uint8)
    for part in _parts(len(flat)):
        linear = _linear(flat[part])
        outside = _is_outside(linear)
        if outside.any():
            linear[outside] = _linear(_within_gamut(flat[part][outside]))
        found[part] = _encoded(linear)
    return found.reshape(lab.shape)


def luminance(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return L alone, float32 (...), of RGB uint8 (..., 3)."""
    flat = rgb.reshape(-1, 3)
    found = np.empty(len(flat), np.float32)
    for part in _parts(len(flat)):
        y = _TO_LINEAR[flat[part]] @ np.array(RGB_TO_XYZ[1], np.float32)
        found[part] = np.where(y > 0.008856, 116 * np.cbrt(y) - 16, np.float32(116 * _SLOPE) * y)
    return found.reshape(rgb.shape[:-1])


def is_shown(lab: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which colours (..., 3) lie inside what sRGB can show, bool (...)."""
    return ~_is_outside(_linear(np.asarray(lab, np.float32)))


def _parts(n_pixels: int) -> Iterator[slice]:
    """Yield slices that cover all pixels: what is in between takes ten times the memory of a picture."""
    for first in range(0, n_pixels, _AT_ONCE):
        yield slice(first, first + _AT_ONCE)


def _within_gamut(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colours (N, 3) with as much of their chroma as can be shown."""
    share = np.zeros(len(lab), np.float32)
    step = np.float32(0.5)
    for _ in range(_HALVINGS):
        more = lab.copy()
        more[:, 1:] *= (share + step)[:, None]
        share[~_is_outside(_linear(more))] += step
        step /= 2
    within = lab.copy()
    within[:, 1:] *= share[:, None]
    return within


def _linear(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return linear light, which may lie outside 0..1."""
    y = (lab[..., 0] + 16) / 116
    root = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(root > 6 / 29, root**3, (root - np.float32(_KNEE)) / np.float32(_SLOPE))
    return xyz @ _FROM_XYZ.T


def _is_outside(linear: NDArray[np.float32]) -> NDArray[np.bool_]:
    tolerance = 0.0002
    red, green, blue = linear[..., 0], linear[..., 1], linear[..., 2]
    # Three at a time: numpy's own minimum along a row of three takes six times as long.
    least, most = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    return (least < -tolerance) | (most > 1 + tolerance)


def _encoded(linear: NDArray[np.float32]) -> NDArray[np.uint8]:
    linear = np.clip(linear, 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** np.float32(1 / 2.4) - 0.055)
    return np.rint(255 * coded).astype(np.uint8)
