"""Which frames a run goes through, and in which order.

A run is one forward sweep over the clip and one backward sweep; one that begins near a new anchor goes away from that
both ways first, and comes to it afterwards. Each sweep is a set of legs: an object set down on one of its anchors and
carried away from it until nothing more is wanted of it. Nothing here knows a picture or an engine.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from engines.propagation.types import Direction, Stretch

Step = Literal[1, -1]
"""Which way a sweep goes: towards later frames (1) or earlier ones (-1)."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One object on its way from the anchor on frame `anchor` to frame `end`.

    `end` lies before the anchor on a backward leg. `stretches`, sorted by frame and apart from one
    another, are what is wanted on the way; frames between them are only passed through.
    """

    object_id: int
    anchor: int
    end: int
    stretches: tuple[Stretch, ...]

    def stretch_at(self, frame: int) -> Stretch | None:
        """Return the stretch that holds `frame`, None where the leg only passes through."""
        position = bisect_right(self.stretches, frame, key=lambda stretch: stretch.first) - 1
        if position < 0 or frame > self.stretches[position].last:
            return None
        return self.stretches[position]

    def frames(self) -> range:
        """Return the frames gone through, the anchor's own included, in rising order."""
        return range(min(self.anchor, self.end), max(self.anchor, self.end) + 1)


def stretches_of(object_id: int, anchor_frames: Iterable[int], n_frames: int, direction: Direction) -> list[Stretch]:
    """Return the stretches of one object that a run in `direction` can fill, in frame order.

    A forward run cannot fill the frames before the first anchor, a backward run not those after
    the last. `left` and `right` name both neighbouring anchors whichever way the run goes. Raises
    ValueError for an anchor outside the clip.
    """
    anchors = sorted(set(anchor_frames))
    if anchors and not 0 <= anchors[0] <= anchors[-1] < n_frames:
        raise ValueError(f"anchors on frames {anchors[0]} to {anchors[-1]} of a clip of {n_frames} frames")
    sides = [None, *anchors, None] if anchors else []
    between = [
        Stretch(object_id, 0 if left is None else left + 1, (n_frames if right is None else right) - 1, left, right)
        for left, right in pairwise(sides)
    ]
    return [stretch for stretch in between if len(stretch) > 0 and any(feeding_sides(stretch, direction))]


def feeding_sides(stretch: Stretch, direction: Direction) -> tuple[bool, bool]:
    """Return whether a run in `direction` carries into `stretch` from its left and from its right anchor."""
    return stretch.left is not None and direction != "backward", stretch.right is not None and direction != "forward"


def legs_of(stretches: Iterable[Stretch], direction: Direction, step: Step) -> list[Leg]:
    """Return the legs of the sweep that goes `step`, by anchor in the order the sweep meets them.

    Stretches between the same two anchors share a leg. Raises ValueError where two stretches of an
    object overlap or one is not between its anchors.
    """
    by_anchor: defaultdict[tuple[int, int], list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        anchor = stretch.left if step == 1 else stretch.right
        if anchor is not None and feeding_sides(stretch, direction)[0 if step == 1 else 1]:
            by_anchor[anchor, stretch.object_id].append(stretch)
    legs = []
    for (anchor, object_id), wanted in sorted(by_anchor.items(), reverse=step == -1):
        wanted.sort(key=lambda stretch: stretch.first)
        _check_apart(wanted)
        legs.append(Leg(object_id, anchor, wanted[-1].last if step == 1 else wanted[0].first, tuple(wanted)))
    return legs


@dataclass(frozen=True, slots=True)
class Sweep:
    """Legs that go the same way, by anchor in the order they are met."""

    step: Step
    legs: tuple[Leg, ...]


def sweeps_of(stretches: Sequence[Stretch], direction: Direction, near: int | None = None) -> list[Sweep]:
    """Return the sweeps of a run in their order, none of them empty.

    With `near` legs that lead away from that frame come before those that lead to it, so that the frames beside an
    anchor there are the first. A stretch belongs to one or two sweeps whole, never twice to one way. Raises
    ValueError as `legs_of` does.
    """
    forward, backward = legs_of(stretches, direction, 1), legs_of(stretches, direction, -1)
    if near is None:
        found = [Sweep(1, tuple(forward)), Sweep(-1, tuple(backward))]
    else:
        found = [
            Sweep(1, tuple(leg for leg in forward if leg.anchor >= near)),
            Sweep(-1, tuple(leg for leg in backward if leg.anchor <= near)),
            Sweep(1, tuple(leg for leg in forward if leg.anchor < near)),
            Sweep(-1, tuple(leg for leg in backward if leg.anchor > near)),
        ]
    return [sweep for sweep in found if sweep.legs]


def paths(legs: Iterable[Leg], step: Step) -> list[range]:
    """Return every frame that a leg goes through, once each, in the order of the sweep: a range for each run."""
    runs: list[range] = []
    for span in sorted((leg.frames() for leg in legs), key=lambda span: span.start):
        if runs and span.start <= runs[-1].stop:
            runs[-1] = range(runs[-1].start, max(runs[-1].stop, span.stop))
        else:
            runs.append(span)
    return runs if step == 1 else [run[::-1] for run in reversed(runs)]


def n_results(stretches: Iterable[Stretch], direction: Direction) -> int:
    """Return how many results `carry` yields: two for a frame that is carried from both sides, else one."""
    return sum(len(stretch) * sum(feeding_sides(stretch, direction)) for stretch in stretches)


def _check_apart(stretches: Sequence[Stretch]) -> None:
    """Raise ValueError where sorted stretches of one object overlap or leave their anchors."""
    for stretch in stretches:
        left = -1 if stretch.left is None else stretch.left
        if not left < stretch.first <= stretch.last or (stretch.right is not None and stretch.last >= stretch.right):
            raise ValueError(f"{stretch} does not lie between its anchors")
    for before, after in pairwise(stretches):
        if after.first <= before.last:
            raise ValueError(f"stretches of object {before.object_id} overlap on frame {after.first}")
