"""Whether the confidence of an engine means something: beside the true IoU, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.tasks.bench_anchors import Sitting, even_frames
from app.tasks.bench_engines import Entrant, read_sequence
from app.tasks.engine_loader import EngineLoader
from engines.metrics.calibration import expected_calibration_error, rank_correlation


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceRow:
    """Confidence and true IoU, float (n,), of the derived labels of one sequence with so many anchors."""

    sequence: str
    engine: str
    n_anchors: int
    confidence: NDArray[np.float64]
    truth: NDArray[np.float64]


def bench_confidence(
    data: Path,
    sequence: str,
    entrant: Entrant,
    engines: EngineLoader,
    device: str = "auto",
    *,
    counts: Sequence[int] = (1, 3),
) -> Iterator[ConfidenceRow]:
    """Yield, for each of `counts`, what `entrant` says of its labels on one sequence, and what is true.

    Anchors are spread evenly, the first on frame 0. Counts that leave no frame to carry to are left out.
    """
    clip, truth = read_sequence(data, sequence)
    for count in (count for count in counts if count < len(truth)):
        sitting = Sitting(clip, truth, entrant, engines, device)
        sitting.label(even_frames(len(truth), count))
        derived = np.flatnonzero(~np.isnan(sitting.confidences[1]))
        confidence = sitting.confidences[1][derived].astype(np.float64)
        yield ConfidenceRow(sequence, entrant.name, count, confidence, sitting.j[derived])


def all_together(rows: Sequence[ConfidenceRow]) -> list[ConfidenceRow]:
    """Return the frames of all sequences as one, for each engine and number of anchors, and for all numbers (0)."""
    found = []
    for engine in dict.fromkeys(row.engine for row in rows):
        own = [row for row in rows if row.engine == engine]
        groups = {count: [row for row in own if row.n_anchors == count] for count in {row.n_anchors: 0 for row in own}}
        if len(groups) > 1:
            groups[0] = own
        for count, group in groups.items():
            confidence = np.concatenate([row.confidence for row in group])
            truth = np.concatenate([row.truth for row in group])
            found.append(replace(group[0], sequence="all", n_anchors=count, confidence=confidence, truth=truth))
    return found


def confidence_facts(row: ConfidenceRow) -> dict[str, float | int | str]:
    """Return what a row says in figures."""
    return {
        "sequence": row.sequence,
        "engine": row.engine,
        "anchors": row.n_anchors,
        "frames": len(row.truth),
        "IoU": float(row.truth.mean()),
        "confidence": float(row.confidence.mean()),
        "spearman": rank_correlation(row.confidence, row.truth),
        "calibration_error": expected_calibration_error(row.confidence, row.truth),
    }


def confidence_table(rows: Sequence[ConfidenceRow]) -> str:
    """Return `rows` as a Markdown table."""
    lines = [
        "| sequence | engine | anchors | frames | IoU | confidence | Spearman | calibration error |",
        "| --- |" + " --- |" * 7,
    ]
    for facts in map(confidence_facts, rows):
        figures = " | ".join(f"{facts[name]:.3f}" for name in ("IoU", "confidence", "spearman", "calibration_error"))
        anchors = facts["anchors"] or "any"
        lines.append(f"| {facts['sequence']} | {facts['engine']} | {anchors} | {facts['frames']} | {figures} |")
    return "\n".join(lines)
