"""Which frame to label next: where one more anchor is worth most.

Expected gain is uncertainty times area times reach. After ENGINES.md 3.7, and Yin et al., "Learning to Recommend
Frame for Interactive Video Object Segmentation in the Wild" (CVPR 2021), who show that the worst frame is not the best
one to correct: what counts is how much lies around it. Nothing here knows a picture or an engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

REACH_FRAMES = 25.0
"""Frames over which an anchor's use falls to 1/e: about a second. A choice; engines of ours lose a fifth of their
accuracy on the way."""

_AROUND = 25
"""Frames to either side that a reason speaks of."""

_BLOCK = 256
"""Frames added up at a time: few enough that what falls within reach stays well within double precision."""

_LEAST_GAIN = 1e-6
"""Less is rounding."""

ENOUGH_GAIN = 1.0
"""What one more anchor must win an object to be worth while: as much as the one mask that somebody draws for it. Below
that on every frame, enough is labelled. With a confidence of .95 throughout that is so where anchors stand 25 frames
apart."""

UNSURE_BELOW = 0.8
"""A frame whose confidence is less is called unsure in words, unless the caller says another limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Carriage:
    """How sure a run was of one object.

    `confidence` is float (n_frames,) in [0, 1], NaN where nothing was carried; what it says on anchors does not count.
    `anchors` are their frames, rising, and `areas` what the object has there, in pixels, 0 for "not here". Where
    `is_stale`, bool (n_frames,) or None for nowhere, the confidence is that of a run before the present anchors.
    """

    name: str
    confidence: NDArray[np.floating]
    anchors: NDArray[np.integer]
    areas: NDArray[np.number]
    is_stale: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A frame to label, why, and what for: `gain` is the IoU to be won, added up over frames and objects.

    The object which wins most is called `name`; `place` is its own in the sequence that was given. `is_enough` says
    that, with all suggested before, no object wins `ENOUGH_GAIN` by an anchor on this frame or any other.
    """

    frame: int
    place: int
    name: str
    gain: float
    reason: str
    is_enough: bool


def suggest(objects: Sequence[Carriage], count: int, *, unsure_below: float = UNSURE_BELOW) -> list[Suggestion]:
    """Return up to `count` frames to label next, the most rewarding first, with reasons.

    Every frame counts as labelled for all `objects` at once, and each as labelled for those that follow. Fewer are
    returned where nothing more is to be won; objects without an anchor win nothing. Frames of a confidence less than
    `unsure_below` are called unsure in the reasons; it changes no figure. Some milliseconds for ten thousand frames.
    Raises ValueError where objects differ in length.
    """
    if len({len(carriage.confidence) for carriage in objects}) > 1:
        raise ValueError("objects of clips of different lengths")
    plans = [_Plan.of(carriage, weight) for carriage, weight in zip(objects, _weights(objects), strict=True)]
    found: list[Suggestion] = []
    while plans and len(found) < count:
        gains = np.add.reduce([plan.gains for plan in plans])
        frame = int(gains.argmax())
        if gains[frame] < _LEAST_GAIN:
            break
        place = int(np.argmax([plan.gains[frame] for plan in plans]))
        reason = _reason(objects[place], plans[place], frame, unsure_below)
        is_enough = max(float(plan.gains.max()) for plan in plans) < ENOUGH_GAIN
        found.append(Suggestion(frame, place, objects[place].name, float(gains[frame]), reason, is_enough))
        for plan in plans:
            plan.label(frame)
    return found


@dataclass(slots=True, eq=False)
class _Plan:
    """What is still to be won of one object: `losses` float64 (n_frames,), `gains` of an anchor on each frame."""

    losses: NDArray[np.float64]
    anchors: NDArray[np.integer]
    gains: NDArray[np.float64]

    @classmethod
    def of(cls, carriage: Carriage, weights: NDArray[np.float64]) -> _Plan:
        """Start from what a run said."""
        confidence = np.asarray(carriage.confidence, np.float64)
        losses = np.where(np.isnan(confidence), 1.0, 1.0 - confidence) * weights
        if carriage.is_stale is not None and len(carriage.anchors):
            distances = _distances(carriage.anchors, len(losses))
            losses[carriage.is_stale] *= 1 - _reach(distances)[carriage.is_stale]
        losses[carriage.anchors] = 0
        plan = cls(losses, carriage.anchors, np.zeros_like(losses))
        sides = np.concatenate([[-1], carriage.anchors, [len(losses)]])
        for place in np.flatnonzero(np.diff(sides) > 1):
            plan._weigh(int(sides[place]), int(sides[place + 1]))
        return plan

    def sides(self, frame: int) -> tuple[int, int]:
        """Return the anchors before and after `frame`; -1 and the number of frames where there are none."""
        before, after = np.searchsorted(self.anchors, frame), np.searchsorted(self.anchors, frame, "right")
        left = int(self.anchors[before - 1]) if before else -1
        return left, int(self.anchors[after]) if after < len(self.anchors) else len(self.losses)

    def label(self, frame: int) -> None:
        """Take an anchor on `frame` as given."""
        place = int(np.searchsorted(self.anchors, frame))
        if place < len(self.anchors) and self.anchors[place] == frame:
            return
        left, right = self.sides(frame)
        self.losses[left + 1 : right] *= 1 - _reach(np.abs(np.arange(left + 1, right) - frame))
        self.anchors = np.insert(self.anchors, place, frame)
        self.gains[frame] = 0
        self._weigh(left, frame)
        self._weigh(frame, right)

    def _weigh(self, left: int, right: int) -> None:
        """Find the gains between two anchors: what is carried from a frame ends at them."""
        losses = self.losses[left + 1 : right]
        self.gains[left + 1 : right] = _falling_on(losses) + _falling_on(losses[::-1])[::-1] - losses


def _weights(objects: Sequence[Carriage]) -> list[NDArray[np.float64]]:
    """Return how much each frame of each object counts, float64 (n_frames,), 1 on the mean over all anchors.

    By the root of its area, as an outline's length goes, which is what a person would have to draw again: whatever is
    larger is more to mend, and what is small does not vanish beside it. Areas are those of the anchors around.
    """
    roots = [np.sqrt(carriage.areas) for carriage in objects]
    known = np.concatenate([*roots, []])
    usual = float(known[known > 0].mean()) if known.any() else 1.0
    weights = []
    for carriage, own in zip(objects, roots, strict=True):
        frames = np.arange(len(carriage.confidence))
        # Without an anchor nothing is carried: where to begin, the person knows best.
        weights.append(np.interp(frames, carriage.anchors, own / usual) if len(own) else np.zeros(len(frames)))
    return weights


def _reach(distances: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return what share of its loss a frame wins so far from a new anchor."""
    return np.exp(-distances / REACH_FRAMES)


