"""Where each pixel of a frame was on one frame long ago: links put end to end, the surest way for each pixel.

After Neoral et al., "MFT: Long-Term Tracking of Every Pixel" (WACV 2024), section 3: of several chains, one for each
frame looked back to, every pixel keeps the one that is believed most. Ours multiplies the weights of classical flow's
links where theirs adds up learned variances. Nothing that was decided on the way comes in, so no error is handed on
but flow's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engines.pixel_grid import fetch, pixel_grid
from engines.propagation.pixel_links import PixelLink


class LongWay:
    """Follows a frame through a sweep that begins on it. One thread; keeps the ways of a few frames."""

    def __init__(self, size: tuple[int, int], n_kept: int) -> None:
        """Begin on a frame: `size` is the (width, height) of working pictures; links reach back `n_kept` frames."""
        start = np.dstack([pixel_grid(*size), np.ones(size[::-1], np.float32)])  # x, y and weight
        self._ways: deque[NDArray[np.float32]] = deque([start], maxlen=n_kept)

    def extend(self, links: Sequence[tuple[int, PixelLink]]) -> PixelLink:
        """Return the link from the next frame back to where the way began; `links` go so many frames back each."""
        best: NDArray[np.float32] | None = None
        for step, link in links:
            if step > len(self._ways):
                continue
            way = fetch(self._ways[step - 1], link.positions)
            way[..., 2] *= link.weight
            best = way if best is None else np.where(way[..., 2:] > best[..., 2:], way, best)
        if best is None:
            raise ValueError("no link goes back to a frame that the way has passed")
        self._ways.appendleft(best)
        return PixelLink(np.ascontiguousarray(best[..., :2]), np.ascontiguousarray(best[..., 2]))

    def put_right(self, link: PixelLink) -> None:
        """Go on from `link` instead of what `extend` returned last."""
        self._ways[0] = np.dstack([link.positions, link.weight])
