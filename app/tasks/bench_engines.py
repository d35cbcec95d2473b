"""Quality and speed of the mask engines on DAVIS-like sequences, first mask given."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from app.errors import UserError
from app.formats.mask_png import read_mask
from app.media.clip import Clip, open_clip
from app.tasks.propagate import propagate_masks, whole_clip_run
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.metrics.davis import score_object
from engines.propagation.types import MaskAnchor, MaskResult, Quality

PEER = "dis-chain"
"""The classical floor for `flow`: OpenCV's DIS flow (medium), each mask fetched from the one before, nothing else."""


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine on one sequence; J and F in [0, 1], frames/s from frame file to mask."""

    sequence: str
    engine: str
    j: float
    f: float
    n_frames: int
    frames_per_s: float


def find_sequences(data: Path, names: Sequence[str] | None) -> list[str]:
    """Return the sequences under `data`, laid out as DAVIS is, or `names` if all of them are there; else UserError."""
    root = data / "JPEGImages" / "480p"
    if not root.is_dir():
        raise UserError(f"There are no sequences in {root}", "name a folder laid out as DAVIS is, with --data")
    found = sorted(folder.name for folder in root.iterdir() if (data / "Annotations" / "480p" / folder.name).is_dir())
    unknown = sorted(set(names or ()) - set(found))
    if unknown:
        raise UserError(f"There is no sequence {unknown[0]} in {root}", f"choose from {', '.join(found)}")
    return list(names or found)


def bench_sequence(data: Path, sequence: str, engine: str, quality: Quality) -> EngineRow:
    """Return quality and speed of `engine` (or `PEER`) on one sequence; everything that is not 0 is one object."""
    clip = open_clip(data / "JPEGImages" / "480p" / sequence)
    files = sorted((data / "Annotations" / "480p" / sequence).glob("*.png"))
    truth = [RleMask.encode(read_mask(file, (clip.width, clip.height)).values > 0) for file in files]
    anchor = MaskAnchor(1, 0, truth[0])
    started_s = time.perf_counter()
    masks = [anchor.mask] * clip.n_frames
    for result in _results(clip, anchor, engine, quality):
        masks[result.frame] = result.mask
    seconds = time.perf_counter() - started_s
    score = score_object((a.decode(), b.decode()) for a, b in zip(truth, masks, strict=True))
    return EngineRow(sequence, engine, score.j.mean, score.f.mean, clip.n_frames, (clip.n_frames - 1) / seconds)


def mean_rows(data: Path, rows: Sequence[EngineRow]) -> list[EngineRow]:
    """Return the means of each engine over all sequences, and over each list in `data` that is a part of them."""
    sequences = {row.sequence for row in rows}
    groups = {f"mean of {len(sequences)}": sequences}
    for file in sorted((data / "ImageSets" / "480p").glob("*.txt")):
        listed = set(file.read_text(encoding="utf-8").split())
        if listed < sequences:
            groups[f"mean of {file.stem}"] = listed
    return [
        _mean_row(name, [row for row in rows if row.engine == engine and row.sequence in group])
        for name, group in groups.items()
        for engine in dict.fromkeys(row.engine for row in rows)
    ]


def _mean_row(name: str, rows: Sequence[EngineRow]) -> EngineRow:
    """Return the mean over sequences of one engine; its speed is that of all frames together."""
    n_frames = sum(row.n_frames for row in rows)
    seconds = sum((row.n_frames - 1) / row.frames_per_s for row in rows)
    return EngineRow(
        name,
        rows[0].engine,
        float(np.mean([row.j for row in rows])),
        float(np.mean([row.f for row in rows])),
        n_frames,
        (n_frames - len(rows)) / seconds,
    )


def table(rows: Sequence[EngineRow]) -> str:
    """Return `rows` as a Markdown table, a line for each sequence, three columns for each engine."""
    engines = list(dict.fromkeys(row.engine for row in rows))
    lines = [
        "| sequence | " + " | ".join(f"{engine} J | F | J&F | frames/s" for engine in engines) + " |",
        "| --- |" + " --- | --- | --- | --- |" * len(engines),
    ]
    by_cell = {(row.sequence, row.engine): row for row in rows}
    for sequence in dict.fromkeys(row.sequence for row in rows):
        cells = [
            f"{row.j:.3f} | {row.f:.3f} | {(row.j + row.f) / 2:.3f} | {row.frames_per_s:.1f}"
            for row in (by_cell[sequence, engine] for engine in engines)
        ]
        lines.append(f"| {sequence} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _results(clip: Clip, anchor: MaskAnchor, engine: str, quality: Quality) -> Iterator[MaskResult]:
    if engine == PEER:
        return _dis_chain(clip, anchor)
    return propagate_masks(clip, whole_clip_run(clip.n_frames, (anchor,), engine, "forward", quality))


def _dis_chain(clip: Clip, anchor: MaskAnchor) -> Iterator[MaskResult]:
    """Yield the mask warped from frame to frame by DIS flow, with no check of any kind."""
    flow_engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    soft = anchor.mask.decode().astype(np.float32)
    rows, columns = np.mgrid[: clip.height, : clip.width].astype(np.float32)
    with clip.open() as frames:
        previous = cv2.cvtColor(frames.image(0), cv2.COLOR_RGB2GRAY)
        for frame in range(1, clip.n_frames):
            current = cv2.cvtColor(frames.image(frame), cv2.COLOR_RGB2GRAY)
            flow = flow_engine.calc(current, previous, cast(Any, None))  # (H, W, 2), x and y to where a pixel came from
            soft = np.asarray(
                cv2.remap(soft, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR), np.float32
            )
            yield MaskResult(1, frame, RleMask.encode(soft > 0.5), 1.0, Presence.VISIBLE)
            previous = current