def _distances(anchors: NDArray[np.integer], n_frames: int) -> NDArray[np.integer]:
    """Return the distance of every frame from the nearest of `anchors`, of which there is one at least."""
    frames = np.arange(n_frames)
    after = np.searchsorted(anchors, frames)
    before, after = np.maximum(after - 1, 0), np.minimum(after, len(anchors) - 1)
    return np.minimum(np.abs(frames - anchors[before]), np.abs(frames - anchors[after]))


def _falling_on(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each place the `values` (n,) up to there, added up within reach of it."""
    n = len(values)
    blocks = np.zeros((-(-n // _BLOCK), _BLOCK))
    blocks.ravel()[:n] = values
    fall = _reach(np.arange(_BLOCK))
    sums = np.cumsum(blocks / fall, axis=1) * fall
    for before, block in pairwise(sums):
        block += before[-1] * fall * _reach(np.ones(1, int))
    return sums.ravel()[:n]


def _reason(carriage: Carriage, plan: _Plan, frame: int, unsure_below: float) -> str:
    """Return in words why an anchor on `frame` is worth while; `plan` as it was before."""
    name, confidence = carriage.name, carriage.confidence
    left, right = plan.sides(frame)
    first, last = max(left + 1, frame - _AROUND), min(right, frame + _AROUND + 1)
    around = confidence[first:last]
    distance = int(np.abs(plan.anchors - frame).min())
    where = f"{distance} frame{'s' if distance != 1 else ''} from the nearest anchor"
    if np.isnan(around).all():
        return f"nothing is carried to {name} here yet, {where}"
    unsure = int(np.count_nonzero(around < unsure_below))
    least = first + int(np.nanargmin(around))
    if unsure == 0:
        return f"{name} is sure on all frames around, least on frame {least} ({confidence[least]:.2f}); {where}"
    here = f"{name} is unsure on {unsure} of the {len(around)} frames around, most on frame {least}"
    return f"{here} ({confidence[least]:.2f}); {where}"
