"""Where each pixel of a frame was on an earlier one, and how far that is to be believed.

Dense inverse search flow (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV
2016) as OpenCV ships it, both ways between two frames, at a working size that does not grow with
the clip's. Knows no labels.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.pixel_grid import fetch, pixel_grid
from engines.propagation.colour_model import colour_cells

_FLOW_ERROR = 0.0025
"""Forward-backward error that costs a link 1/e of its weight, as a share of the working picture's diagonal."""

_COLOUR_ERROR = 12.0
"""Lab distance (L in 0..100) between linked pixels that costs 1/e of the weight."""


_TILE = 16
"""Side in pixels of the tiles in which a link knows where it goes."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkingPicture:
    """A frame at the working size: RGB uint8 (h, w, 3), grey uint8 (h, w), smoothed Lab float32 (h, w, 3).

    `cells` is int32 (h, w), the `colour_cells` of the image.
    """

    image: NDArray[np.uint8]
    grey: NDArray[np.uint8]
    lab: NDArray[np.float32]
    cells: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class PixelLink:
    """From the pixels of one frame to positions on another.

    `positions` is float32 (h, w, 2), x and y on the other frame; `weight` float32 (h, w) in [0, 1],
    near 0 where the flow there and back does not close, colours differ, or the other end lies outside.
    """

    positions: NDArray[np.float32]
    weight: NDArray[np.float32]
    _least: NDArray[np.float32] = field(init=False)
    _most: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        """Note how far positions reach in each tile, (rows, columns, 2)."""
        object.__setattr__(self, "_least", _by_tile(np.minimum, self.positions))
        object.__setattr__(self, "_most", _by_tile(np.maximum, self.positions))

    def fetch(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what `values`, float32 (h, w), of the other frame shows at each pixel of this one.

        Only tiles from which something is seen that is not 0 are looked at: it costs what an object's box costs.
        """
        fetched = np.zeros(self.weight.shape, np.float32)
        filled = values != 0
        meets = np.ones(self._least.shape[:2], bool)
        for axis, lines in enumerate((filled.any(0), filled.any(1))):  # x, then y
            places = np.flatnonzero(lines)
            if len(places) == 0:
                return fetched
            # Beyond the picture its edge is seen.
            first = -np.inf if places[0] == 0 else places[0] - 1
            last = np.inf if places[-1] == len(lines) - 1 else places[-1] + 1
            meets &= (self._most[..., axis] >= first) & (self._least[..., axis] <= last)
        rows, columns = np.flatnonzero(meets.any(1)), np.flatnonzero(meets.any(0))
        if len(rows) == 0:
            return fetched
        box = tuple(slice(_TILE * int(tiles[0]), _TILE * (int(tiles[-1]) + 1)) for tiles in (rows, columns))
        fetched[box] = fetch(values, self.positions[box])
        return fetched


class PixelLinker:
    """Finds links between working pictures of one size. Any thread.

    `preset` is one of OpenCV's DIS presets; `finest_scale` overrides the pyramid level on which its
    flow stops (0: every pixel, 1: half), the larger part of both its cost and its detail. `name` says both; `grid` is
    float32 (height, width, 2), the x and y of each pixel.
    """

    def __init__(self, width: int, height: int, preset: int, finest_scale: int) -> None:
        self._preset, self._finest_scale = preset, finest_scale
        self._kept = threading.local()  # OpenCV's own works on maps that it keeps: one for each thread
        self.name = f"DIS {preset} {finest_scale}"
        self.grid = pixel_grid(width, height)
        self._flow_error_px = _FLOW_ERROR * math.hypot(width, height)

    def link(self, here: WorkingPicture, there: WorkingPicture, frames: tuple[int, int] = (0, 0)) -> PixelLink:
        """Return the link from the pixels of `here` to `there`; which `frames` they show does not matter."""
        dis = self._dis()
        flow = dis.calc(here.grey, there.grey, None)  # (h, w, 2)
        back = dis.calc(there.grey, here.grey, None)
        positions = self.grid + flow
        gap = fetch(back, positions) + flow  # zero where there and back closes
        difference = fetch(there.lab, positions) - here.lab
        doubt = np.einsum("hwc,hwc->hw", gap, gap) / np.float32(self._flow_error_px**2)
        doubt += np.einsum("hwc,hwc->hw", difference, difference) / np.float32(_COLOUR_ERROR**2)
        weight = np.exp(-doubt)
        height, width = weight.shape
        x, y = positions[..., 0], positions[..., 1]
        weight[(x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)] = 0
        return PixelLink(positions, weight)

    def _dis(self) -> cv2.DISOpticalFlow:
        """Return the calling thread's."""
        if not hasattr(self._kept, "dis"):
            self._kept.dis = cv2.DISOpticalFlow.create(self._preset)
            self._kept.dis.setFinestScale(self._finest_scale)
        dis: cv2.DISOpticalFlow = self._kept.dis
        return dis


def working_picture(image: NDArray[np.uint8], width: int, height: int) -> WorkingPicture:
    """Return `image`, RGB uint8 (H, W, 3), at the working size."""
    if image.shape[:2] != (height, width):
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    # Colours are compared at linked positions that are a fraction of a pixel off: sharp noise would drown them.
    lab = cv2.GaussianBlur(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), (0, 0), 0.7)
    return WorkingPicture(image, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), lab, colour_cells(image))


def _by_tile(extreme: np.ufunc, positions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the `extreme` of `positions` (h, w, 2) in each tile."""
    height, width = positions.shape[:2]
    rows = extreme.reduceat(positions, np.arange(0, height, _TILE), 0)
    reach: NDArray[np.float32] = extreme.reduceat(rows, np.arange(0, width, _TILE), 1)
    return reach
