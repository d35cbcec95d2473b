"""Objects of a clip that nobody has drawn anything on, as ranked tubes of boxes.

Xiao, "Multimodal Learning with Minimal Human Supervision from Videos and Natural Language" (UC Davis, 2020), chapter 2:
boxes of single frames, clusters of easy instances, one classifier a cluster that grows over the clip. Pixels come
later and only for tubes that are asked for: see `masks`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engines.proposals.boxes import within
from engines.proposals.clusters import clusters_of
from engines.proposals.evidence import Evidence, gathered
from engines.proposals.growing import grown
from engines.proposals.linking import LinkWeights, linked
from engines.proposals.refining import refined, sketched_frames
from engines.proposals.sketch import SketchBook
from engines.proposals.tubes import Found, Step, Tube, filled, merged
from engines.proposals.views import ClipViews

MOST_KEY_FRAMES = 100
"""However long the clip: what is kept of key frames is all that grows, some 300 kB for each."""
KEY_STEP = 3
"""Frames from key frame to key frame of a clip that is short enough; shorter still, and it is less."""

MOST_CLUSTERS = 120
SAME_TUBE = 0.7
"""Mean overlap over time above which two tubes are one."""

_CONSTANT, _PER_OBJECT, _PER_SMOOTH = -1.55, 0.93, 1.01
"""Fitted to the mean overlap, with the one labelled object, of 600 tubes of ten DAVIS sequences together. Predicting
each sequence from the others the mean error is 0.16: it ranks the tubes of one clip, and says little between clips."""
_STILL_SHARE = 0.5
"""What a score is worth that motion has no part in."""


@dataclass(frozen=True, slots=True)
class FindSettings:
    """Which parts run: the thesis's `grows`, and ours that can be switched off to see what they are worth.

    Without `grows` the classifier of the cluster decides all frames. `absent` lets a tube have frames without a box;
    `merges` joins tubes that overlap in space and time; `weighs` puts the terms of linking into one unit; `calibrates`
    ranks by the overlap to expect, and not by the clusters' worth; `refines` sketches tubes, see `refining`.
    """

    grows: bool = True
    absent: bool = True
    merges: bool = True
    weighs: bool = True
    calibrates: bool = True
    refines: bool = True


def find_tubes(
    views: ClipViews, most: int = MOST_CLUSTERS, settings: FindSettings | None = None
) -> Iterator[Step | Found]:
    """Yield a `Step` for each frame and cluster, and last what was `Found`: up to `most` tubes.

    Closing the generator cancels. Memory does not grow with the clip beyond `MOST_KEY_FRAMES`.
    """
    for step in gather(views):
        if isinstance(step, Evidence):
            yield from tubes_from(views, step, most, settings)
        else:
            yield step


def gather(views: ClipViews) -> Iterator[Step | Evidence]:
    """Yield a `Step` for each key frame, and last the `Evidence` of all: what is dear, and the same for every tube."""
    places = key_frames_of(views.n_frames)
    seen, cells = [], {}
    sketched = set(sketched_frames(places))
    for number, frame in enumerate(places):
        seen.append(views.key_frame(frame, places[number - 1] if number else None))
        if frame in sketched:
            cells[frame] = views.cells(frame)
        yield Step("boxes", number + 1, len(places))
    yield gathered(seen, cells)


def tubes_from(
    views: ClipViews, evidence: Evidence, most: int = MOST_CLUSTERS, settings: FindSettings | None = None
) -> Iterator[Step | Found]:
    """Yield a `Step` for each cluster, and last what was `Found` in `evidence`; see `find_tubes`."""
    settings = settings or FindSettings()
    tubes, worth = [], []
    clusters = clusters_of(evidence, MOST_CLUSTERS)
    weights = LinkWeights() if settings.weighs else LinkWeights(smooth=1, object=0, in_units=False)
    weights = weights if settings.absent else replace(weights, absent=-math.inf)
    for number, cluster in enumerate(clusters):
        scores = grown(evidence, cluster, rounds=None if settings.grows else 0)
        tube = _tube(views, evidence, *linked(evidence, scores, weights))
        if tube is not None:
            tubes.append(tube)
            worth.append(tube.score if settings.calibrates else cluster.score)
        yield Step("tubes", number + 1, len(clusters))
    order = merged([tube.boxes for tube in tubes], worth, SAME_TUBE if settings.merges else 1)
    ranked = tuple(tubes[place] for place in order[:most])
    if settings.refines and ranked:
        frames = sorted(evidence.cells)
        book = SketchBook([evidence.cells[frame] for frame in frames], views.size)
        for step in refined(ranked, book, frames, views.clip_size):
            if isinstance(step, Step):
                yield step
            else:
                ranked = step
    yield Found(ranked, evidence.is_still)


def key_frames_of(n_frames: int) -> list[int]:
    """Return the frames that boxes are looked for on, the first and about every third, at most `MOST_KEY_FRAMES`."""
    step = max(1, min(KEY_STEP, n_frames // 10), math.ceil(n_frames / MOST_KEY_FRAMES))
    return list(range(0, n_frames, step))


def _tube(views: ClipViews, evidence: Evidence, chosen: NDArray[np.intp], worth: NDArray[np.float32]) -> Tube | None:
    """Return the chosen boxes as a tube of the whole clip, None where none is chosen."""
    places = np.arange(len(chosen))
    is_there = chosen >= 0
    if not is_there.any():
        return None
    boxes = np.where(is_there[:, None], evidence.boxes[places, np.maximum(chosen, 0)], np.nan)
    objectness = np.where(is_there, evidence.score[places, np.maximum(chosen, 0)], 0)
    along = [
        float(step[chosen[i + 1], chosen[i]]) if chosen[i] >= 0 and chosen[i + 1] >= 0 else 0.0
        for i, step in enumerate(evidence.steps)
    ]
    odds = _CONSTANT + _PER_OBJECT * float(objectness.mean()) + _PER_SMOOTH * (float(np.mean(along)) if along else 0.5)
    score = (_STILL_SHARE if evidence.is_still else 1.0) / (1 + math.exp(-odds))
    scale = np.tile(np.divide(views.clip_size, views.size), 2)
    tube = filled(boxes.astype(np.float32), evidence.frames, views.n_frames)
    tube = within((tube * scale).astype(np.float32), *views.clip_size)
    likeness = np.full(views.n_frames, np.nan, np.float32)
    likeness[evidence.frames[is_there]] = worth[is_there]
    return Tube(tube, score, likeness)
