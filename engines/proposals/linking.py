"""One box on every key frame, or none where the object is away, chosen so that boxes follow the flow.

Xiao 2020, section 2.2.2, equation 2.1, by dynamic programming. The thesis adds margins without a unit to overlaps
in [0, 1] and puts a box on every frame; ours weighs the two and has a state for an object that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.proposals.evidence import Evidence


@dataclass(frozen=True, slots=True)
class LinkWeights:
    """How much the terms count.

    `smooth` is that of an overlap along the flow, beside looks that vary by 1 over the clip; `object` that of a box's
    own score. `absent` is the worth of a frame without a box, in the same unit, `switch` the price of going or coming.
    Not `in_units` looks count as they come, whatever they vary by, as in the thesis.
    """

    smooth: float = 1.5
    object: float = 1.5
    absent: float = -0.5
    switch: float = 1.0
    in_units: bool = True


def linked(
    evidence: Evidence, scores: NDArray[np.float32], weights: LinkWeights | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the chosen box of each key frame, intp (f,), -1 for none, and its worth by itself, float32 (f,).

    `scores` is float32 (f, n) as `grown` gives them.
    """
    weights = weights or LinkWeights()
    worth = _worth(evidence, scores, weights)  # (f, n)
    n_frames, n = worth.shape
    came_from = np.zeros((n_frames, n + 1), np.intp)
    total = np.append(worth[0], np.float32(weights.absent))
    for frame in range(1, n_frames):
        arriving = np.full((n + 1, n + 1), np.float32(-weights.switch))  # to, from
        arriving[:n, :n] = np.float32(weights.smooth) * evidence.steps[frame - 1]
        arriving[n, n] = weights.smooth / 2  # staying away is no smoother than following a box half well
        arriving += total
        came_from[frame] = arriving.argmax(1)
        total = np.take_along_axis(arriving, came_from[frame][:, None], 1)[:, 0]
        total += np.append(worth[frame], np.float32(weights.absent))
    chosen = np.empty(n_frames, np.intp)
    chosen[-1] = int(total.argmax())
    for frame in range(n_frames - 1, 0, -1):
        chosen[frame - 1] = came_from[frame, chosen[frame]]
    padded = np.hstack([worth, np.full((n_frames, 1), weights.absent, np.float32)])
    own = padded[np.arange(n_frames), chosen]
    return np.where(chosen == n, -1, chosen), own


def _worth(evidence: Evidence, scores: NDArray[np.float32], weights: LinkWeights) -> NDArray[np.float32]:
    """Return the worth of each box by itself: its looks above the clip's best few, in units of how much looks vary."""
    known = scores[evidence.is_box]
    spread = max(float(known.std()), 1e-6) if known.size and weights.in_units else 1.0
    best = np.where(evidence.is_box.any(1), scores.max(1, initial=-np.inf), np.nan)
    level = float(np.nanmedian(best)) if np.isfinite(best).any() else 0.0
    return (scores - np.float32(level)) / np.float32(spread) + np.float32(weights.object) * evidence.score
