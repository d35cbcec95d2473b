"""Quality and speed of proposals: how well the best of the first so many tubes covers the one labelled object.

Every part can be left out, so that its worth is seen. Masks take a second for every twenty frames and tube, so they are
made of the tubes among the first ten whose boxes are best: what the best mask within ten is, is at least that.
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
from app.tasks.memory import forget_peak, peak_since_forgotten_bytes
from app.tasks.score_tubes import read_rects
from app.tasks.tube_finder import views_of
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.metrics.tubes import FIRST, GOOD, best_within, box_overlap
from engines.proposals.tubes import Found, Step

OURS = "ours"
ONCE = "trained once"
ALWAYS_THERE = "always there"
NOT_MERGED = "not merged"
WAYS = (OURS, ONCE, ALWAYS_THERE, NOT_MERGED)
"""All of ours; the classifier of the cluster alone; without an absent state; with all tubes that overlap."""

MASKS_WITHIN = 10
MASKS_OF = 2


@dataclass(frozen=True, slots=True)
class TubeRow:
    """One way on one sequence: best overlaps by how many tubes are looked at.

    `boxes` are those of the tubes; `refined`, of the tubes that have masks, the boxes around them; `masks` is None
    where the truth has none. Seconds are of processors, so that what else the machine does has no part in them: for a
    frame, what all tubes share; for a frame and tube, growing and linking, and masks. `peak_bytes` is the most memory
    of the whole process, None where the system does not tell.
    """

    sequence: str
    way: str
    n_tubes: int
    n_frames: int
    boxes: dict[int, float]
    refined: float | None
    masks: float | None
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
    """Yield a row for each of `ways`; what all tubes share is made once, and masks are made for `OURS`."""
    clip, boxes, masks = _truth(data, sequence)
    forget_peak()
    with clip.open() as frames:
        views = views_of(frames, engines, "", device)
        from engines.proposals.evidence import Evidence
        from engines.proposals.find import FindSettings, gather, tubes_from
        from engines.proposals.masks import tube_masks

        since = time.process_time()
        evidence = next(step for step in gather(views) if isinstance(step, Evidence))
        shared_s = (time.process_time() - since) / clip.n_frames
        for way in ways:
            settings = FindSettings(grows=way != ONCE, absent=way != ALWAYS_THERE, merges=way != NOT_MERGED)
            since, n_clusters = time.process_time(), 1
            for step in tubes_from(views, evidence, settings=settings):
                if isinstance(step, Found):
                    found = step
                elif isinstance(step, Step):
                    n_clusters = step.total
            tube_s = (time.process_time() - since) / (clip.n_frames * n_clusters)
            overlaps = [box_overlap(boxes, tube.boxes.astype(np.float64)) for tube in found.tubes]
            refined, best_mask, mask_s = None, None, None
            if way == OURS and overlaps:
                chosen = sorted(range(min(MASKS_WITHIN, len(overlaps))), key=lambda i: -overlaps[i])[:MASKS_OF]
                since = time.process_time()
                told = [list(tube_masks(views, found.tubes[i])) for i in chosen]
                mask_s = (time.process_time() - since) / (len(chosen) * clip.n_frames)
                refined = max(box_overlap(boxes, np.stack([one.box for one in each]).astype(float)) for each in told)
                if masks is not None:
                    best_mask = max(_mask_overlap(masks, [one.mask for one in each]) for each in told)
            peak_bytes = peak_since_forgotten_bytes()
            best = best_within(overlaps)
            n_tubes = len(overlaps)
            seconds = (shared_s, tube_s, mask_s)
            yield TubeRow(sequence, way, n_tubes, clip.n_frames, best, refined, best_mask, *seconds, peak_bytes)


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
                _mean([row.refined for row in own]),
                _mean([row.masks for row in own]),
                float(np.mean([row.shared_s for row in own])),
                float(np.mean([row.tube_s for row in own])),
                _mean([row.mask_s for row in own]),
                max((row.peak_bytes for row in own if row.peak_bytes is not None), default=None),
            )
        )
    return means


def recall_of(rows: Sequence[TubeRow], way: str) -> dict[int, float]:
    """Return the share of sequences whose object a tube's boxes cover by `GOOD`, by how many tubes are looked at."""
    own = [row for row in rows if row.way == way]
    return {n: float(np.mean([row.boxes[n] >= GOOD for row in own])) for n in FIRST}


def tubes_table(rows: Sequence[TubeRow]) -> str:
    """Return rows as a Markdown table."""
    within = " | ".join(f"box {n}" for n in FIRST)
    ms = "CPU ms a frame, shared | and tube, boxes | and tube, masks"
    lines = [
        f"| sequence | way | tubes | {within} | refined 10 | mask 10 | {ms} | peak MB |",
        "| --- | --- |" + " ---: |" * (len(FIRST) + 7),
    ]
    for row in rows:
        cells = [row.sequence, row.way, str(row.n_tubes), *(f"{row.boxes[n]:.3f}" for n in FIRST)]
        cells += [_told(row.refined), _told(row.masks), f"{1000 * row.shared_s:.0f}", f"{1000 * row.tube_s:.2f}"]
        cells.append("–" if row.mask_s is None else f"{1000 * row.mask_s:.0f}")
        cells.append("–" if row.peak_bytes is None else f"{row.peak_bytes / 1e6:.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


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


def _told(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
