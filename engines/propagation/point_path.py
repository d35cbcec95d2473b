"""The best way of points through the places where they may be on each frame.

Dynamic programming (Viterbi): a way pays on each frame for not looking like its anchors, and between two frames for
leaving the place that flow says. Where a stretch has an anchor at both ends every way begins on one and ends on the
other, so that the two are joined. A second round knows how the neighbours moved, which keeps a left leg from becoming
the right one. Pure arithmetic: knows no picture. Positions are x, y in any unit that the settings share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_NEIGHBOURS = 4
"""Joints whose motion a joint is expected to share."""

_ROUNDS = 2
"""In which the neighbours' ways are looked at; more change nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where `p` points may be on one frame, `k` places each.

    `positions` is float32 (p, k, 2); `costs` float32 (p, k), what being there costs, infinite where there is no such
    place. `onward` float32 (p, k, 3) is the x and y that flow leads to on the next frame of the path, and how far
    that is believed, in [0, 1].
    """

    positions: NDArray[np.float32]
    costs: NDArray[np.float32]
    onward: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PathSettings:
    """What a way pays.

    Leaving the place that flow says costs the squared distance over twice a variance, at most `most`: a jump.
    The deviation is `sure_px` where flow is believed and `unsure_px` more where it is not. Leaving the place that the
    neighbours' motion says costs likewise, `together` times at most 4, with a deviation of `stiffness` of the
    distance to them.
    """

    sure_px: float = 2.5
    unsure_px: float = 14.0
    most: float = 20.0
    together: float = 2.0
    stiffness: float = 0.7
    stiffness_px: float = 6.0


def step_costs(before: Places, positions: NDArray[np.float32], settings: PathSettings) -> NDArray[np.float32]:
    """Return what going from each place `before` to each of `positions` (p, k, 2) costs, float32 (p, k, k before)."""
    apart = positions[:, :, None] - before.onward[:, None, :, :2]
    squared = np.einsum("pkjc,pkjc->pkj", apart, apart)
    unsure = 1 - before.onward[..., 2]
    variance = settings.sure_px**2 + unsure * settings.unsure_px**2  # (p, k before)
    costs: NDArray[np.float32] = np.minimum(squared / (2 * variance[:, None]), settings.most)
    return costs


def best_paths(frames: Sequence[Places], groups: NDArray[np.int64], settings: PathSettings) -> NDArray[np.int64]:
    """Return which place each point takes on each frame, int64 (frames, p).

    The first of `frames` is an anchor, and the last one may be: an anchor has one place. `groups` int64 (p,) says
    which animal each point belongs to; only joints of one animal are neighbours.
    """
    path = _solve(frames, settings, None)
    neighbours = neighbours_of(frames[0].positions[:, 0], groups)
    if neighbours is None:
        return path
    for _ in range(_ROUNDS):
        path = _solve(frames, settings, _shared_motion(frames, path, neighbours, settings))
    return path


def _solve(
    frames: Sequence[Places], settings: PathSettings, more: Sequence[NDArray[np.float32]] | None
) -> NDArray[np.int64]:
    """Return the cheapest way of each point, with `more` costs (p, k) for each frame."""
    n_points = len(frames[0].costs)
    every = np.arange(n_points)
    total = frames[0].costs
    came_from: list[NDArray[np.int64]] = []
    for number, (before, after) in enumerate(pairwise(frames), 1):
        ways = step_costs(before, after.positions, settings) + total[:, None]  # (p, k, k before)
        best = ways.argmin(2)
        came_from.append(best)
        total = np.take_along_axis(ways, best[..., None], 2)[..., 0] + after.costs
        if more is not None:
            total = total + more[number]
    path = np.empty((len(frames), n_points), np.int64)
    path[-1] = total.argmin(1)
    for number in range(len(frames) - 1, 0, -1):
        path[number - 1] = came_from[number - 1][every, path[number]]
    return path


def neighbours_of(start: NDArray[np.float32], groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...] | None:
    """Return for each point the nearest others of its animal (up to 4), None where nobody has two."""
    apart = np.hypot(*np.moveaxis(start[:, None] - start[None], -1, 0))
    apart[groups[:, None] != groups[None]] = np.inf
    np.fill_diagonal(apart, np.inf)
    nearest = tuple(
        np.array([other for other in np.argsort(row)[:_NEIGHBOURS] if np.isfinite(row[other])], np.int64)
        for row in apart
    )
    return nearest if any(len(others) > 1 for others in nearest) else None


def _shared_motion(
    frames: Sequence[Places],
    path: NDArray[np.int64],
    neighbours: Sequence[NDArray[np.int64]],
    settings: PathSettings,
) -> list[NDArray[np.float32]]:
    """Return what being elsewhere than the neighbours' motion says costs, (p, k) for each frame.

    Motion is counted from the first frame, and from the last one too where that is an anchor, the nearer of them
    saying more.
    """
    every = np.arange(len(neighbours))
    way = np.stack([places.positions[every, taken] for places, taken in zip(frames, path, strict=True)])  # (f, p, 2)
    last = len(frames) - 1
    joins = np.isfinite(frames[-1].costs).sum(1) == 1
    expected = way.copy()
    spread = np.full(len(neighbours), np.inf, np.float32)
    from_last = np.arange(last + 1, dtype=np.float32)[:, None] / max(1, last)
    for point, others in enumerate(neighbours):
        if len(others) < 2:
            continue
        expected[:, point] = way[0, point] + np.median(way[:, others] - way[0, others], 1)
        if joins[point]:
            back = way[-1, point] + np.median(way[:, others] - way[-1, others], 1)
            expected[:, point] += from_last * (back - expected[:, point])
        mean = np.hypot(*(way[0, others] - way[0, point]).T).mean()
        spread[point] = settings.stiffness_px + settings.stiffness * mean
    costs = []
    for places, there in zip(frames, expected, strict=True):
        apart = places.positions - there[:, None]
        squared = np.einsum("pkc,pkc->pk", apart, apart)
        costs.append(np.float32(settings.together) * np.minimum(squared / (2 * spread[:, None] ** 2), np.float32(4)))
    return costs
