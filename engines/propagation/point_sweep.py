"""The places where points may be on each frame, gathered while a sweep goes away from an anchor.

Each frame offers: where flow leads from the best places of the frame before; where links over one, two and four frames
lead from the anchor, the surest way (after Neoral et al., "MFT: Long-Term Tracking of Every Pixel", WACV 2024; see
`long_way`); where the neighbours' motion leads; what looks most like the anchors nearby, and anywhere. The last finds a
point again that was lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.propagation.pixel_links import PixelLink
from engines.propagation.point_looks import Likeness
from engines.propagation.point_path import PathSettings, Places, neighbours_of, step_costs
from engines.propagation.point_sampling import sample


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """How many places are offered, and what they cost for how they look; distances in pixels as encoded."""

    n_onward: int = 6
    n_near: int = 5
    near_px: float = 48.0
    n_anywhere: int = 3
    apart_px: float = 3.0
    """Places nearer to one another than this are one."""
    unlike: float = 4.0
    """What a place costs that does not look like the anchors at all, by features."""
    unmatched: float = 1.0
    """Likewise by grey values."""
    match_moves: float = 0.8
    """Normalised correlation from which on a place is moved to where grey values match best."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """The places of one frame with what is known of each, float32 (p, k): likeness by features, match by grey."""

    frame: int
    places: Places
    likeness: NDArray[np.float32]
    match: NDArray[np.float32]


class PointSweep:
    """Goes from an anchor frame by frame. One thread; holds a few numbers for each point and frame."""

    def __init__(
        self,
        frame: int,
        start: NDArray[np.float32],
        groups: NDArray[np.int64],
        settings: SweepSettings,
        path: PathSettings,
        longest_step: int,
    ) -> None:
        """Begin on `frame` with the points at `start` (p, 2); `groups` says to which animal each belongs."""
        nothing = np.zeros((len(start), 1), np.float32)
        one = np.ones((len(start), 1), np.float32)
        self._settings, self._path = settings, path
        self._neighbours = neighbours_of(start, groups)
        self._offer = Offer(frame, Places(start[:, None], nothing, _stay(start[:, None])), one, one)
        self._total = nothing
        self._came_from = np.zeros((len(start), 1), np.int64)
        # Of the last frames, newest first: where the surest way has led, and how sure it is, (p, 3).
        self._ways = deque([np.column_stack([start, one])], maxlen=longest_step)
        self.offers = [self._offer]

    def advance(
        self,
        frame: int,
        seen: Likeness,
        links: Sequence[tuple[int, PixelLink]],
        scale: tuple[float, float],
        size: tuple[int, int],
        known: Offer | None = None,
        ends_at: NDArray[np.float32] | None = None,
    ) -> None:
        """Gather the places on the next `frame`.

        Parameters
        ----------
        frame
            Its number.
        seen
            What it looks like.
        links
            From so many frames back to this one each, over pictures `scale` (x, y) times those of positions.
        scale
            See `links`.
        size
            (width, height) of the picture.
        known
            What a sweep from the other side offered on this frame.
        ends_at
            Positions (p, 2) where the frame is an anchor: then there is no other place.
        """
        settings = self._settings
        before = self._offer
        by_step = dict(links)
        onward = _follow(by_step[1], before.places.positions, scale)
        before = Offer(
            before.frame,
            Places(before.places.positions, before.places.costs, onward),
            before.likeness,
            before.match,
        )
        self.offers[-1] = before
        self._ways.appendleft(self._surest(by_step, scale))
        if ends_at is not None:
            nothing = np.zeros((len(ends_at), 1), np.float32)
            places = Places(ends_at[:, None], nothing, _stay(ends_at[:, None]))
            self._offer = Offer(frame, places, nothing + 1, nothing + 1)
            self.offers.append(self._offer)
            return
        order = np.argsort(self._total, 1, kind="stable")
        best = np.take_along_axis(onward, order[:, : settings.n_onward, None], 1)[..., :2]
        moved_from = np.take_along_axis(before.places.positions, order[:, :1, None], 1)[:, 0]
        offered = [best, self._ways[0][:, None, :2], self._with_neighbours(moved_from)[:, None]]
        if known is None:
            offered.append(seen.peaks_near(best[:, 0], settings.near_px, settings.n_near))
            offered.append(seen.peaks_anywhere(settings.n_anywhere))
        positions = np.concatenate(offered, 1).astype(np.float32)
        inside = np.array([size[0] - 1, size[1] - 1], np.float32)
        positions = np.clip(positions, -settings.near_px, inside + settings.near_px)
        if known is None:
            wanted = _apart(positions, settings.apart_px)
            positions, match = seen.refine(positions, wanted, settings.match_moves)
        else:
            # What is known was refined already and stays first; only what is new is looked at.
            positions = np.concatenate([known.places.positions, positions], 1)
            there = np.isfinite(known.places.costs)
            n_known = there.shape[1]
            wanted = _apart(positions, settings.apart_px, there)
            new, match = seen.refine(positions[:, n_known:], wanted[:, n_known:], settings.match_moves)
            positions = np.concatenate([known.places.positions, new], 1)
            match = np.concatenate([known.match, match], 1)
        likeness = seen.at(positions)
        costs = settings.unlike * (1 - likeness) + settings.unmatched * (1 - match)
        costs = np.where(wanted, costs, np.inf).astype(np.float32)
        places = Places(positions, costs, _stay(positions))
        step = step_costs(before.places, positions, self._path)
        ways = step + self._total[:, None]
        self._came_from = ways.argmin(2)
        self._total = ways.min(2) + costs
        self._offer = Offer(frame, places, likeness, match)
        self.offers.append(self._offer)

    def latest(self) -> NDArray[np.int64]:
        """Return the places of the last two offers that the best way so far takes, int64 (2, p)."""
        best = self._total.argmin(1)
        return np.stack([self._came_from[np.arange(len(best)), best], best])

    def _surest(self, by_step: dict[int, PixelLink], scale: tuple[float, float]) -> NDArray[np.float32]:
        """Return where the surest chain of links leads from the anchor to the next frame, (p, 3)."""
        best: NDArray[np.float32] | None = None
        for step, link in sorted(by_step.items()):
            if step > len(self._ways):
                continue
            way = self._ways[step - 1]
            led = _follow(link, way[:, None, :2], scale)[:, 0]
            led[:, 2] *= way[:, 2]
            best = led if best is None else np.where(led[:, 2:] > best[:, 2:], led, best)
        assert best is not None
        best[:, 2] = np.maximum(best[:, 2], 1e-30)
        return best

    def _with_neighbours(self, before: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where points at `before` (p, 2) are when they move as their neighbours' surest ways do."""
        if self._neighbours is None or len(self._ways) < 2:
            return before
        motion = self._ways[0][:, :2] - self._ways[1][:, :2]
        return np.stack(
            [
                place + (np.median(motion[others], 0) if len(others) else 0)
                for place, others in zip(before, self._neighbours, strict=True)
            ]
        ).astype(np.float32)


