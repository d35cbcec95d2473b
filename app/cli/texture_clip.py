"""`propagate CLIP --texture RGBA.png --frame N --out DIR`."""

from __future__ import annotations

import argparse
import time

from app.cli.console import Console, counted, damage_told
from app.tasks.memory import peak_memory_bytes
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
    for note in notes:
        console.note(note)
    n_left = clip.n_frames - len(painted)
    console.note(f"Carrying what is painted on {counted(len(painted), 'frame')} to {counted(n_left, 'frame')}.")
    started_s = time.monotonic()
    damaged: set[int] = set()
    steps = texture_clip(clip, painted, TextureWish(args.direction, args.quality), args.out, damaged)
    for _ in console.follow(steps, n_steps(list(painted), clip.n_frames, args.direction), "frames"):
        pass
    if damaged:
        notes.append(damage_told(damaged, "textures"))
        console.note(notes[-1])
    seconds = time.monotonic() - started_s
    facts = {
        "out": str(args.out),
        "quality": args.quality,
        "direction": args.direction,
        "frames": clip.n_frames,
        "painted": sorted(painted),
        "seconds": round(seconds, 3),
        "fps": round(clip.n_frames / seconds, 2) if seconds > 0 else None,
        "peak_memory_bytes": peak_memory_bytes(),
        "notes": notes,
    }
    console.result(
        facts,
        f"{counted(clip.n_frames, 'frame')} with paint, layers and uv.npz are in {args.out}: "
        f"{seconds:.1f} s, {clip.n_frames / max(seconds, 1e-9):.1f} frames/s.",
    )
    return 0
