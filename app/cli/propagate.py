"""`propagate CLIP --labels DIR_OR_PNG --out DIR`.

With `--points FILE.json` instead see `propagate_points`, with `--colour IMAGE` see `colorize_clip`, with
`--texture RGBA.png` see `texture_clip`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

from app.cli import colorize_clip, propagate_points, propagate_project, texture_clip
from app.cli.console import Console, counted
from app.cli.learning import facts_of, learn
from app.cli.work import Work, engine_facts
from app.errors import UserError
from app.formats.label_pictures import read_labels
from app.media.clip import Clip
from app.project.pending import Scope
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.mask_folder import write_masks
from app.tasks.propagate import propagate_masks, run_cost, whole_clip_run
from app.tasks.whole_clip import open_whole_clip
from app.whole_folder import refuse_own_folder, refuse_unwritable
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES
from engines.propagation.schedule import n_results
from engines.propagation.types import Direction, Quality


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a video file, a folder of frames, or a still")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--labels",
        type=Path,
        metavar="DIR_OR_PNG",
        help="masks: palette or grey PNG, value = object id, 0 = background; in a folder, named by frame number",
    )
    what.add_argument(
        "--points",
        type=Path,
        metavar="FILE.json",
        help="points: `names`, and frames[frame][instance][joint] = [x, y, visible]",
    )
    what.add_argument(
        "--colour",
        type=Path,
        metavar="DIR_OR_IMAGE",
        help="a coloured frame of the clip, or a folder of some, named by frame number",
    )
    what.add_argument(
        "--texture",
        type=Path,
        metavar="DIR_OR_RGBA",
        help="what is painted on a frame of the clip, an RGBA picture of its size, or a folder of some, named by frame "
        "number",
    )
    what.add_argument(
        "--scope",
        choices=get_args(Scope),
        help="with a PROJECT for CLIP: which labels of its objects, masks and points; --out is the new project",
    )
    parser.add_argument("--accept", action="store_true", help="with --scope: accept the results, not only propose them")
    parser.add_argument("--frame", type=_from_zero, metavar="N", help="that --colour or --texture shows (default: 0)")
    parser.add_argument(
        "--fill",
        default="",
        metavar="NAME_OR_FILE",
        help="for colour: network that fills in what was never seen (default: the shipped one, if there is one)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for one PNG a frame, or for points.json"
    )
    parser.add_argument(
        "--engine",
        choices=tuple(ENGINES),
        default=DEFAULT_ENGINE,
        help="; ".join(f"{engine.name}: {engine.summary}" for engine in ENGINES.values()),
    )
    add_weights_and_quality(parser)
    parser.add_argument(
        "--adapt",
        action="store_true",
        help="for masks: first learn on the clip from the labels, and use it where labels left out say that it helps "
        "(needs two labelled frames of an object)",
    )
    parser.add_argument(
        "--doubt",
        action="store_true",
        help="for masks: also write doubt/%%05d.png, the chance times 255 that a pixel is labelled wrong",
    )
    parser.add_argument(
        "--direction", choices=get_args(Direction), default="both", help="from the labels onwards (default: both)"
    )


def add_weights_and_quality(parser: argparse.ArgumentParser) -> None:
    """Declare what every verb that carries masks takes beside its engine."""
    parser.add_argument(
        "--weights",
        default="",
        metavar="NAME_OR_FILE",
        help="for engines that match features: see `main.py weights` (default: the shipped ones)",
    )
    parser.add_argument("--quality", choices=get_args(Quality), default="normal", help="(default: normal)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Carry the labels through the clip and write a mask for every frame, or all points."""
    _refuse_misplaced(args)
    if args.scope is not None:
        return propagate_project.run(args, console)
    if args.points is not None:
        return propagate_points.run(args, console)
    if args.colour is not None:
        return colorize_clip.run(args, console)
    if args.texture is not None:
        return texture_clip.run(args, console)
    clip = open_whole_clip(args.clip)
    labels = read_labels(args.labels, clip)
    refuse_own_folder(args.out, args.clip)
    refuse_own_folder(args.out, args.labels)
    refuse_unwritable(args.out)
    engines = EngineLoader(feature_folder())
    how = (args.engine, args.direction, args.quality, args.weights, args.device)
    mask_run = whole_clip_run(clip.n_frames, labels.anchors, *how)
    cost = run_cost(clip, mask_run, engines)
    notes = [*clip.notices, *labels.notes]
    notes.extend(_naming_notes(clip, args.out))
    weights = engines.weights_of(args.engine, args.weights)
    learned = learn(console, clip, mask_run, engines) if args.adapt else None
    if learned is not None:
        notes.append(f"Learned on this clip. {learned.verdict}.")
        mask_run = replace(mask_run, learned=learned.data if learned.verdict.is_better else b"")
    if weights is None:
        if args.device not in ("auto", "cpu"):
            notes.append(f"{args.engine} runs on the processor, so --device {args.device} changes nothing.")
        if args.weights:
            notes.append(f"{args.engine} needs no weights, so --weights {args.weights} changes nothing.")
    work = Work(console, notes)
    engine = args.engine if weights is None else f"{args.engine}, weights {weights.name}"
    console.note(
        f"Carrying {counted(len(labels.object_ids), 'object')} from {counted(len(labels.frames), 'labelled frame')} to "
        f"{counted(cost.n_frames, 'frame')} with {engine}: about {cost.seconds:.0f} s on an idle machine, "
        f"{cost.peak_bytes / 1e6:.0f} MB of memory."
    )
    total = n_results(mask_run.stretches, args.direction)
    results = propagate_masks(clip, mask_run, work.damaged, engines)
    steps = write_masks(clip, labels, results, args.out, with_doubt=args.doubt)
    for _ in console.follow(steps, total, "masks"):
        pass
    facts = {
        "out": str(args.out),
        **engine_facts(args.engine, weights),
        "quality": args.quality,
        "direction": args.direction,
        "objects": list(labels.object_ids),
        "learned_on_clip": None if learned is None else facts_of(learned.verdict),
    }
    told = f"{counted(clip.n_frames, 'mask')} and confidence.csv are in {args.out}"
    work.done(facts, told, "masks", clip.n_frames)
    return 0


def _refuse_misplaced(args: argparse.Namespace) -> None:
    """Raise UserError for options that what is carried has no use for."""
    if args.frame is not None and args.colour is None and args.texture is None:
        raise UserError("--frame is for --colour and --texture", "leave it out")
    if args.fill and args.colour is None:
        raise UserError("--fill is for --colour", "leave it out")
    if args.accept and args.scope is None:
        raise UserError("--accept is for a project, with --scope", "leave it out")
    if args.adapt and args.labels is None:
        raise UserError("--adapt is for --labels", "leave it out; what `adapt` kept in a project is used by itself")


def _naming_notes(clip: Clip, out: Path) -> list[str]:
    """Return what a person should know who matches masks with pictures, or with masks of another run, by name."""
    notes = []
    for frame, name in enumerate(clip.names):
        stem = Path(name).stem
        if clip.n_frames > 1 and stem.isdecimal() and int(stem) != frame:
            notes.append(f"Masks are named by frame number, counted from 0: {frame:05d}.png is the mask of {name}.")
            break
    others = [path for path in out.glob("*.png") if not (path.stem.isdecimal() and int(path.stem) < clip.n_frames)]
    if others:
        notes.append(f"{out} holds {counted(len(others), 'other PNG')} that stay as they are.")
    return notes


def _from_zero(text: str) -> int:
    """Return `text` as a whole number of 0 or more; argparse tells the person otherwise."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number
