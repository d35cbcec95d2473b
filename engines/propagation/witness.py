"""What else may know where objects are, beside flow and colours: how it is asked, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engines.propagation.pixel_links import PixelLink


@dataclass(frozen=True, slots=True, eq=False)
class Testimony:
    """Log-odds of one object, float32 (h, w), to be added to flow's: of where it was, and of how it looks.

    `wavering` says how divided the witness was; see `LearnedSigns`.
    """

    places: NDArray[np.float32]
    looks: NDArray[np.float32]
    wavering: float


class Witness(Protocol):
    """What else knows where objects are, beside flow and colours: asked once a frame about all of them."""

    def hold(self, object_id: int, frame: int, soft: NDArray[np.float32]) -> None:
        """Take `soft`, float32 (h, w) at the working size, as the truth of an object on `frame`."""

    def release(self, object_id: int) -> None:
        """Forget an object."""

    def testify(
        self, frame: int, moved: Mapping[int, NDArray[np.float32]], links: Sequence[tuple[int, PixelLink]]
    ) -> Mapping[int, Testimony]:
        """Return what is known of each object on `frame`, beside the labels that flow `moved` there."""

    def learn(self, frame: int, softs: Mapping[int, NDArray[np.float32]]) -> None:
        """Take note of what was decided on `frame`."""
