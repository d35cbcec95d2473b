"""How features are matched, by quality: with how many frames cells are compared, and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """One quality level: with how many frames cells are compared, and how.

    These are the `n_anchors` nearest anchor frames, the last `n_recent` frames, and `n_far` of every `far_every`-th
    frame before them. `k`, `temperature` and `radius` (in cells) are those of the affinity. `band` is the width in
    cells, on either side of an object's edge, in which every cell is asked. `weight` is that of the log-odds,
    `target_weight` that of what a `TargetModel` says.
    """

    n_anchors: int = 6
    n_recent: int = 4
    n_far: int = 0
    far_every: int = 5
    k: int = 10
    temperature: float = 0.07
    radius: int = 4
    band: int = 5
    weight: float = 1.0
    target_weight: float = 1.0
