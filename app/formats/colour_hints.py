"""Colour hints as a file: a JSON list of `{"x": .., "y": .., "rgb": [r, g, b]}`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import UserError
from engines.cie_lab import to_lab
from engines.colour.hints import DEFAULT_REACH, DEFAULT_WIDTH_PX, Hint, pixels_of

_EACH = '{"x": 120, "y": 80, "rgb": [200, 30, 40]}'
_MOST = 1e9
"""Of any number: far beyond every picture."""
_SHAPE = f"write a list of {_EACH}"


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
    for number, entry in enumerate(found, 1):
        try:
            hints.append(_hint(entry, width, height))
        except ValueError as error:
            problem = f"Hint {number} of {len(found)} in {path} cannot be used, because {error}"
            raise UserError(problem, f"correct it, so that it is like {_EACH}") from error
    return hints


def _hint(entry: Any, width: int, height: int) -> Hint:
    """Return one hint. Raises ValueError, which says what is wrong with it."""
    if not isinstance(entry, dict):
        raise ValueError("it does not stand in braces")
    wanted = ("rgb", "points") if "points" in entry else ("rgb", "x", "y")
    lacking = [name for name in wanted if name not in entry]
    if lacking:
        raise ValueError(f"it has no {' and no '.join(lacking)}")
    rgb = entry["rgb"]
    if not isinstance(rgb, list) or len(rgb) != 3 or not all(type(v) is int and 0 <= v <= 255 for v in rgb):
        raise ValueError("its rgb is not three whole numbers from 0 to 255")
    places = entry.get("points", [[entry.get("x"), entry.get("y")]])
    if not isinstance(places, list) or not places:
        raise ValueError("its points are not a list of [x, y]")
    points = [_point(place) for place in places]
    outside = next((p for p in points if not (-0.5 <= p[0] < width - 0.5 and -0.5 <= p[1] < height - 0.5)), None)
    if outside is not None:
        last = f"x goes from 0 to {width - 1} and y from 0 to {height - 1}"
        raise ValueError(f"{outside[0]:g}, {outside[1]:g} lies outside the picture, where {last}")
    reach, line_px = entry.get("reach", DEFAULT_REACH), entry.get("width", DEFAULT_WIDTH_PX)
    if not _is_number(reach) or reach <= 0:
        raise ValueError("its reach is not a number above 0")
    if not _is_number(line_px) or not 1 <= line_px <= 1000:
        raise ValueError("its width is not a number from 1 to 1000")
    _, a, b = to_lab(np.array(rgb, np.uint8)).tolist()
    return Hint(pixels_of(points, int(line_px), width, height), (a, b), float(reach))


def _point(place: Any) -> tuple[float, float]:
    if not isinstance(place, list) or len(place) != 2 or not all(_is_number(value) for value in place):
        raise ValueError("its x and y are not both numbers")
    return float(place[0]), float(place[1])


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < _MOST  # neither NaN nor infinite
