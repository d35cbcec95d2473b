"""Colours as people write them, and the colours that a screen has at one luminance."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engines.cie_lab import is_shown, to_lab, to_rgb

Notation = Literal["hex", "rgb", "lab"]
Lab = tuple[float, float, float]

MOST_CHROMA = 110.0
"""No colour of sRGB has an a or b farther from grey."""
_NUMBER = re.compile(r"[-+−]?\d+(?:[.]\d+)?")
_EXAMPLES: dict[Notation, str] = {"hex": "#c81e28", "rgb": "200, 30, 40", "lab": "43.6, 63.4, 40.2"}


def read_colour(text: str, notation: Notation) -> Lab:
    """Return L, a and b of a colour that somebody wrote; three bare numbers are read as `notation` says.

    ``#c81e28``, ``#c24``, ``rgb(200, 30, 40)`` and ``lab(43.6, 63.4, 40.2)`` are read whatever the notation. Raises
    ValueError, saying what would be understood.
    """
    words = text.strip().lower()
    for name in ("rgb", "lab"):
        if words.startswith(name):
            words, notation = words[len(name) :].strip(" ()"), name
    digits = words.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{6}|[0-9a-f]{3}", digits) and (notation == "hex" or words.startswith("#")):
        digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
        return lab_of((int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)))
    values = [float(number.replace("−", "-")) for number in _NUMBER.findall(words)]
    is_clean = not _NUMBER.sub("", words).strip(" ,;")
    if len(values) == 3 and is_clean and notation == "lab" and _is_lab(values):
        return values[0], values[1], values[2]
    if len(values) == 3 and is_clean and notation == "rgb" and all(0 <= value <= 255 for value in values):
        return lab_of((round(values[0]), round(values[1]), round(values[2])))
    raise ValueError(f"{text.strip() or 'nothing'} is no colour; write it as {_EXAMPLES[notation]}")


def write_colour(lab: Lab, notation: Notation) -> str:
    """Return a colour as `read_colour` takes it; as hex and RGB the nearest that a screen shows."""
    if notation == "lab":
        return ", ".join(f"{value:.1f}" for value in lab)
    red, green, blue = rgb_of(lab)
    return f"#{red:02x}{green:02x}{blue:02x}" if notation == "hex" else f"{red}, {green}, {blue}"


def lab_of(rgb: tuple[int, int, int]) -> Lab:
    """Return L, a and b of one colour."""
    light, a, b = to_lab(np.array(rgb, np.uint8)).tolist()
    return light, a, b


def rgb_of(lab: Lab) -> tuple[int, int, int]:
    """Return one colour, 0 to 255; where no screen shows it, with less chroma."""
    red, green, blue = to_rgb(np.array(lab, np.float32)).tolist()
    return red, green, blue


def gamut_plane(luminance: float, side_px: int) -> NDArray[np.uint8]:
    """Return all colours of a luminance, RGBA uint8 (side, side, 4), clear where there is none.

    a grows to the right and b upwards, both from -`MOST_CHROMA` to `MOST_CHROMA`. 2 ms for 128 pixels.
    """
    steps = np.linspace(-MOST_CHROMA, MOST_CHROMA, side_px, dtype=np.float32)
    a, b = np.meshgrid(steps, steps[::-1])
    lab = np.stack([np.full_like(a, luminance), a, b], -1)
    inside = is_shown(lab)
    plane = np.zeros((side_px, side_px, 4), np.uint8)
    plane[inside, :3] = to_rgb(lab[inside])
    plane[inside, 3] = 255
    return plane


def _is_lab(values: list[float]) -> bool:
    return 0 <= values[0] <= 100 and all(abs(value) <= 128 for value in values[1:])
