"""How well an engine comes back to where it started: a mask carried forward and then, from there, backward again.

Needs no truth but the first mask. An engine that keeps still passes too: read it beside the scores of `bench_engines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.formats.mask_png import read_mask
from app.media.clip import Clip, open_clip
from app.tasks.bench_engines import Entrant
from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import figure, markdown_table
from app.tasks.propagate import MaskRun, propagate_masks
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.propagation.types import Direction, MaskAnchor, Stretch

DISTANCES = (10, 25, 50)
"""Frames from the start to where the way turns."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One engine on one sequence: by distance the IoU of the first mask with itself come back, None if too short."""

    sequence: str
    engine: str
    overlaps: dict[int, float | None]


def bench_there_and_back(
    data: Path, sequence: str, entrant: Entrant, engines: EngineLoader, device: str = "auto"
) -> CycleRow:
    """Return how well `entrant` comes back on one sequence; everything that is not 0 is one object.

    On the way back nothing is known but the mask that the way forward ended with.
    """
    clip = open_clip(data / "JPEGImages" / "480p" / sequence)
    first_file = min((data / "Annotations" / "480p" / sequence).glob("*.png"))
    start = RleMask.encode(read_mask(first_file, (clip.width, clip.height)).values > 0)
    reached = [distance for distance in DISTANCES if distance < clip.n_frames]
    overlaps: dict[int, float | None] = dict.fromkeys(DISTANCES)
    if reached:
        there = _carried(clip, MaskAnchor(1, 0, start), 1, max(reached), "forward", entrant, engines, device)
        for distance in reached:
            turning = MaskAnchor(1, distance, there[distance])
            back = _carried(clip, turning, 0, distance - 1, "backward", entrant, engines, device)
            overlaps[distance] = region_similarity(start.decode(), back[0].decode())
    return CycleRow(sequence, entrant.name, overlaps)


def mean_cycles(rows: Sequence[CycleRow]) -> list[CycleRow]:
    """Return each engine's mean over the sequences that are long enough."""
    means = []
    for engine in dict.fromkeys(row.engine for row in rows):
        overlaps: dict[int, float | None] = {}
        for distance in DISTANCES:
            known = [row.overlaps[distance] for row in rows if row.engine == engine]
            figures = [overlap for overlap in known if overlap is not None]
            overlaps[distance] = float(np.mean(figures)) if figures else None
        means.append(CycleRow("mean", engine, overlaps))
    return means


def cycle_table(rows: Sequence[CycleRow]) -> str:
    """Return `rows` as a Markdown table, a line for each sequence, a column for each engine and distance."""
    by_cell = {(row.sequence, row.engine): row.overlaps for row in rows}
    columns = [(engine, distance) for engine in dict.fromkeys(row.engine for row in rows) for distance in DISTANCES]
    return markdown_table(
        ["sequence, IoU after", *(f"{engine} {distance}" for engine, distance in columns)],
        [
            [sequence, *(figure(by_cell[sequence, engine][distance], 3) for engine, distance in columns)]
            for sequence in dict.fromkeys(row.sequence for row in rows)
        ],
    )


def _carried(
    clip: Clip,
    anchor: MaskAnchor,
    first: int,
    last: int,
    direction: Direction,
    entrant: Entrant,
    engines: EngineLoader,
    device: str,
) -> dict[int, RleMask]:
    """Return the masks of frames `first` to `last` as carried from `anchor` alone."""
    left, right = (anchor.frame, None) if direction == "forward" else (None, anchor.frame)
    stretches = (Stretch(1, first, last, left, right),)
    run = MaskRun(entrant.engine, direction, entrant.quality, (anchor,), stretches, entrant.weights, device)
    return {result.frame: result.mask for result in propagate_masks(clip, run, engines=engines)}
