"""Quality and speed of proposals: how well the best of the first so many tubes covers the one labelled object.

Every part can be left out, so that its worth is seen. Fine masks take a second for every ten frames and tube, so they
are made of the tubes whose boxes are best among the first so many, on some frames: what the best mask within that many
is, is about that or more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media.clip import Clip, open_clip
from app.tasks.bench_engines import find_sequences, read_sequence
from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import figure, markdown_table, megabytes
from app.tasks.memory import forget_peak, peak_since_forgotten_bytes
from app.tasks.score_tubes import read_rects
from app.tasks.tube_finder import TubeFinder, views_of
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.metrics.tubes import FIRST, GOOD, best_within, box_overlap
from engines.proposals.tubes import LEAST_SURVIVAL, Found, Step, Tube

OURS = "grown and refined"
NOT_CARRIED = "not carried back"
GROWN = "grown"
ONCE = "trained once"
ALWAYS_THERE = "grown, always there"
NOT_MERGED = "grown, not merged"
NOT_WEIGHED = "grown, not weighed"
NOT_CALIBRATED = "grown, not calibrated"
WAYS = (OURS, NOT_CARRIED, ONCE, GROWN, ALWAYS_THERE, NOT_MERGED, NOT_WEIGHED, NOT_CALIBRATED)
"""All of ours; that with tubes which do not come back; the classifier of the cluster alone; all but rough masks; and
that without an absent state, with all tubes that overlap, without weights between linking's terms, by clusters' rank.
"""
_WITHOUT: dict[str, dict[str, bool]] = {
    OURS: {},
    NOT_CARRIED: {},
    ONCE: {"refines": False, "grows": False},
    GROWN: {"refines": False},
    ALWAYS_THERE: {"refines": False, "absent": False},
    NOT_MERGED: {"refines": False, "merges": False},
    NOT_WEIGHED: {"refines": False, "weighs": False},
    NOT_CALIBRATED: {"refines": False, "calibrates": False},
}

MASKS_OF = 2
MASK_FRAMES = 8
"""Spread evenly. The first tube that has masks has them on all frames, for the time that they take."""


@dataclass(frozen=True, slots=True)
class TubeRow:
    """One way on one sequence: best overlaps by how many tubes are looked at.

    `boxes` are those of the tubes; `masks` is None where the truth has none, or none were made. Seconds are of
    processors, so that what else the machine does has no part in them: for a frame, what all tubes share; for a frame
    and tube, growing, linking and sketching, and masks. `peak_bytes` is the most memory of the whole process, None
    where the system does not tell.
    """

    sequence: str
    way: str
    n_tubes: int
    n_frames: int
    boxes: dict[int, float]
    masks: dict[int, float] | None
    shared_s: float
    tube_s: float
    mask_s: float | None
    peak_bytes: int | None


def find_tube_sequences(data: Path, names: Sequence[str] | None) -> list[str]:
    """Return the sequences in `data` that have an object's masks or its boxes, or those `names`; else UserError."""
    boxes = sorted(file.parent.name for file in (data / "boxes").glob("*/groundtruth_rect.txt"))
    known = [*find_sequences(data, None), *boxes]
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise UserError(f"There is no sequence {unknown[0]} in {data}", f"choose from {', '.join(known)}")
    return list(names or known)


def bench_tubes(
    data: Path, sequence: str, engines: EngineLoader, device: str = "auto", ways: Sequence[str] = WAYS
) -> Iterator[TubeRow]:
    """Yield a row for each of `ways`; what all tubes share is made once.

    Masks are made for `OURS` and, since they are the same, `NOT_CARRIED`, which has a row only where `OURS` has one.
    """
    clip, boxes, masks = _truth(data, sequence)
    forget_peak()
    with clip.open() as frames:
        views = views_of(frames, engines, "", device)
        from engines.proposals.evidence import Evidence
        from engines.proposals.find import FindSettings, gather, tubes_from

        since = time.process_time()
        evidence = next(step for step in gather(views) if isinstance(step, Evidence))
        shared_s = (time.process_time() - since) / clip.n_frames
        for way in (each for each in ways if each != NOT_CARRIED):
            settings = FindSettings(**_WITHOUT[way])
            since, n_clusters = time.process_time(), 1
            for step in tubes_from(views, evidence, settings=settings):
                if isinstance(step, Found):
                    found = step
                elif isinstance(step, Step) and step.stage == "tubes":
                    n_clusters = step.total
            tube_s = (time.process_time() - since) / (clip.n_frames * n_clusters)
            overlaps = [box_overlap(boxes, tube.boxes.astype(np.float64)) for tube in found.tubes]
            best_masks, carried, mask_s = None, None, None
            if way == OURS and masks is not None:
                with TubeFinder(clip, engines, "", device) as finder:
                    seen = _seen(finder, found.tubes, overlaps, masks)
                mask_s = next((each.seconds for each in seen.values()), None)
                best_masks = _best({i: each.overlap for i, each in seen.items()})
                carried = _best({i: each.overlap for i, each in seen.items() if each.survival >= LEAST_SURVIVAL})
            best, n_tubes, peak_bytes = best_within(overlaps), len(overlaps), peak_since_forgotten_bytes()
            seconds = (shared_s, tube_s, mask_s)
            yield TubeRow(sequence, way, n_tubes, clip.n_frames, best, carried, *seconds, peak_bytes)
            if way == OURS and NOT_CARRIED in ways:
                yield TubeRow(sequence, NOT_CARRIED, n_tubes, clip.n_frames, best, best_masks, *seconds, peak_bytes)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the masks of a tube are like: overlap with the truth, survival, and seconds a frame."""

    overlap: float
    survival: float
    seconds: float


def _seen(
    finder: TubeFinder, tubes: Sequence[Tube], overlaps: Sequence[float], truth: Sequence[RleMask]
) -> dict[int, _Seen]:
    """Return the masks' worth of the tubes whose boxes are best among the first so many, by place."""
    chosen = {i for n in FIRST for i in sorted(range(min(n, len(tubes))), key=lambda i: -overlaps[i])[:MASKS_OF]}
    frames = sorted({round(at) for at in np.linspace(0, len(truth) - 1, min(MASK_FRAMES, len(truth)))})
    seen: dict[int, _Seen] = {}
    for place in sorted(chosen):
        tube = tubes[place]
        wanted = sorted({*frames, tube.best_frame}) if seen else list(range(len(truth)))
        since = time.process_time()
        masks = {each.frame: each.mask for each in finder.masks(tube, wanted)}
        seconds = (time.process_time() - since) / len(wanted)
        overlap = _mask_overlap([truth[at] for at in frames], [masks[at] for at in frames])
        seen[place] = _Seen(overlap, finder.survival(tube.best_frame, masks[tube.best_frame]), seconds)
    return seen


