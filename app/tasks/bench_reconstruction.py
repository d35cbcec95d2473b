"""How well a frame is put together from an earlier one, by long-range flow and by classical flow.

The experiment of Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.3.6 and Table 2.5: a
frame 5 or 10 frames before is warped into the present one, and the L1 distance of their colours is told. The scale of
the thesis's figures is not known, so what is compared is the ratio to leaving the earlier frame as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from app.media.clip import open_clip
from app.tasks.engine_loader import EngineLoader, torch_told
from app.tasks.markdown import markdown_table
from app.tasks.weights import chosen_weights
from engines.frame_source import FrameSource
from engines.pixel_grid import fetch, pixel_grid
from engines.propagation.types import Quality

GAPS = (5, 10)
N_TARGETS = 2
"""Frames of a sequence that are put together: in its middle, and its last one."""

IDENTITY, DIRECT, CHAIN, OURS = "identity", "dis-direct", "dis-chain", "long-flow"
WAYS = (IDENTITY, DIRECT, CHAIN, OURS)
PUBLISHED = {"thesis, ResNet-50": (60.4 / 82.0, 76.4 / 97.7), "FlowNet2": (62.4 / 82.0, 90.3 / 97.7)}
"""Ratios of the thesis's Table 2.5, on the 30 sequences of DAVIS 2017."""

_Flow = Callable[[int, int], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class ReconstructionRow:
    """One way on one sequence, or on all of them.

    `distances` are the mean L1 of colours (0 to 255) by gap in frames, `seconds` those of a pair.
    """

    sequence: str
    way: str
    distances: Mapping[int, float]
    seconds: float


def bench_reconstruction(
    data: Path, sequence: str, engines: EngineLoader, device: str = "auto", quality: Quality = "normal"
) -> Iterator[ReconstructionRow]:
    """Yield a row for each way on one sequence."""
    with torch_told():
        from engines.propagation.long_flow import LongFlows
    clip = open_clip(data / "JPEGImages" / "480p" / sequence)
    extractor = engines.extractor(chosen_weights(""), device)
    targets = sorted({round(frame) for frame in np.linspace(max(GAPS), clip.n_frames - 1, N_TARGETS + 1)[1:]})
    with clip.open() as frames:
        ours = LongFlows(frames, extractor, quality)
        ways: dict[str, _Flow | None] = {
            IDENTITY: None,
            DIRECT: lambda frame, other: _dis(frames, (frame, other)),
            CHAIN: lambda frame, other: _dis(frames, range(frame, other - 1, -1)),
            OURS: lambda frame, other: ours.between(frame, other).resized(clip.width, clip.height).flow,
        }
        for way, flow in ways.items():
            started_s = time.perf_counter()
            distances = {
                gap: float(np.mean([_distance(frames, frame, frame - gap, flow) for frame in targets])) for gap in GAPS
            }
            seconds = (time.perf_counter() - started_s) / (len(GAPS) * len(targets))
            yield ReconstructionRow(sequence, way, distances, seconds)


def mean_reconstructions(rows: Sequence[ReconstructionRow]) -> list[ReconstructionRow]:
    """Return the mean of each way over all sequences."""
    n_sequences = len({row.sequence for row in rows})
    means = []
    for way in dict.fromkeys(row.way for row in rows):
        own = [row for row in rows if row.way == way]
        distances = {gap: float(np.mean([row.distances[gap] for row in own])) for gap in GAPS}
        means.append(
            ReconstructionRow(f"mean of {n_sequences}", way, distances, float(np.mean([r.seconds for r in own])))
        )
    return means


def reconstruction_facts(rows: Sequence[ReconstructionRow]) -> list[dict[str, Any]]:
    """Return rows for a program."""
    still = {row.sequence: row.distances for row in rows if row.way == IDENTITY}
    return [
        {
            "sequence": row.sequence,
            "way": row.way,
            "L1": {str(gap): value for gap, value in row.distances.items()},
            "ratio": {str(gap): value / max(still[row.sequence][gap], 1e-9) for gap, value in row.distances.items()},
            "seconds": row.seconds,
        }
        for row in rows
    ]


def reconstruction_table(rows: Sequence[ReconstructionRow]) -> str:
    """Return rows as a Markdown table: a line for each sequence, ratios to identity by way and gap."""
    ratios = {(fact["sequence"], fact["way"]): fact["ratio"] for fact in reconstruction_facts(rows)}
    still = {row.sequence: row.distances for row in rows if row.way == IDENTITY}
    ways = [way for way in WAYS if way != IDENTITY]
    head = ["sequence", *(f"identity, L1 {gap}" for gap in GAPS), *(f"{way} {gap}" for way in ways for gap in GAPS)]
    lines = []
    for sequence, distances in still.items():
        cells = [sequence, *(f"{distances[gap]:.1f}" for gap in GAPS)]
        cells += [f"{ratios[sequence, way][str(gap)]:.3f}" for way in ways for gap in GAPS]
        lines.append(cells)
    *_, last = still
    spent = ", ".join(f"{row.way} {row.seconds:.2f} s" for row in rows if row.sequence == last and row.way in ways)
    told = "; ".join(
        f"{name} {' and '.join(f'{ratio:.3f}' for ratio in of_gaps)}" for name, of_gaps in PUBLISHED.items()
    )
    published = f"Published ratios at {GAPS[0]} and {GAPS[1]} frames (all of DAVIS 2017): {told}. A pair: {spent}."
    return f"{markdown_table(head, lines)}\n\n{published}"


def _distance(frames: FrameSource, frame: int, other: int, flow: _Flow | None) -> float:
    """Return the mean L1 distance of colours between `frame` and the `other` one, warped by `flow`."""
    here, there = frames.image(frame), frames.image(other)
    if flow is not None:
        height, width = here.shape[:2]
        there = fetch(there, pixel_grid(width, height) + flow(frame, other))
    return float(np.mean(cv2.absdiff(here, there)))


def _dis(frames: FrameSource, path: Sequence[int]) -> NDArray[np.float32]:
    """Return OpenCV's DIS flow (medium) along a path of frames, with no check of any kind."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    greys = (cv2.cvtColor(frames.image(frame), cv2.COLOR_RGB2GRAY) for frame in path)
    grid = pixel_grid(frames.width, frames.height)
    flow = np.zeros_like(grid)
    for here, there in pairwise(greys):
        flow += fetch(dis.calc(here, there, cast(Any, None)), grid + flow)
    return flow
