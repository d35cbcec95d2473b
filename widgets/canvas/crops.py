"""Decoded masks, kept while they are likely to be looked at again."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import RleMask
from widgets.canvas.sampling import halved

BUDGET_BYTES = 96 << 20
"""A dozen frames of masks that fill a 4K picture."""

Crop = tuple[NDArray[np.uint8], tuple[int, int]]
"""A mask inside its box, uint8 (h, w) of 0 to 255, read-only, and the box's (left, top)."""


class CropCache:
    """Masks inside their boxes, whole and halved, the least recently used dropped. GUI thread only."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._kept: OrderedDict[tuple[RleMask, int], Crop] = OrderedDict()
        self.n_bytes = 0

    def crop(self, mask: RleMask, level: int = 0) -> Crop:
        """Return `mask` in the picture halved `level` times; see `sampling.halved`."""
        found = self._kept.get((mask, level))
        if found is None:
            found = self._made(mask, level)
            found[0].flags.writeable = False
            self._kept[mask, level] = found
            self.n_bytes += found[0].nbytes
            while self.n_bytes > self._budget_bytes and len(self._kept) > 1:
                _, (dropped, _) = self._kept.popitem(last=False)
                self.n_bytes -= dropped.nbytes
        else:
            self._kept.move_to_end((mask, level))
        return found

    def _made(self, mask: RleMask, level: int) -> Crop:
        if level:
            return halved(*self.crop(mask), level)
        return mask.crop().view(np.uint8) * np.uint8(255), mask.box[:2]
