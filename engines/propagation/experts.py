"""How far each of two experts is heard who know an object from its anchors: matching, and its target model.

Each is judged by what it explains of an anchor that it has not seen, from the others (ENGINES.md 3.2). With one anchor
nobody can be judged, and both are heard alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.affinity import TopMatches, match_everywhere, mix

_LEAST = 0.05
"""An expert that explains nothing of what it has not seen is still heard a little: the clip may have been unkind."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledCells:
    """Some cells of an anchor frame: unit vectors (n, C) and the object's share of each, float32 (n) in [0, 1]."""

    cells: Tensor
    label: NDArray[np.float32]


def explained_by_matching(anchors: Sequence[LabelledCells], k: int, temperature: float) -> float | None:
    """Return what matches with the other anchors explain of each one's label, in the mean; None if nothing can be said.

    1 is all, 0 or less nothing; both sides of the object's edge count alike.
    """
    found = []
    for number, anchor in enumerate(anchors):
        inside, outside = float(anchor.label.sum()), float((1 - anchor.label).sum())
        others = [*anchors[:number], *anchors[number + 1 :]]
        if not others or min(inside, outside) < 1:
            continue
        best = TopMatches(len(anchor.cells), k, anchor.cells.device)
        keys = torch.cat([other.cells for other in others]).float()
        match_everywhere(anchor.cells.float(), keys, best, torch.arange(len(keys), device=keys.device))
        labels = torch.from_numpy(np.concatenate([other.label for other in others])[:, None]).to(keys.device)
        votes = mix(best.index, best.weights(temperature), labels)[:, 0].cpu().numpy()
        weights = 0.5 * (anchor.label / inside + (1 - anchor.label) / outside)
        error = float((weights * 4 * (votes - anchor.label) ** 2).sum())
        found.append(1 - error / float((weights * (2 * anchor.label - 1) ** 2).sum()))
    return float(np.mean(found)) if found else None


def heard(explained: Sequence[float | None]) -> list[float]:
    """Return how much each expert counts, 1 in the mean, by what it explains; all alike if one could not be judged."""
    known = [max(value, _LEAST) for value in explained if value is not None]
    if len(known) < len(explained):
        return [1.0] * len(explained)
    return [len(known) * value / sum(known) for value in known]
