"""`suggest CLIP --labels DIR_OR_PNG --count K`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.cli.console import Console, counted
from app.cli.entry import positive
from app.cli.propagate import add_weights_and_quality
from app.formats.label_pictures import read_labels
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.propagate import propagate_masks, run_cost, whole_clip_run
from app.tasks.suggest import no_confidences, suggest_frames, take
from app.tasks.whole_clip import open_whole_clip
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES
from engines.propagation.schedule import n_results
from engines.propagation.suggest import ENOUGH_GAIN, Suggestion


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a video file, a folder of frames, or a still")
    parser.add_argument(
        "--labels",
        type=Path,
        required=True,
        metavar="DIR_OR_PNG",
        help="what is labelled so far: palette or grey PNG, value = object id; in a folder, named by frame number",
    )
    parser.add_argument("--count", type=positive, default=5, metavar="K", help="how many frames (default: 5)")
    parser.add_argument("--engine", choices=tuple(ENGINES), default=DEFAULT_ENGINE, help="(default: learned)")
    add_weights_and_quality(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Carry the labels through the clip and say where another one is worth most."""
    clip = open_whole_clip(args.clip)
    labels = read_labels(args.labels, clip)
    engines = EngineLoader(feature_folder())
    mask_run = whole_clip_run(
        clip.n_frames, labels.anchors, args.engine, "both", args.quality, args.weights, args.device
    )
    cost = run_cost(clip, mask_run, engines)
    notes = [*clip.notices, *labels.notes]
    for note in notes:
        console.note(note)
    console.note(
        f"Carrying {counted(len(labels.object_ids), 'object')} to see: about {cost.seconds:.0f} s on an idle machine."
    )
    confidences = no_confidences(labels.anchors, clip.n_frames)
    total = n_results(mask_run.stretches, "both")
    for result in console.follow(propagate_masks(clip, mask_run, engines=engines), total, "masks"):
        take(confidences, result)
    found = suggest_frames(labels.anchors, confidences, args.count)
    rows = [
        {
            "frame": each.frame,
            "object": object_id,
            "gain": round(each.gain, 3),
            "enough": each.is_enough,
            "reason": each.reason,
        }
        for object_id, each in found
    ]
    facts = {
        "suggestions": rows,
        "enough": all(each.is_enough for _, each in found),
        "enough_gain": ENOUGH_GAIN,
        "labelled": list(labels.frames),
        "engine": args.engine,
        "quality": args.quality,
        "notes": notes,
    }
    console.result(facts, "\n".join(_lines(found)) or "Every frame is labelled.")
    return 0


def _lines(found: Sequence[tuple[int, Suggestion]]) -> list[str]:
    """Return a line for each frame, and before those that are hardly worth while one that says so."""
    lines = [f"frame {each.frame}: {each.reason}" for _, each in found]
    n_worthwhile = sum(not each.is_enough for _, each in found)
    if n_worthwhile < len(found):
        when = "With these" if n_worthwhile else "As it is"
        lines.insert(n_worthwhile, f"{when}, enough is labelled: another anchor wins less than the mask drawn for it.")
    return lines
