"""Tubes for tests of widgets: three of them in a workspace, with no search behind them."""

import numpy as np

from app.desk.proposing_ghosts import Source
from engines.labels.rle import RleMask
from tests.app.finding import made_tube


def put_tubes(workspace):
    """Put three tubes into the list, as a search would, and return them: all along, the second half, the beginning."""
    n_frames, ghosts = workspace.clip.n_frames, workspace.proposer.ghosts
    tubes = [
        made_tube(n_frames, 0.7),
        made_tube(n_frames, 0.6, first=n_frames // 2, left=20),
        made_tube(n_frames, 0.5, stop=max(1, 9 * n_frames // 40)),
    ]
    found = tuple(ghosts.made(tube, Source("", 1)) for tube in tubes)
    for ghost in found:
        ghosts.pixels(ghost).thumbnail = np.full((80, 120, 3), 90, np.uint8)
    ghosts.replace_all(found)
    return found


def give_mask(workspace, ghost, frame):
    """Give a tube a mask on a frame: its box, filled."""
    pixels = workspace.proposer.ghosts.pixels(ghost)
    mask = np.zeros((workspace.clip.height, workspace.clip.width), bool)
    left, top, right, bottom = ghost.tube.boxes[frame].astype(int)
    mask[top:bottom, left:right] = True
    pixels.masks[frame], pixels.boxes[frame] = RleMask.encode(mask), ghost.tube.boxes[frame]
    workspace.proposer.ghosts.looked_at.emit()
