"""How masks look: which colours stand for a covered pixel, an outline, a proposal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

STRIPE_PX = 5
HATCH_PX, HATCH_LINE_PX = 9, 2
FILL, LINE, SHADOW = 0b111_000_00, 0b000_111_00, 0b000_000_11
"""The bits of a code: how much fill, line and shadow there is on a pixel."""
FILL_GAP, LINE_GAP = 0b010_000_00, 0b000_010_00
"""What is left of them between stripes and dashes."""
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """How one kind of label is drawn. Strengths lie in [0, 1]."""

    fill: float
    """Times the view's opacity."""
    line: float
    shadow: float = 0.8
    """Of the dark rim that parts the selected object's outline from a bright picture; others have half of it."""
    is_striped: bool = False
    is_dashed: bool = False
    is_crossed: bool = False
    """Whether it is hatched both ways, with nothing between the lines."""


LOOKS: dict[tuple[bool, bool], Look] = {
    (False, False): Look(fill=1.0, line=1.0),
    (False, True): Look(fill=1.0, line=0.7, is_dashed=True),
    (True, False): Look(fill=1.0, line=1.0, is_striped=True, is_dashed=True),
    (True, True): Look(fill=0.7, line=0.7, is_striped=True, is_dashed=True),
}
"""By (is a proposal, is stale)."""
VOID = Look(fill=1.0, line=0.7, shadow=0.8, is_crossed=True)
"""Pixels left out of scores: hatched both ways, so that it is seen what they cover."""
GHOST = Look(fill=0.0, line=0.5, shadow=0.0)
"""A neighbouring frame's mask, shown as its outline only."""


def kernel(radius_px: int) -> NDArray[np.uint8]:
    """Return the disc with which outlines are grown."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1,) * 2)


def hatching(shape: tuple[int, int], phase: tuple[int, int]) -> NDArray[np.uint8]:
    """Return diagonal lines both ways, uint8 (h, w) of `FILL` and 0. `phase` is the (x, y) of the first pixel."""
    height, width = shape
    x, y = np.arange(width) + phase[0], np.arange(height)[:, None] + phase[1]
    return np.where(((x + y) % HATCH_PX < HATCH_LINE_PX) | ((x - y) % HATCH_PX < HATCH_LINE_PX), FILL, 0).astype(
        np.uint8
    )


@lru_cache(maxsize=256)
def colour_table(colour: Colour, line_colour: Colour, fill: float, line: float, shadow: float) -> list[int]:
    """Return the ARGB value, not premultiplied, for each of the 256 codes.

    The line lies over the fill, the fill over the black shadow. So few steps are enough for smooth edges, and one
    look-up for all three is several times as fast as blending them.
    """
    codes = np.arange(256)
    fill_alpha, line_alpha, shadow_alpha = (
        fill * (codes >> 5) / 7,
        line * (codes >> 2 & 7) / 7,
        shadow * (codes & 3) / 3,
    )
    rest = (1 - line_alpha) * fill_alpha
    alpha = 1 - (1 - line_alpha) * (1 - fill_alpha) * (1 - shadow_alpha)
    rgb = np.outer(line_alpha, line_colour) + np.outer(rest, colour)  # (256, 3)
    rgb /= np.maximum(alpha, 1e-6)[:, None]
    argb = np.round(np.column_stack((255 * alpha, rgb))).astype(np.uint32)
    return (argb[:, 0] << 24 | argb[:, 1] << 16 | argb[:, 2] << 8 | argb[:, 3]).tolist()


def stripes(shape: tuple[int, int], phase: tuple[int, int], on: int, off: int) -> NDArray[np.uint8]:
    """Return diagonal stripes of two values, uint8 (h, w). `phase` is the (x, y) of the first pixel.

    A view on one line that is read with overlap: no memory, no time.
    """
    height, width = shape
    line = np.where((np.arange(height + width) + phase[0] + phase[1]) // STRIPE_PX % 2 == 0, on, off).astype(np.uint8)
    return np.lib.stride_tricks.as_strided(line, (height, width), (1, 1), writeable=False)


def lightened(colour: Colour, share: float) -> Colour:
    """Return `colour` mixed with white."""
    red, green, blue = (round(value + (255 - value) * share) for value in colour)
    return (red, green, blue)
