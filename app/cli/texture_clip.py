"""`propagate CLIP --texture RGBA.png --frame N --out DIR`."""

from __future__ import annotations

import argparse

from app.cli.console import Console, counted
from app.cli.work import Work
from app.tasks.texture_clip import TextureWish, n_steps, painted_frames, texture_clip
from app.tasks.whole_clip import open_whole_clip
from app.whole_folder import refuse_own_folder, refuse_unwritable


def run(args: argparse.Namespace, console: Console) -> int:
    """Carry what is painted on one or more frames through the clip, and write every frame with it."""
    clip = open_whole_clip(args.clip)
    painted = painted_frames(args.texture, args.frame, clip)
    refuse_own_folder(args.out, args.clip)
    refuse_own_folder(args.out, args.texture)
    refuse_unwritable(args.out)
    notes = list(clip.notices)
    if args.weights or args.device not in ("auto", "cpu"):
        notes.append("Textures need no network: --weights and --device change nothing.")
    work = Work(console, notes)
    n_left = clip.n_frames - len(painted)
    console.note(f"Carrying what is painted on {counted(len(painted), 'frame')} to {counted(n_left, 'frame')}.")
    steps = texture_clip(clip, painted, TextureWish(args.direction, args.quality), args.out, work.damaged)
    for _ in console.follow(steps, n_steps(list(painted), clip.n_frames, args.direction), "frames"):
        pass
    facts = {
        "out": str(args.out),
        "quality": args.quality,
        "direction": args.direction,
        "painted": sorted(painted),
    }
    told = f"{counted(clip.n_frames, 'frame')} with paint, layers and uv.npz are in {args.out}"
    work.done(facts, told, "textures", clip.n_frames)
    return 0
