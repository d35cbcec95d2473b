"""Colour hints as a file: a JSON list of `{"x": .., "y": .., "rgb": [r, g, b]}`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import UserError
from engines.colour.hints import DEFAULT_REACH, DEFAULT_WIDTH_PX, Hint, pixels_of
from engines.colour.lab import to_lab

_SHAPE = 'write a list of {"x": 120, "y": 80, "rgb": [200, 30, 40]}'


def read_hints(path: Path, width: int, height: int) -> list[Hint]:
    """Return the hints in a file, for a picture of that size.

    A scribble has "points", a list of [x, y], and maybe a "width" in pixels, instead of x and y. Any hint may have a
    "reach", a share of the picture's short side. Raises UserError, naming the hint, for what cannot be understood.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"There is no {path}", "check the name") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is no JSON", _SHAPE) from error
    if not isinstance(found, list):
        raise UserError(f"{path} holds no list of hints", _SHAPE)
    hints = []
    for number, entry in enumerate(found):
        try:
            hints.append(_hint(entry, width, height))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"Hint {number} of {path} is none ({_why(error)})", _SHAPE) from error
    return hints


def _why(error: Exception) -> str:
    return f"it has no {error.args[0]}" if isinstance(error, KeyError) else str(error)


def _hint(entry: Any, width: int, height: int) -> Hint:
    if not isinstance(entry, dict):
        raise TypeError("it is no object")
    rgb = entry["rgb"]
    if not isinstance(rgb, list) or len(rgb) != 3 or not all(type(v) is int and 0 <= v <= 255 for v in rgb):
        raise ValueError("rgb is not three whole numbers from 0 to 255")
    points = [_point(place) for place in entry["points"]] if "points" in entry else [_point([entry["x"], entry["y"]])]
    if not points:
        raise ValueError("it has no points")
    outside = next((p for p in points if not (-0.5 <= p[0] < width - 0.5 and -0.5 <= p[1] < height - 0.5)), None)
    if outside is not None:
        raise ValueError(f"{outside[0]:g}, {outside[1]:g} lies outside the picture of {width} x {height}")
    reach = float(entry.get("reach", DEFAULT_REACH))
    if not 0 < reach < math.inf:
        raise ValueError("reach is not above 0")
    _, a, b = to_lab(np.array(rgb, np.uint8)).tolist()
    line_px = int(entry.get("width", DEFAULT_WIDTH_PX))
    if not 1 <= line_px <= 1000:
        raise ValueError("width is not from 1 to 1000")
    return Hint(pixels_of(points, line_px, width, height), (a, b), reach)


def _point(place: Any) -> tuple[float, float]:
    x, y = place
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in (x, y)):
        raise ValueError("x and y are not numbers")
    return float(x), float(y)
