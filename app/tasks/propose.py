"""Objects of a clip that nobody has drawn anything on: found, given their pixels, and written as a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from app.formats.mask_png import davis_palette, write_mask
from app.media.clip import Clip
from app.tasks.engine_loader import EngineLoader, torch_told
from app.tasks.tube_finder import TubeFinder
from app.whole_folder import Mark, whole_folder
from engines.proposals.tubes import LEAST_SURVIVAL, Found, Tube, TubeMask

RESULT = "tubes.json"
_MARK = Mark(RESULT, b'"ranked_by"')
MASKS = "masks"
_PATIENCE = 10
"""Tubes in a row that do not come back, after which no others are tried: those are ranked below them."""
_OBJECT = 1
"""What the pixels of a tube are in its own pictures."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a run found: how many tubes were written, how many were dropped since no mask of theirs can be carried.

    `is_still` says that nothing moves by itself, so that tubes are ranked by appearance.
    """

    n_tubes: int
    n_dropped: int
    is_still: bool

    @property
    def remarks(self) -> list[str]:
        """Return what a person should know about what was found, a sentence each."""
        told = [remark] if (remark := remark_on(self.n_tubes, is_still=self.is_still)) else []
        if self.n_dropped:
            tubes = "1 tube" if self.n_dropped == 1 else f"{self.n_dropped} tubes"
            told.append(f"{tubes} did not come back when carried there and back: left out.")
        return told


def remark_on(n_tubes: int, *, is_still: bool) -> str:
    """Return what a person should know about the ranking, a sentence, or ""."""
    if n_tubes == 0:
        return "There is nothing to find in this clip: no frame shows an outline that stays."
    return "Nothing moves by itself in this clip, so tubes are ranked by appearance alone." if is_still else ""


def n_steps(n_frames: int, count: int) -> int:
    """Return about how often `propose` will yield: at most, but for tubes that are dropped."""
    with torch_told():
        from engines.proposals.find import MOST_CLUSTERS, key_frames_of
        from engines.proposals.refining import MOST_SKETCHED
    return len(key_frames_of(n_frames)) + MOST_CLUSTERS + MOST_SKETCHED + count * n_frames


def propose(
    clip: Clip, out: Path, count: int, engines: EngineLoader, weights: str = "", device: str = "auto"
) -> Iterator[Proposed | None]:
    """Write up to `count` tubes of `clip` to the folder `out`; yields after each step, and last what was `Proposed`.

    Gives ``tubes.json`` and, for each tube by its rank from 0, ``masks/<rank>/%05d.png`` with 1 where the object is.
    All or nothing, see `whole_folder`; closing the generator cancels. Raises UserError.
    """
    masks = (f"{MASKS}/{rank}/{frame:05d}.png" for rank in range(count) for frame in range(clip.n_frames))
    with whole_folder(out, _MARK, (RESULT, *masks)) as folder, TubeFinder(clip, engines, weights, device) as finder:
        for step in finder.find():
            if isinstance(step, Found):
                found = step
            else:
                yield None
        told: list[dict[str, Any]] = []
        n_dropped = n_in_vain = 0
        for tube in found.tubes:
            if len(told) == count or n_in_vain == _PATIENCE:
                break
            best = tube.best_frame
            # The best frame first: a tube that does not come back costs no more than this one.
            masks_made = finder.masks(tube, [best, *(frame for frame in range(clip.n_frames) if frame != best)])
            first = next(masks_made)
            survived = finder.survival(best, first.mask)
            if survived < LEAST_SURVIVAL:
                n_dropped, n_in_vain = n_dropped + 1, n_in_vain + 1
                yield None
                continue
            n_in_vain = 0
            place = folder / MASKS / str(len(told))
            place.mkdir(parents=True)
            boxes: list[list[float] | None] = [None] * clip.n_frames
            for each in chain([first], masks_made):
                write_mask(place / f"{each.frame:05d}.png", each.mask.decode() * np.uint8(_OBJECT), davis_palette())
                boxes[each.frame] = _told_box(each)
                yield None
            told.append(_told_tube(len(told), tube, survived, boxes))
        facts = {
            "width": clip.width,
            "height": clip.height,
            "frames": clip.n_frames,
            "box": ["x", "y", "width", "height"],
            "ranked_by": "appearance" if found.is_still else "appearance and motion",
            "tubes": told,
        }
        (folder / RESULT).write_text(json.dumps(facts), encoding="utf-8")
    yield Proposed(len(told), n_dropped, found.is_still)


def _told_tube(rank: int, tube: Tube, survived: float, boxes: list[list[float] | None]) -> dict[str, Any]:
    return {
        "rank": rank,
        "score": round(tube.score, 4),
        "survival": round(survived, 4),
        "best_frame": tube.best_frame,
        "boxes": boxes,
    }


def _told_box(found: TubeMask) -> list[float] | None:
    """Return a box as x, y, width and height, None where the object is away."""
    if np.isnan(found.box).any():
        return None
    left, top, right, bottom = (round(float(side), 2) for side in found.box)
    return [left, top, round(right - left, 2), round(bottom - top, 2)]