def _best(overlaps: dict[int, float]) -> dict[int, float]:
    """Return the best of those within the first so many places."""
    return {n: max((each for place, each in overlaps.items() if place < n), default=0.0) for n in FIRST}


def mean_tubes(rows: Sequence[TubeRow]) -> list[TubeRow]:
    """Return the mean of each way over all sequences; its number of tubes and frames are those of all together."""
    means = []
    for way in dict.fromkeys(row.way for row in rows):
        own = [row for row in rows if row.way == way]
        means.append(
            TubeRow(
                f"mean of {len(own)}",
                way,
                round(float(np.mean([row.n_tubes for row in own]))),
                sum(row.n_frames for row in own),
                {n: float(np.mean([row.boxes[n] for row in own])) for n in FIRST},
                _mean_masks(own),
                float(np.mean([row.shared_s for row in own])),
                float(np.mean([row.tube_s for row in own])),
                _mean([row.mask_s for row in own]),
                max((row.peak_bytes for row in own if row.peak_bytes is not None), default=None),
            )
        )
    return means


def recall_of(rows: Sequence[TubeRow], way: str) -> dict[str, dict[int, float]]:
    """Return the share of sequences whose object a tube covers by `GOOD`, by how many are looked at.

    Of "boxes", and of "masks" over the sequences that have them.
    """
    boxes = [row.boxes for row in rows if row.way == way]
    masks = [row.masks for row in rows if row.way == way and row.masks is not None]
    kinds = {"boxes": boxes, "masks": masks}
    return {
        kind: {n: float(np.mean([each[n] >= GOOD for each in found])) for n in FIRST}
        for kind, found in kinds.items()
        if found
    }


def tubes_table(rows: Sequence[TubeRow]) -> str:
    """Return rows as a Markdown table."""
    head = ["sequence", "way", "tubes", *(f"{kind} {n}" for kind in ("box", "mask") for n in FIRST)]
    head += ["CPU ms a frame, shared", "and tube, boxes", "and tube, masks", "peak MB"]
    lines = []
    for row in rows:
        cells = [row.sequence, row.way, row.n_tubes, *(f"{row.boxes[n]:.3f}" for n in FIRST)]
        cells += [figure(None if row.masks is None else row.masks[n], 3) for n in FIRST]
        cells += [f"{1000 * row.shared_s:.0f}", f"{1000 * row.tube_s:.2f}"]
        cells += [figure(None if row.mask_s is None else 1000 * row.mask_s, 0), megabytes(row.peak_bytes)]
        lines.append(cells)
    return markdown_table(head, lines)


def _truth(data: Path, sequence: str) -> tuple[Clip, NDArray[np.float64], list[RleMask] | None]:
    """Return a clip, the true boxes of its frames, left, top, right, bottom, and the true masks if there are any."""
    rects = data / "boxes" / sequence / "groundtruth_rect.txt"
    if rects.is_file():
        clip = open_clip(rects.parent / "img")
        return clip, read_rects(rects)[: clip.n_frames], None
    clip, masks = read_sequence(data, sequence)
    return clip, np.array([mask.box if mask.area else (np.nan,) * 4 for mask in masks], np.float64), masks


def _mask_overlap(truth: Sequence[RleMask], masks: Sequence[RleMask]) -> float:
    """Return the mean IoU over the frames on which the truth shows the object."""
    pairs = [(one, other) for one, other in zip(truth, masks, strict=True) if one.area]
    return float(np.mean([region_similarity(one.decode(), other.decode()) for one, other in pairs])) if pairs else 0.0


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _mean_masks(rows: Sequence[TubeRow]) -> dict[int, float] | None:
    known = [row.masks for row in rows if row.masks is not None]
    return {n: float(np.mean([each[n] for each in known])) for n in FIRST} if known else None
