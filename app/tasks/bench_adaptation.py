"""What learning on a clip brings, and whether leaving anchors out refuses it where it would do harm.

Anchors are taken from the truth. The figure that counts is J on all other frames, which neither the learning nor the
verdict has seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.media.clip import Clip
from app.tasks.adapt import Learned, Verdict, adapt
from app.tasks.bench_anchors import even_frames
from app.tasks.bench_engines import Entrant, read_sequence
from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import markdown_table
from app.tasks.propagate import MaskRun, propagate_masks, whole_clip_run
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.propagation.types import MaskAnchor


@dataclass(frozen=True, slots=True)
class AdaptationRow:
    """One sequence: what leaving anchors out said, and J in [0, 1] of frames without an anchor.

    `j_before` is that without, `j_learned` that with what was learned, whether it was taken in or not.
    """

    sequence: str
    n_anchors: int
    verdict: Verdict
    j_before: float
    j_learned: float
    cpu_s: float
    """What all threads together worked to learn and to judge."""

    @property
    def j_after(self) -> float:
        """J as a person gets it: where what was learned is discarded, as before."""
        return self.j_learned if self.verdict.is_better else self.j_before


def bench_adaptation(
    data: Path, sequence: str, entrant: Entrant, engines: EngineLoader, device: str = "auto", *, n_anchors: int = 3
) -> AdaptationRow:
    """Return what learning on one sequence brings, its anchors being spread evenly from the first frame to the last."""
    clip, truth = read_sequence(data, sequence)
    anchors = tuple(MaskAnchor(1, frame, truth[frame]) for frame in even_frames(len(truth), n_anchors))
    how = (entrant.quality, entrant.weights, device)
    run = whole_clip_run(clip.n_frames, anchors, entrant.engine, "both", *how)
    j_before = _mean_j(clip, run, truth, engines)
    started_s = time.process_time()
    learned = _to_the_end(clip, run, engines)
    cpu_s = time.process_time() - started_s
    j_learned = _mean_j(clip, replace(run, learned=learned.data), truth, engines)
    return AdaptationRow(sequence, n_anchors, learned.verdict, j_before, j_learned, cpu_s)


def _to_the_end(clip: Clip, run: MaskRun, engines: EngineLoader) -> Learned:
    steps = adapt(clip, run, engines)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def _mean_j(clip: Clip, run: MaskRun, truth: Sequence[RleMask], engines: EngineLoader) -> float:
    """Return the mean J of the frames that `run` labels."""
    found = {
        result.frame: region_similarity(truth[result.frame].decode(), result.mask.decode())
        for result in propagate_masks(clip, run, engines=engines)
        if result.is_final
    }
    return float(np.mean(list(found.values())))


def adaptation_facts(row: AdaptationRow) -> dict[str, Any]:
    """Return a row for a program."""
    trials = [{"frame": trial.frame, "before": trial.before, "after": trial.after} for trial in row.verdict.trials]
    return {
        "sequence": row.sequence,
        "anchors": row.n_anchors,
        "left_out": trials,
        "IoU_before": row.verdict.before,
        "IoU_after": row.verdict.after,
        "taken": row.verdict.is_better,
        "J_before": row.j_before,
        "J_learned": row.j_learned,
        "J_after": row.j_after,
        "seconds": row.verdict.seconds,
        "cpu_seconds": row.cpu_s,
    }


def adaptation_table(rows: Sequence[AdaptationRow]) -> str:
    """Return a Markdown table: a line for each sequence, and the means."""
    head = ["sequence", "anchors", "left-out IoU before", "after", "verdict", "J of other frames before", "with it"]
    head += ["as taken", "gain", "seconds", "of processor"]
    lines = [
        _cells(row.sequence, row.n_anchors, "taken in" if row.verdict.is_better else "discarded", [row]) for row in rows
    ]
    n_taken = sum(row.verdict.is_better for row in rows)
    lines.append(_cells(f"mean of {len(rows)}", "", f"{n_taken} taken in", rows))
    return markdown_table(head, lines)


def _cells(name: str, n_anchors: int | str, verdict: str, rows: Sequence[AdaptationRow]) -> list[object]:
    """Return a line of the table, its figures the means over `rows`."""

    def mean(figure: Callable[[AdaptationRow], float]) -> float:
        return float(np.mean([figure(row) for row in rows]))

    return [
        name,
        n_anchors,
        f"{mean(lambda row: row.verdict.before):.3f}",
        f"{mean(lambda row: row.verdict.after):.3f}",
        verdict,
        f"{mean(lambda row: row.j_before):.4f}",
        f"{mean(lambda row: row.j_learned):.4f}",
        f"{mean(lambda row: row.j_after):.4f}",
        f"{mean(lambda row: row.j_after - row.j_before):+.4f}",
        f"{mean(lambda row: row.verdict.seconds):.0f}",
        f"{mean(lambda row: row.cpu_s):.0f}",
    ]
