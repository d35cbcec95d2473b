"""Pictures to cut layers from: those that come inside the installed scikit-image, nothing from the network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

PICTURES: dict[str, str] = {
    "astronaut": "astronaut.png",
    "brick": "brick.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "hubble": "hubble_deep_field.jpg",
    "ihc": "ihc.png",
    "motorcycle": "motorcycle_left.png",
    "retina": "retina.jpg",
    "rocket": "rocket.jpg",
}
"""File names by the name that we give them. Free to show and pass on are all but `ihc` and `motorcycle`,
whose terms scikit-image does not state: those may be learnt from, not shipped."""


def load_picture(name: str) -> NDArray[np.uint8]:
    """Return the picture called `name` as RGB uint8 (H, W, 3), a fresh array.

    Raises KeyError for an unknown name, FileNotFoundError where the installed scikit-image lacks the file.
    """
    path = Path(skimage.__file__).parent / "data" / PICTURES[name]
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def default_pictures() -> list[NDArray[np.uint8]]:
    """Return all pictures of the table, in its order."""
    return [load_picture(name) for name in PICTURES]
