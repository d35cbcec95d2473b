"""Where an object is again that was lost: found by what it looked like on its anchors, anywhere on the picture.

Every object is searched for by itself. What votes against it is its own surroundings whole and the rest of its anchor
frames thinned out; were the surroundings of other objects whole too, they would outvote one that comes back changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.affinity import TopMatches, match_everywhere, mix
from engines.propagation.cells import thinned
from engines.propagation.experts import LabelledCells

_FOUND_SHARE = 0.2
_FOUND_LIKENESS = 0.08
"""Found are cells that are likely the object's and hang together, a fifth of its smallest anchor's area at least, if
they match the anchors worse than it did while it was seen by no more than this, in the mean of their cosines. With a
likeness of .75 and the first and last frame of eleven clips as anchors it is found on 31 of 52 frames, and on 8 of 520
frames of the other clips something is; what anchors match one another says less of what to expect (227 of 520), and
what a `TargetModel` says of a part tells the two no better."""


def found_again(
    queries: Tensor, anchors: Sequence[LabelledCells], likeness: float, k: int, temperature: float
) -> NDArray[np.float32]:
    """Return the label of an object that was lost, float32 (h, w): where it surely is again, or zeros.

    `queries` (h, w, C) are the cells of the picture, `likeness` is how well the object matched its `anchors` when last
    seen; all its cells on them are among those given. `k` and `temperature` are those of the affinity.
    """
    area = min((float(anchor.label.sum()) for anchor in anchors if anchor.label.max() > 0.5), default=0.0)
    shape = queries.shape[0], queries.shape[1]
    asked = thinned(shape)
    best = TopMatches(int(asked.sum()), k, queries.device)
    keys = torch.cat([anchor.cells for anchor in anchors]).float()
    chosen = torch.from_numpy(np.flatnonzero(asked)).to(queries.device)
    match_everywhere(queries.flatten(0, 1)[chosen], keys, best, torch.arange(len(keys), device=keys.device))
    labels = torch.from_numpy(np.concatenate([anchor.label for anchor in anchors])[:, None]).to(keys.device)
    votes, scores = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    votes[asked] = mix(best.index, best.weights(temperature), labels)[:, 0].cpu().numpy()
    scores[asked] = best.scores.amax(1).cpu().numpy()
    share = _spread(votes, asked)
    _, parts, sizes, _ = cv2.connectedComponentsWithStats((share > 0.5).astype(np.uint8), connectivity=4)
    for part in 1 + np.argsort(-sizes[1:, cv2.CC_STAT_AREA]):
        if sizes[part, cv2.CC_STAT_AREA] < max(2.0, _FOUND_SHARE * area):
            break
        inside = parts == part
        if (asked & inside).any() and float(scores[asked & inside].mean()) > likeness - _FOUND_LIKENESS:
            return np.where(cv2.dilate(inside.astype(np.uint8), np.ones((3, 3))) > 0, share, np.float32(0))
    return np.zeros(shape, np.float32)


def _spread(share: NDArray[np.float32], asked: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the labels `share` of cells, those not `asked` answered for by their neighbours, 0 without any."""
    counts = cv2.blur(asked.astype(np.float32), (3, 3))
    sums = cv2.blur(np.where(asked, share, 0).astype(np.float32), (3, 3))
    return np.where(asked, share, sums / np.maximum(counts, 1e-6)).astype(np.float32)
