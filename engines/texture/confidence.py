"""How likely the place of a carried texture is right.

A logistic model of how sure the measurements are and how much of the surface is seen, fitted by
`docs/calibrate_textures.py` on rendered scenes whose truth is exact.
"""

from __future__ import annotations

import math

_CONSTANT, _PER_LOG_CERTAIN, _PER_SEEN = 6.96, 2.4, 0.48
_LEAST = 0.01


def chance_right(certain: float, seen: float) -> float:
    """Return the chance that the shown vertices are off by less than 3 px in the mean.

    `certain` and `seen`, in [0, 1], are means over the surface: how far measurements are believed all the way from an
    anchor, and how far it is seen.
    """
    return 1 / (1 + math.exp(-(_CONSTANT + _PER_LOG_CERTAIN * log_certain(certain) + _PER_SEEN * seen)))


def log_certain(certain: float) -> float:
    """Return the sign by which the model knows how sure measurements are."""
    return math.log(max(certain, 0.0) + _LEAST)
