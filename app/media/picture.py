"""What reading one frame of a clip gives, whole or damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MAX_PIXELS = 1 << 27
"""134 million pixels, 400 MB as RGB. More in one picture is taken for an attack or a mistake."""

SMALLER = f"reduce it to less than {MAX_PIXELS // 1_000_000} million pixels"

DAMAGE_BRIGHTNESS = 0.5
"""How bright the stand-in for a damaged frame is, against the whole picture that it was made of."""

GREY = 96

StopAsked = Callable[[], bool]
"""Asked between two steps of decoding; true means: give up what you are doing, nobody wants it any more."""


def never() -> bool:
    """Return False: nobody asks to stop."""
    return False


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """One frame as it can be shown.

    `image` is uint8 (H, W, 3) RGB, read-only. `damage` is empty for a whole frame, otherwise a
    sentence for the person; the image is then a stand-in or may be partly wrong.
    """

    image: NDArray[np.uint8]
    damage: str = ""

    @property
    def n_bytes(self) -> int:
        """Memory that the image takes."""
        return self.image.nbytes


class PictureSource(Protocol):
    """An opened clip: pictures in order, from any frame on. One thread; holds bounded memory."""

    def pictures(self, first: int, last: int, stop: StopAsked = never) -> Iterator[tuple[int, Picture]]:
        """Yield ``(frame, picture)`` for `first` to `last`, both included; fewer when `stop` says so."""

    def run_start(self, frame: int) -> int:
        """Return the earliest frame that has to be decoded to reach `frame`: itself where each stands alone."""

    def close(self) -> None:
        """Give the files back."""


def whole(image: NDArray[np.uint8]) -> Picture:
    """Return a picture of `image` (H, W, 3), which is taken over and made read-only."""
    image = np.ascontiguousarray(image)
    image.setflags(write=False)
    return Picture(image)


def damaged(damage: str, height: int, width: int, earlier: NDArray[np.uint8] | None = None) -> Picture:
    """Return the stand-in for a frame that cannot be shown: `earlier` darkened, or plain grey.

    Darkened, because a person sees at once that it is no picture of this moment, and still where
    in the clip it is; an engine that looks at it finds what stood there just before.
    """
    if earlier is None:
        image = np.full((height, width, 3), GREY, np.uint8)
    else:
        image = (earlier * np.float32(DAMAGE_BRIGHTNESS)).astype(np.uint8)
    image.setflags(write=False)
    return Picture(image, damage)
