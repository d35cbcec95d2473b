"""Which points of two frames are the same, as far as classical flow is sure of it: positives that nobody labelled.

Known warps teach what does not change a surface; only real motion shows what does: light, blur, bending. Dense inverse
search flow (Kroeger et al., ECCV 2016) is wrong often, but where it closes there and back it is right nearly always.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.pixel_grid import fetch, pixel_grid
from engines.training.views import Affine

_CLOSES_PX = 1.0


class FlowPairs:
    """Finds the same points of two frames of one size. One thread."""

    def __init__(self) -> None:
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def flow(self, here: NDArray[np.uint8], there: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return where pixels of one RGB frame went on another: dx, dy, and 1 where that is sure, else 0, (h, w, 3).

        The same frame twice, as of a still, is sure everywhere.
        """
        height, width = here.shape[:2]
        if here is there:
            return np.dstack([np.zeros((height, width, 2), np.float32), np.ones((height, width), np.float32)])
        grey, grey_there = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (here, there))
        flow = self._dis.calc(grey, grey_there, None)
        back = self._dis.calc(grey_there, grey, None)
        gap = fetch(back, flow + pixel_grid(width, height)) + flow
        closes = (np.einsum("hwc,hwc->hw", gap, gap) < _CLOSES_PX**2).astype(np.float32)
        return np.dstack([flow, closes])

    def places(
        self, flow: NDArray[np.float32], source: Affine, target: Affine, size_px: int, stride: int
    ) -> NDArray[np.float32]:
        """Return where the cells of a crop lie on a crop of the other frame, float32 (n * n, 3): x, y, whether sure.

        `source` and `target` are of crops of `size_px` pixels, see `views`; cells lie `stride` pixels apart, and
        places count cells.
        """
        height, width = flow.shape[:2]
        columns, rows = np.meshgrid(np.arange(0, size_px, stride), np.arange(0, size_px, stride))
        on_frame = np.stack([columns.ravel(), rows.ravel()], -1) @ source[:, :2].T + source[:, 2]
        found = cv2.remap(flow, on_frame[:, None].astype(np.float32), None, cv2.INTER_LINEAR)[:, 0]
        inside = ((on_frame >= 0) & (on_frame <= (width - 1, height - 1))).all(1)
        back = cv2.invertAffineTransform(target)
        place = ((on_frame + found[:, :2]) @ back[:, :2].T + back[:, 2]) / stride
        reaches = ((place >= 0) & (place <= len(np.unique(rows)) - 1)).all(1)
        is_sure = inside & reaches & (found[:, 2] > 0.99)
        return np.column_stack([place, is_sure]).astype(np.float32)
