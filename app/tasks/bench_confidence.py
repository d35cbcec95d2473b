"""Whether the confidence of an engine means something: beside the true IoU frame by frame, and pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tasks.bench_anchors import Sitting, even_frames
from app.tasks.bench_engines import Entrant, read_sequence
from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import markdown_table
from engines.labels.rle import RleMask
from engines.metrics.calibration import expected_calibration_error, rank_area, rank_correlation
from engines.propagation.types import MaskResult


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceRow:
    """Confidence and true IoU, float (n,), of the derived labels of one sequence with so many anchors.

    `doubt` and `wrong`, float (m,), are the chance that a pixel is labelled wrong and the share of them that are, in
    the cells of the labels' maps of doubt: the object and its surroundings.
    """

    sequence: str
    engine: str
    n_anchors: int
    confidence: NDArray[np.float64]
    truth: NDArray[np.float64]
    doubt: NDArray[np.float32]
    wrong: NDArray[np.float32]


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
        cells = [_cells(sitting.results[int(frame)], truth[frame]) for frame in derived]
        doubt, wrong = (np.concatenate([pair[side] for pair in cells]) for side in (0, 1))
        yield ConfidenceRow(sequence, entrant.name, count, confidence, sitting.j[derived], doubt, wrong)


def _cells(result: MaskResult, truth: RleMask) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the doubt of each cell of a label, and the share of its pixels that differ from `truth`; both (m,).

    A label of nothing has one cell, the picture, and no doubt.
    """
    differs = (result.mask.decode() != truth.decode()).astype(np.float32)
    if result.doubt is None:
        return np.zeros(1, np.float32), differs.mean(keepdims=True).ravel()
    chances, (left, top, right, bottom) = result.doubt.chances(), result.doubt.box
    differs = differs[top:bottom, left:right]
    return chances.ravel(), cv2.resize(differs, chances.shape[::-1], interpolation=cv2.INTER_AREA).ravel()


FIGURES = (
    "IoU", "confidence", "spearman", "calibration_error",
    "wrong_pixels", "doubt", "pixel_area", "pixel_calibration_error",
)  # fmt: skip


def all_together(rows: Sequence[ConfidenceRow]) -> list[ConfidenceRow]:
    """Return the frames of all sequences as one, for each engine and number of anchors, and for all numbers (0)."""
    found = []
    for engine in dict.fromkeys(row.engine for row in rows):
        own = [row for row in rows if row.engine == engine]
        groups = {count: [row for row in own if row.n_anchors == count] for count in {row.n_anchors: 0 for row in own}}
        if len(groups) > 1:
            groups[0] = own
        for count, group in groups.items():
            arrays = (
                np.concatenate([getattr(row, name) for row in group])
                for name in ("confidence", "truth", "doubt", "wrong")
            )
            found.append(ConfidenceRow("all", engine, count, *arrays))
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
        "wrong_pixels": float(row.wrong.mean()),
        "doubt": float(row.doubt.mean()),
        "pixel_area": rank_area(row.doubt, row.wrong),
        "pixel_calibration_error": expected_calibration_error(row.doubt, row.wrong),
    }


def confidence_table(rows: Sequence[ConfidenceRow]) -> str:
    """Return `rows` as a Markdown table; the last four columns are of pixels, the others of labels."""
    head = ["sequence", "engine", "anchors", "frames", "IoU", "confidence", "Spearman", "calibration error"]
    head += ["wrong pixels", "doubt", "area under ROC", "calibration error"]
    lines = []
    for facts in map(confidence_facts, rows):
        figures = [f"{facts[name]:.3f}" for name in FIGURES]
        lines.append([facts["sequence"], facts["engine"], facts["anchors"] or "any", facts["frames"], *figures])
    return markdown_table(head, lines)
