"""All that later stages know of the key frames: their boxes, what those look like, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engines.proposals.boxes import Boxes, overlaps
from engines.proposals.hypercolumns import CellView
from engines.proposals.looks import whitened
from engines.proposals.motion import STILL_PX
from engines.proposals.static import StaticBoxes

_MOVING_SHARE = 0.1
"""Share of key frames on which something must move for motion to count."""


@dataclass(frozen=True, slots=True, eq=False)
class KeyFrame:
    """What was seen on one key frame.

    `looks` is float16 (n, c), see `described_boxes`; `before` float32 (n, 4) is where each box was on the key frame
    before, by its mean flow, nothing where that is not known.
    """

    frame: int
    static: StaticBoxes
    looks: NDArray[np.float16]
    before: Boxes


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The boxes of all key frames as tables; a frame that has fewer than `n` boxes is filled up with none.

    `frames` (f,) are the key frames; `boxes` float32 (f, n, 4), `score` float32 (f, n), 0 to about 1, `looks` float32
    (f, n, c), unit vectors or zeros, `is_box` bool (f, n). `steps` holds for each pair of neighbouring key frames the
    overlap of every box of the later one, brought back along the flow, with every one of the earlier, float16 (n, n).
    `is_still` says that nothing moves by itself, so that scores are those of appearance.
    """

    frames: NDArray[np.intp]
    boxes: NDArray[np.float32]
    score: NDArray[np.float32]
    looks: NDArray[np.float32]
    is_box: NDArray[np.bool_]
    steps: Sequence[NDArray[np.float16]]
    is_still: bool
    cells: Mapping[int, CellView] = field(default_factory=dict)
    """What some of the key frames show, for sketches of tubes."""

    def __len__(self) -> int:
        """Return the number of key frames."""
        return len(self.frames)


def gathered(key_frames: Sequence[KeyFrame], cells: Mapping[int, CellView] | None = None) -> Evidence:
    """Return the tables of key frames in rising order, with the `cells` of some of them."""
    n_frames, n = len(key_frames), max((len(each.static.boxes) for each in key_frames), default=0)
    looks = whitened([each.looks for each in key_frames])
    boxes = np.zeros((n_frames, n, 4), np.float32)
    score = np.zeros((n_frames, n), np.float32)
    table = np.zeros((n_frames, n, max((each.shape[1] for each in looks), default=1)), np.float32)
    is_box = np.zeros((n_frames, n), bool)
    still = is_still(key_frames)
    by_motion = np.array([not still and each.static.by_motion is not None for each in key_frames], bool)
    for place, (each, look) in enumerate(zip(key_frames, looks, strict=True)):
        count = len(each.static.boxes)
        boxes[place, :count] = each.static.boxes
        score[place, :count] = each.static.by_look
        if by_motion[place] and each.static.by_motion is not None:
            score[place, :count] *= each.static.by_motion
        table[place, :count] = look
        is_box[place, :count] = True
    # Neither score has a unit of its own: what is good among frames of one kind in this clip is about 1.
    for kind in (by_motion, ~by_motion):
        tops = score[kind].max(1, initial=0)
        if tops.size and tops.max() > 0:
            score[kind] = np.minimum(score[kind] / np.percentile(tops[tops > 0], 75), 1.5)
    steps = []
    for place in range(1, n_frames):
        before = np.zeros((n, 4), np.float32)
        before[: len(key_frames[place].before)] = key_frames[place].before
        steps.append(overlaps(before, boxes[place - 1]).astype(np.float16))
    frames = np.array([each.frame for each in key_frames], np.intp)
    return Evidence(frames, boxes, score, table, is_box, steps, still, cells or {})


def is_still(key_frames: Sequence[KeyFrame]) -> bool:
    """Return whether so little moves by itself that appearance alone must decide."""
    moves = [each.static.speed_px > STILL_PX for each in key_frames]
    return not moves or float(np.mean(moves)) < _MOVING_SHARE
