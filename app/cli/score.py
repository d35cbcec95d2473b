"""`score masks|points|tubes|colour TRUTH PREDICTION`."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.console import Console, counted
from app.tasks.score import MaskScore, score_masks
from app.tasks.score_colour import ColourScore, score_colour
from app.tasks.score_points import PointScore, score_points
from app.tasks.score_tubes import TubeScores, score_tubes
from engines.metrics.tubes import GOOD, TubeScore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("kind", choices=("masks", "points", "tubes", "colour"), help="what is compared")
    parser.add_argument(
        "truth",
        type=Path,
        metavar="TRUTH",
        help="masks: folder of PNGs, value = object id; points: a JSON file; tubes: either, the file being OTB's; "
        "colour: a picture, or a folder of them",
    )
    parser.add_argument(
        "prediction",
        type=Path,
        metavar="PREDICTION",
        help="the like, with the same frames; tubes: the folder that `propose` wrote; colour: what `colorize` wrote",
    )
    group = parser.add_argument_group("points")
    group.add_argument(
        "--given", type=Path, metavar="FILE.json", help="anchors, which do not count (default: the truth's first frame)"
    )
    group.add_argument("--masks", type=Path, metavar="DIR", help="PNGs of the animal: PCK by the mask's area as well")
    group = parser.add_argument_group("colour")
    group.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=(),
        metavar="DIR",
        help="folders that were learnt from: for the floors, but for what training held out",
    )
    group.add_argument(
        "--weights", nargs="?", const="", metavar="NAME_OR_FILE", help="a network, for the truth's bits a dimension"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Print J, F and their mean for each object and over all, how many points are right, or how good the best tubes."""
    if args.kind == "points":
        found = score_points(args.truth, args.prediction, args.given, args.masks)
        console.result(point_facts(found), point_table(found))
        return 0
    if args.kind == "colour":
        steps = score_colour(args.truth, args.prediction, args.data, args.weights, args.device)
        n_pictures = sum(1 for _ in args.truth.iterdir()) if args.truth.is_dir() else 1
        for compared in console.follow(steps, n_pictures, "pictures"):
            if isinstance(compared, ColourScore):
                console.result(colour_facts(compared), colour_table(compared))
        return 0
    n_files = sum(1 for _ in args.truth.glob("*.png")) if args.truth.is_dir() else 0
    if args.kind == "tubes":
        for told in console.follow(score_tubes(args.truth, args.prediction), n_files, "frames"):
            if told is not None:
                console.result(tube_facts(told), tube_table(told))
        return 0
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


def point_facts(score: PointScore) -> dict[str, Any]:
    """Return the scores of points for a program; shares are in [0, 1], None where nothing could be judged."""
    tap = score.tap
    return {
        "PCK": {by: {str(share): value for share, value in table.items()} for by, table in score.pck.items()},
        "joints": score.joints,
        "median_px": score.median_px if math.isfinite(score.median_px) else None,
        "points": score.n_points,
        "frames_scored": score.n_frames,
        "identity_switches": score.switches,
        "swapped": score.n_swapped,
        "TAP": None
        if tap is None
        else {
            "average_jaccard": _told(tap.average_jaccard),
            "position_accuracy": _told(tap.position_accuracy),
            "occlusion_accuracy": _told(tap.occlusion_accuracy),
        },
    }


def point_table(score: PointScore) -> str:
    """Return the scores of points for a person."""
    lines = [f"{'size':>6}  " + "  ".join(f"PCK@{share}" for share in next(iter(score.pck.values())))]
    lines += [f"{by:>6}  " + "  ".join(f"{value:7.3f}" for value in table.values()) for by, table in score.pck.items()]
    lines.append(f"{score.n_points} joints on {score.n_frames} frames; half of them within {score.median_px:.1f} px.")
    if score.tap is not None:
        tap = score.tap
        lines.append(
            f"TAP-Vid: average Jaccard {tap.average_jaccard:.3f}, position {tap.position_accuracy:.3f}, "
            f"occlusion {tap.occlusion_accuracy:.3f}."
        )
    if score.switches is not None:
        lines.append(f"{score.switches} identity switches; {score.n_swapped} times on another animal.")
    return "\n".join(lines)


def tube_facts(scores: TubeScores) -> dict[str, Any]:
    """Return the scores of tubes for a program: by how many tubes are looked at, overlaps and shares in [0, 1]."""
    kinds = {"boxes": scores.boxes, "masks": scores.masks}
    return {
        **{kind: None if found is None else _shares(found) for kind, found in kinds.items()},
        "objects": scores.n_objects,
        "tubes": scores.n_tubes,
        "frames": scores.n_frames,
    }


def tube_table(scores: TubeScores) -> str:
    """Return the scores of tubes for a person."""
    lines = [f"{'first tubes':>12}  " + "  ".join(f"{n:5}" for n in scores.boxes.best)]
    for kind, found in (("boxes", scores.boxes), ("masks", scores.masks)):
        if found is not None:
            lines.append(f"{'best ' + kind:>12}  " + "  ".join(f"{value:5.3f}" for value in found.best.values()))
            lines.append(f"{f'above {GOOD}':>12}  " + "  ".join(f"{value:5.2f}" for value in found.recall.values()))
    lines.append(f"{counted(scores.n_tubes, 'tube')}, {counted(scores.n_objects, 'object')}.")
    return "\n".join(lines)


def colour_facts(score: ColourScore) -> dict[str, Any]:
    """Return the scores of colourings for a program."""
    return {
        **{name: asdict(row) for name, row in score.rows.items()},
        "pictures": score.n_pictures,
        "bits": score.bits,
        "bits_alone": score.bits_alone,
        "likeness": {"mean": _mean(score.likenesses), "histogram": _histogram(score.likenesses)},
    }


def colour_table(score: ColourScore) -> str:
    """Return the scores of colourings for a person."""
    lines = [f"{'':>15}  {'PSNR':>6}  {'RMSE ab':>7}  {'colourful':>9}  {'off by':>6}"]
    lines += [
        f"{name:>15}  {row.psnr:6.2f}  {row.rmse:7.2f}  {row.colourfulness:9.1f}  {row.difference:6.1f}"
        for name, row in score.rows.items()
    ]
    lines.append(f"{counted(score.n_pictures, 'picture')}.")
    if score.bits is not None:
        lines.append(
            f"The truth costs {score.bits:.3f} bits a dimension, {score.bits_alone:.3f} by the embedding alone."
        )
    if score.likenesses:
        shares = ", ".join(f"{low} {share:.0%}" for low, share in _histogram(score.likenesses).items())
        lines.append(f"Two samples have a structural similarity of {_mean(score.likenesses):.3f}: {shares}.")
    return "\n".join(lines)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _histogram(values: list[float]) -> dict[str, float]:
    """Return the share of values in twentieths from .5 up, what lies below being in the first."""
    places = Counter(min(9, max(0, int((value - 0.5) * 20))) for value in values)
    return {f".{50 + 5 * place}": places[place] / len(values) for place in sorted(places)}


def _shares(score: TubeScore) -> dict[str, dict[str, float]]:
    return {
        "best": {str(n): value for n, value in score.best.items()},
        "recall": {str(n): value for n, value in score.recall.items()},
    }


def _told(value: float) -> float | None:
    return None if math.isnan(value) else value
