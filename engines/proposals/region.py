"""Which pixels around a box count, and as what.

Xiao 2020, section 2.2.3: nothing is looked at outside three times the box; inside the box are examples of the object,
outside a safe band around it those of what it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.proposals.boxes import Boxes, within

_TIMES = 3.0
_BAND_SHARE = 0.5
"""The band is 32 px wide in the thesis, and as wide as a small box's whole surroundings; ours follows the box."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A box's surroundings on a grid of cells: which rows and columns they are, and which cells teach what.

    `inside` and `outside` are bool of the region's shape; the safe band is in neither. `depth` is float32 of that
    shape: how far a cell's middle lies inside the box, in halves of its shorter side, negative outside.
    """

    rows: slice
    columns: slice
    inside: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    depth: NDArray[np.float32]


def region_of(box: Boxes, width: int, height: int, band_px: float) -> Region:
    """Return the region of `box`, (4,) in cells of a grid of `width` by `height`; `band_px` is the band at its widest.

    Raises ValueError where no part of the box lies on the grid.
    """
    left, top, right, bottom = (float(side) for side in within(box, width, height))
    if right <= left or bottom <= top:
        raise ValueError(f"box {box.tolist()} does not meet a grid of {width} x {height}")
    room_x, room_y = (right - left) * (_TIMES - 1) / 2, (bottom - top) * (_TIMES - 1) / 2
    rows = slice(max(0, int(top - room_y)), min(height, int(np.ceil(bottom + room_y))))
    columns = slice(max(0, int(left - room_x)), min(width, int(np.ceil(right + room_x))))
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5
    deep = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
    half = min(right - left, bottom - top) / 2
    band = min(band_px, 2 * half * _BAND_SHARE)
    return Region(rows, columns, deep > 0, deep < -band, (deep / half).astype(np.float32))
