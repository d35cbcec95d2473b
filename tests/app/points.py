"""Points of the clip in `tests.app.clips`: the corners of its square and its middle."""

import json

from tests.app.clips import HEIGHT, SIDE, STEP, WIDTH

NAMES = ["left_top", "right_top", "middle", "left_bottom", "right_bottom"]
_PLACES = [(2, 2), (SIDE - 3, 2), (SIDE / 2, SIDE / 2), (2, SIDE - 3), (SIDE - 3, SIDE - 3)]


def joints(frame):
    """Return one instance's joints as they stand in a file."""
    return [[6 + STEP * frame + x, 14 + y, 1] for x, y in _PLACES]


def content(frames, **more):
    """Return a file's content with the truth on some `frames`, or with what a dict says of them."""
    told = frames if isinstance(frames, dict) else {f"{frame:05d}": [joints(frame)] for frame in frames}
    return {"names": NAMES, "image_size": [WIDTH, HEIGHT], "frames": told} | more


def write(path, frames=(0,), **more):
    """Write such a file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content(frames, **more)))
    return path
