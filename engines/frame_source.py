"""What an engine asks of a clip: its pictures."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class FrameSource(Protocol):
    """Exact random access to a clip's pictures. Any thread, but only one at a time."""

    @property
    def width(self) -> int:
        """Width of every picture in pixels."""

    @property
    def height(self) -> int:
        """Height of every picture in pixels."""

    @property
    def fingerprint(self) -> str:
        """Content hash of the clip, the key of every feature cache."""

    def __len__(self) -> int:
        """Return the number of frames."""

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the RGB picture of `frame`, uint8 (H, W, 3), read-only."""
