"""Tubes made better by rough masks of them: their boxes, their score, and which of them are one object.

Xiao 2020, section 2.2.3, refines a tube's boxes by its masks. Ours does so for all tubes before they are ranked, by
sketches, since boxes grown from single frames are often too wide or hold a shadow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engines.proposals.boxes import Boxes, within
from engines.proposals.sketch import Sketch, SketchBook, alike
from engines.proposals.tubes import USUAL_FILL, Step, Tube

MOST_SKETCHED = 50
"""A person looks at few; the others stay as they are, behind these."""
SKETCHED_FRAMES = 16
"""However long the clip, since a sketch's memory and time grow with them."""

_SAME_MASKS = 0.9
"""Overlap in space and time above which two sketches are one object at one extent."""

_CONSTANT, _PER_LOGIT, _PER_BORDER = 0.44, 1.56, -0.54
"""Fitted to the mean overlap of 360 sketches with the one labelled object of eleven sequences, each of which counts as
much. Predicting each sequence from the others the mean error is 0.18, where one number for all tubes errs by 0.19: it
ranks the tubes of one clip. What reaches over the picture's border is less often a whole object."""
_FILL_TRUST = 0.5
"""How far a tube's own fill counts beside that of most."""


def sketched_frames(key_frames: Sequence[int]) -> list[int]:
    """Return those of the key frames that are sketched on: the first, the last, and others evenly between."""
    places = np.linspace(0, len(key_frames) - 1, min(SKETCHED_FRAMES, len(key_frames))).round().astype(int)
    return [key_frames[place] for place in np.unique(places)]


def refined(
    tubes: Sequence[Tube], book: SketchBook, frames: Sequence[int], clip_size: tuple[int, int]
) -> Iterator[Step | tuple[Tube, ...]]:
    """Yield a `Step` for each of the first `MOST_SKETCHED` of `tubes`, and last all of them in their new order.

    `frames` are those of the book. Tubes that came to nothing, or to the same as a better one, are left out.
    """
    chosen = tubes[:MOST_SKETCHED]
    found: list[tuple[Tube, Sketch]] = []
    scale = np.tile(np.divide(book.size, clip_size), 2).astype(np.float32)
    for number, tube in enumerate(chosen):
        sketch = book.sketch(tube.boxes[list(frames)] * scale)
        if sketch is not None:
            boxes = followed(tube.boxes, np.array(frames), sketch.boxes / scale)
            fill = USUAL_FILL + _FILL_TRUST * (sketch.fill - USUAL_FILL)
            score = _score(tube.score, sketch.at_border)
            found.append((replace(tube, boxes=within(boxes, *clip_size), score=score, fill=fill), sketch))
        yield Step("sketches", number + 1, len(chosen))
    kept: list[tuple[Tube, Sketch]] = []
    for tube, sketch in sorted(found, key=lambda each: -each[0].score):
        if all(alike(sketch, other) <= _SAME_MASKS for _, other in kept):
            kept.append((tube, sketch))
    least = min((tube.score for tube, _ in kept), default=1.0)
    rest = (replace(tube, score=min(least, _score(tube.score, 0))) for tube in tubes[MOST_SKETCHED:])
    yield (*(tube for tube, _ in kept), *sorted(rest, key=lambda tube: -tube.score))


def followed(boxes: Boxes, frames: NDArray[np.intp], better: Boxes) -> Boxes:
    """Return a tube (f, 4) whose boxes on some rising `frames` become `better` (k, 4), NaN for those that stay.

    Between these each side is moved by as much of the box's size as on those before and after, in proportion.
    """
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    known = ~np.isnan(better).any(1) & ~np.isnan(boxes[frames]).any(1)
    if not known.any():
        return boxes
    at = frames[known]
    shift = (better[known] - boxes[at]) / np.maximum(sides[at], 1e-3)
    every = np.arange(len(boxes))
    shifts = np.stack([np.interp(every, at, side) for side in shift.T], 1)
    moved = (boxes + shifts * sides).astype(np.float32)
    moved[at] = better[known]
    has_inside = (moved[:, 2:] > moved[:, :2]).all(1)
    return np.where(has_inside[:, None], moved, boxes)


def _score(before: float, at_border: float) -> float:
    """Return the overlap to expect, by the score that a tube had from its boxes."""
    before = min(max(before, 1e-3), 1 - 1e-3)
    odds = _CONSTANT + _PER_LOGIT * math.log(before / (1 - before)) + _PER_BORDER * at_border
    return 1 / (1 + math.exp(-odds))
