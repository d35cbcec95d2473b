"""Whether what has come to be taken for an object still looks like it did on the anchors.

Labels that are carried from frame to frame confirm one another: what has leaked into an object once is soon known as
a part of it. Only anchors know better, and only as far as the object still looks as it did there. So their votes are
judged by how well they tell the object from its surroundings on the frame itself, and count for nothing where they
cannot.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_WEIGHT = 1.5
_NEIGHBOURS = 0.6
"""Deviation, in cells, of the neighbours that a cell is judged together with: alone it is often wrong."""

_USELESS, _USEFUL = 0.2, 0.5
"""Votes for the object inside it, less those around it: below the first the check is off, above the second full."""


def anchor_odds(
    votes: NDArray[np.float32], is_known: NDArray[np.bool_], inside: NDArray[np.bool_], around: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return log-odds (h, w) of an object by the anchors' `votes` for it, float32 (h, w) in [0, 1].

    `is_known` are the cells that anchors were asked about; the others follow their neighbours. `inside` are those of
    the object as it is thought to be, `around` its surroundings.
    """
    seen_inside, seen_around = inside & is_known, around & ~inside & is_known
    if not seen_inside.any() or not seen_around.any():
        return np.zeros_like(votes)
    own, others = float(votes[seen_inside].mean()), float(votes[seen_around].mean())
    use = np.clip((own - others - _USELESS) / (_USEFUL - _USELESS), 0, 1)
    if use == 0:
        return np.zeros_like(votes)
    known = cv2.GaussianBlur(is_known.astype(np.float32), (0, 0), _NEIGHBOURS)
    smooth = cv2.GaussianBlur(np.where(is_known, votes, np.float32(0)), (0, 0), _NEIGHBOURS)
    smooth = smooth / np.maximum(known, 1e-6)
    odds = np.clip((2 * smooth - own - others) / (own - others), -1, 1) * np.float32(_WEIGHT * use)
    return np.where(inside | around, odds, np.float32(0)).astype(np.float32)
