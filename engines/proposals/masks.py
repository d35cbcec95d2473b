"""The pixels of a tube, when somebody asks for them, and whether the mask engine finds its way along it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from engines.frame_source import FrameSource
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.propagation.carry import carry
from engines.propagation.types import Direction, MaskAnchor, MaskEngine, Stretch
from engines.proposals.segmentation import LEARNT_FROM, MOST_ROUNDS, learnt_from, refined_box, segmented
from engines.proposals.tubes import Tube, TubeMask
from engines.proposals.views import ClipViews

CARRIED_FRAMES = 6
"""How far a mask is carried before it is carried back."""


def tube_masks(
    views: ClipViews, tube: Tube, rounds: int = MOST_ROUNDS, frames: Iterable[int] | None = None
) -> Iterator[TubeMask]:
    """Yield the mask of `tube` on `frames`, by default on every one in order; closing the generator cancels.

    The box is that of the mask's large pieces, or the tube's own where they miss it. `rounds` is how often the pixels
    are learnt anew from their own masks; 1 learns from the boxes alone.
    """
    width, height = views.clip_size
    scale = np.tile(np.array(views.size, np.float32) / views.clip_size, 2)
    boxes = tube.boxes * scale
    there = np.flatnonzero(tube.is_there)
    chosen = there[np.unique(np.linspace(0, len(there) - 1, min(LEARNT_FROM, len(there))).round().astype(int))]
    learnt = learnt_from([int(f) for f in chosen], [boxes[f] for f in chosen], views.pixels, tube.fill, rounds)
    for frame in range(views.n_frames) if frames is None else frames:
        if np.isnan(boxes[frame]).any():
            yield TubeMask(frame, RleMask.empty(width, height), tube.boxes[frame])
            continue
        soft = segmented(views.pixels(frame), boxes[frame], learnt)
        mask = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
        refined = refined_box(mask, tube.boxes[frame])
        yield TubeMask(frame, RleMask.encode(mask), tube.boxes[frame] if refined is None else refined)


def survival(engine: MaskEngine, frames: FrameSource, frame: int, mask: RleMask) -> float:
    """Return the overlap of `mask` on `frame` with itself, carried by `engine` some frames away and back, in [0, 1].

    What has no outline of its own flows into its surroundings and does not come back. 1 for a clip of one frame.
    """
    n_frames = len(frames)
    if mask.area == 0:
        return 0.0
    if n_frames == 1:
        return 1.0
    ahead = min(CARRIED_FRAMES, n_frames - 1 - frame)
    turn = frame + ahead if ahead >= min(CARRIED_FRAMES, frame) else frame - min(CARRIED_FRAMES, frame)
    reached = _carried(engine, frames, MaskAnchor(1, frame, mask), turn)
    back = _carried(engine, frames, MaskAnchor(1, turn, reached), frame)
    return region_similarity(mask.decode(), back.decode())


def _carried(engine: MaskEngine, frames: FrameSource, anchor: MaskAnchor, to: int) -> RleMask:
    """Return what becomes of `anchor` on frame `to`."""
    is_ahead = to > anchor.frame
    first, last = (anchor.frame + 1, to) if is_ahead else (to, anchor.frame - 1)
    stretch = Stretch(1, first, last, anchor.frame if is_ahead else None, None if is_ahead else anchor.frame)
    direction: Direction = "forward" if is_ahead else "backward"
    results = {each.frame: each.mask for each in carry(engine, frames, [anchor], [stretch], direction)}
    return results[to]
