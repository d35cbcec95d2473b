"""What a pixel shows, coarse meaning and fine look together, and how it moves beside its surroundings.

Xiao 2020, section 2.2.3, describes pixels by two layers of a network that is run anew on every box. Ours are the two
heads of the encoder, computed once a frame for all tubes, with the colour, and whether a pixel moves as the box does.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.correspondence.frame_features import CellGrid, FrameFeatures
from engines.propagation.cells import to_cells
from engines.propagation.pixel_links import WorkingPicture
from engines.propagation.target_model import described
from engines.proposals.motion import Motion, moves_with
from engines.proposals.region import Region

_MOST_ROWS = 80


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


@dataclass(frozen=True, slots=True, eq=False)
class CellView:
    """What one frame shows on about `_MOST_ROWS` rows of cells, small enough to be kept for some frames of a clip.

    `columns` is float16 (rows, columns, c), `lab` float16 (rows, columns, 3), `own` float32 (rows, columns, 2) or None;
    as in `PixelView`. The cells divide the whole picture evenly.
    """

    columns: NDArray[np.float16]
    lab: NDArray[np.float16]
    own: NDArray[np.float32] | None


def cell_view(view: PixelView) -> CellView:
    """Return what `view` shows, on at most so many cells."""
    rows, columns = view.columns.shape[:2]
    times = -(-rows // _MOST_ROWS)
    size = (-(-columns // times), -(-rows // times))
    return CellView(
        cv2.resize(view.columns, size, interpolation=cv2.INTER_AREA).astype(np.float16),
        cv2.resize(view.picture.lab, size, interpolation=cv2.INTER_AREA).astype(np.float16),
        None if view.own is None else cv2.resize(view.own, size, interpolation=cv2.INTER_AREA),
    )


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
    if view.own is not None:
        together = moves_with(view.own[window], region.inside, region.outside)
    return np.concatenate([columns, together], -1)