def _follow(link: PixelLink, places: NDArray[np.float32], scale: tuple[float, float]) -> NDArray[np.float32]:
    """Return where `link` leads from places (p, k, 2), and how far it is believed there: (p, k, 3)."""
    factor = np.array(scale, np.float32)
    flat = (places.reshape(-1, 2) + 0.5) * factor - 0.5
    height, width = link.weight.shape
    grounded = np.clip(flat, 0, np.array([width - 1, height - 1], np.float32))
    # Beyond the edge things go on moving as they do on it.
    led = flat - grounded + sample(link.positions, grounded)
    weight = sample(link.weight[..., None], grounded)
    weight = np.where((flat == grounded).all(1, keepdims=True), weight, 0)
    back = (led + 0.5) / factor - 0.5
    return np.concatenate([back, weight], 1).reshape(*places.shape[:2], 3).astype(np.float32)


def _stay(positions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `positions` (p, k, 2) as where they lead to, for a frame with none after it."""
    return np.concatenate([positions, np.zeros_like(positions[..., :1])], -1)


def _apart(
    positions: NDArray[np.float32], apart_px: float, there: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Return which of positions (p, k, 2) are no repetition of one before them; the first that are `there` stay."""
    gaps = positions[:, :, None] - positions[:, None]
    is_near = np.einsum("pijc,pijc->pij", gaps, gaps) < apart_px**2
    keep = np.zeros(positions.shape[:2], bool)
    n_there = 0 if there is None else there.shape[1]
    if there is not None:
        keep[:, :n_there] = there
    for number in range(n_there, positions.shape[1]):
        keep[:, number] = ~(is_near[:, number, :number] & keep[:, :number]).any(1)
    return keep
