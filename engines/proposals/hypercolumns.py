"""What a pixel shows, coarse meaning and fine look together, and how it moves beside its surroundings.

Xiao 2020, section 2.2.3, describes pixels by two layers of a network that is run anew on every box. Ours are the two
heads of the encoder, computed once a frame for all tubes, with the colour, and whether a pixel moves as the box does.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.correspondence.features import CellGrid, FrameFeatures
from engines.propagation.cells import to_cells
from engines.propagation.pixel_links import WorkingPicture
from engines.propagation.target_model import described
from engines.proposals.motion import STILL_PX, Motion
from engines.proposals.region import Region


@dataclass(frozen=True, slots=True, eq=False)
class PixelView:
    """What one frame shows, on a grid of cells of about two working pixels.

    `columns` is float32 (rows, columns, c), `edges` float32 (rows, columns) in [0, 1], `own` float32 (rows, columns, 2)
    the motion less the camera's in working pixels, None where none was looked for. `picture` is the frame itself,
    `grid` where the cells lie on it.
    """

    picture: WorkingPicture
    grid: CellGrid
    columns: NDArray[np.float32]
    own: NDArray[np.float32] | None


def pixel_view(picture: WorkingPicture, features: FrameFeatures, grid: CellGrid, motion: Motion | None) -> PixelView:
    """Return the view of a frame; `grid` says where the cells of the finest features lie on the working picture."""
    size = (grid.columns, grid.rows)
    if features.fine is None:
        columns = features.coarse.float().cpu().numpy()
    else:
        columns = described(features)[..., :-1]
    colour = cv2.resize(picture.lab, size, interpolation=cv2.INTER_AREA) / np.float32(50)
    own = None
    if motion is not None:
        own = np.dstack([to_cells(np.ascontiguousarray(motion.own[..., axis]), grid) for axis in range(2)])
    return PixelView(picture, grid, np.concatenate([columns, colour], -1), own)


def hypercolumns(view: PixelView, region: Region) -> NDArray[np.float32]:
    """Return what the cells of a region show, float32 (rows, columns, c)."""
    window = (region.rows, region.columns)
    columns = view.columns[window]
    together = np.zeros((*columns.shape[:2], 2), np.float32)
    if view.own is not None and region.inside.any() and region.outside.any():
        own = view.own[window]
        as_box = np.linalg.norm(own - np.median(own[region.inside], 0), axis=-1)
        as_rest = np.linalg.norm(own - np.median(own[region.outside], 0), axis=-1)
        together[..., 0] = (as_rest - as_box) / (as_rest + as_box + STILL_PX)
        speed = np.linalg.norm(own, axis=-1)
        together[..., 1] = speed / (speed + 1)
    return np.concatenate([columns, together], -1)
