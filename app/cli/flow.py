"""`flow CLIP --from A --to B --out DIR`."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from app.cli.console import Console
from app.cli.propagate import add_weights_and_quality
from app.cli.work import Work
from app.errors import UserError
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.long_flow import FlowFinder, FoundFlow, n_steps, write_flow
from app.tasks.whole_clip import open_whole_clip
from app.whole_folder import refuse_own_folder, refuse_unwritable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a video file or a folder of frames")
    for name, meaning in (("from", "whose pixels are followed"), ("to", "where they are looked for")):
        parser.add_argument(
            f"--{name}", dest=f"{name}_frame", type=int, required=True, metavar="N", help=f"the frame {meaning}"
        )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where flow and warp go")
    add_weights_and_quality(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Find where each pixel of one frame is on another one, and write that."""
    clip = open_whole_clip(args.clip)
    frame, other = args.from_frame, args.to_frame
    for number in (frame, other):
        if not 0 <= number < clip.n_frames:
            raise UserError(
                f"There is no frame {number} in {clip.path.name}", f"name frames from 0 to {clip.n_frames - 1}"
            )
    refuse_own_folder(args.out, args.clip)
    refuse_unwritable(args.out)
    work = Work(console, clip.notices)
    finder = FlowFinder(clip, EngineLoader(feature_folder()), args.weights, args.quality, args.device)
    found: FoundFlow | None = None
    with closing(finder):
        for step in console.follow(write_flow(finder, frame, other, args.out), n_steps(frame, other), "steps"):
            if isinstance(step, FoundFlow):
                found = step
    assert found is not None
    seen = float(found.flow.seen.mean())
    facts = {"out": str(args.out), "from": frame, "to": other, "seen": round(seen, 5)}
    work.done(facts, f"{seen:.0%} of frame {frame} is surely found on frame {other}, flow and warp are in {args.out}")
    return 0
