"""`score masks TRUTH PREDICTION`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli.console import Console
from app.tasks.score import MaskScore, score_masks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("kind", choices=("masks",), help="what is compared")
    parser.add_argument("truth", type=Path, metavar="TRUTH", help="folder of PNGs, value = object id")
    parser.add_argument("prediction", type=Path, metavar="PREDICTION", help="folder of PNGs with the same names")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print J, F and their mean for each object and over all."""
    n_files = sum(1 for _ in args.truth.glob("*.png")) if args.truth.is_dir() else 0
    for step in console.follow(score_masks(args.truth, args.prediction), n_files, "frames"):
        if isinstance(step, MaskScore):
            score = step
    for note in score.notes:
        console.note(note)
    console.result(facts(score), table(score))
    return 0


def facts(score: MaskScore) -> dict[str, Any]:
    """Return the scores for a program; `J` and `F` are means over frames in [0, 1]."""
    mean_j, mean_f = score.mean
    return {
        "objects": {
            str(object_id): {
                "J": found.j.mean,
                "F": found.f.mean,
                "J&F": found.j_and_f,
                "J_recall": found.j.recall,
                "F_recall": found.f.recall,
                "J_decay": found.j.decay,
                "F_decay": found.f.decay,
            }
            for object_id, found in score.objects.items()
        },
        "mean": {"J": mean_j, "F": mean_f, "J&F": (mean_j + mean_f) / 2},
        "frames": score.n_frames,
        "frames_scored": score.n_frames - 2,
        "notes": list(score.notes),
    }


def table(score: MaskScore) -> str:
    """Return the scores for a person, one line an object."""
    mean_j, mean_f = score.mean
    rows = [(str(object_id), found.j.mean, found.f.mean) for object_id, found in score.objects.items()]
    rows.append(("mean", mean_j, mean_f))
    lines = [f"{'object':>6}  {'J':>6}  {'F':>6}  {'J&F':>6}"]
    lines += [f"{name:>6}  {j:6.3f}  {f:6.3f}  {(j + f) / 2:6.3f}" for name, j, f in rows]
    return "\n".join((*lines, f"{score.n_frames} frames; the first and the last do not count."))
