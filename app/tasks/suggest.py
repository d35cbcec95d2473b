"""Which frames of a clip to label next, from what a run was sure of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engines.propagation.suggest import Carriage, Suggestion, suggest
from engines.propagation.types import MaskAnchor, MaskResult

Confidences = dict[int, NDArray[np.float32]]
"""By object id, of every frame; NaN where nothing was carried."""


def no_confidences(anchors: Iterable[MaskAnchor], n_frames: int) -> Confidences:
    """Return what is known before a run."""
    return {anchor.object_id: np.full(n_frames, np.nan, np.float32) for anchor in anchors}


def take(confidences: Confidences, result: MaskResult) -> None:
    """Note how sure a run was of one label, once that is final."""
    if result.is_final:
        confidences[result.object_id][result.frame] = result.confidence


def suggest_frames(
    anchors: Sequence[MaskAnchor], confidences: Mapping[int, NDArray[np.float32]], count: int
) -> list[tuple[int, Suggestion]]:
    """Return up to `count` frames to label next, each with the object that wins most by it; objects go by number."""
    objects = {}
    for object_id, confidence in sorted(confidences.items()):
        own = sorted((anchor.frame, anchor.mask.area) for anchor in anchors if anchor.object_id == object_id)
        frames, areas = np.array(own, np.int64).reshape(-1, 2).T
        objects[object_id] = Carriage(f"object {object_id}", confidence, frames, areas)
    ids = list(objects)
    return [(ids[found.place], found) for found in suggest(list(objects.values()), count)]
