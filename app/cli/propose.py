"""`propose CLIP --out DIR [--count K]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.console import Console, counted
from app.cli.entry import positive
from app.cli.work import Work
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.propose import Proposed, n_steps, propose
from app.tasks.whole_clip import open_whole_clip
from app.whole_folder import refuse_own_folder, refuse_unwritable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a video file, a folder of frames, or a still")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for tubes.json and masks/<rank>/%%05d.png"
    )
    parser.add_argument("--count", type=positive, default=10, metavar="K", help="how many tubes (default: 10)")
    parser.add_argument(
        "--weights", default="", metavar="NAME_OR_FILE", help="see `main.py weights` (default: the shipped ones)"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Find objects and write them, best first."""
    clip = open_whole_clip(args.clip)
    refuse_own_folder(args.out, args.clip)
    refuse_unwritable(args.out)
    engines = EngineLoader(feature_folder())
    work = Work(console, clip.notices)
    console.note(f"Looking for objects in {counted(clip.n_frames, 'frame')}.")
    steps = propose(clip, args.out, args.count, engines, args.weights, args.device)
    for step in console.follow(steps, n_steps(clip.n_frames, args.count), "steps"):
        if isinstance(step, Proposed):
            found = step
    for remark in found.remarks:
        work.note(remark)
    facts = {"out": str(args.out), "tubes": found.n_tubes, "dropped": found.n_dropped, "frames": clip.n_frames}
    work.done(facts, f"{counted(found.n_tubes, 'tube')} in {args.out}, the best first")
    return 0
