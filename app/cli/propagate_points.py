"""`propagate CLIP --points FILE.json --out DIR`."""

from __future__ import annotations

import argparse

from app.cli.console import Console, counted
from app.cli.work import Work, engine_facts
from app.errors import UserError
from app.formats.points_file import read_points
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.propagate_points import RESULT, PointRun, check_points, propagate_points, write_tracks
from app.tasks.whole_clip import open_whole_clip
from app.whole_folder import refuse_own_folder, refuse_unwritable
from engines.propagation.point_registry import POINT_ENGINES


def run(args: argparse.Namespace, console: Console) -> int:
    """Carry the points through the clip and write where they are on every frame."""
    if args.engine not in POINT_ENGINES:
        raise UserError(f"The engine {args.engine} carries masks only", f"choose from {', '.join(POINT_ENGINES)}")
    clip = open_whole_clip(args.clip)
    labels = read_points(args.points)
    check_points(labels, clip, args.points)
    refuse_own_folder(args.out, args.clip)
    if args.points.absolute() == (args.out / RESULT).absolute():
        raise UserError(f"{args.points} would be replaced by what is made from it", "give another folder for --out")
    refuse_unwritable(args.out)
    engines = EngineLoader(feature_folder())
    point_run = PointRun(args.engine, args.direction, args.quality, args.weights, args.device)
    weights = engines.weights_of(args.engine, args.weights)
    work = Work(console, clip.notices)
    n_joints = counted(len(labels.names), "joint")
    console.note(
        f"Carrying {n_joints} of {counted(len(labels.ids), 'instance')} from "
        f"{counted(len(labels.frames), 'labelled frame')} to {counted(clip.n_frames, 'frame')} with {args.engine}, "
        f"weights {weights.name if weights else '–'}."
    )
    steps = write_tracks(clip, labels, propagate_points(clip, labels, point_run, work.damaged, engines), args.out)
    # An engine may go through a frame from both sides; the first step tells how often altogether.
    first = next(steps, None)
    if first is not None:
        for _ in console.follow(steps, first[1] - 1, "frames"):
            pass
    facts = {
        "out": str(args.out),
        **engine_facts(args.engine, weights),
        "quality": args.quality,
        "direction": args.direction,
        "anchors": labels.frames,
        "instances": list(labels.ids),
        "names": list(labels.names),
    }
    told = f"The points of {counted(clip.n_frames, 'frame')} are in {args.out / RESULT}"
    work.done(facts, told, "points", clip.n_frames)
    return 0
