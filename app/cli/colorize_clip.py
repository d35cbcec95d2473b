"""`propagate CLIP --colour IMAGE --frame N --out DIR`."""

from __future__ import annotations

import argparse

from app.cli.console import Console, counted
from app.cli.work import Work
from app.tasks.colorize_clip import ClipColours, ClipWish, colour_clip, coloured_frames
from app.tasks.whole_clip import open_whole_clip
from app.whole_folder import refuse_own_folder, refuse_unwritable


def run(args: argparse.Namespace, console: Console) -> int:
    """Carry the colours of one or more frames through the clip and write every frame."""
    clip = open_whole_clip(args.clip)
    coloured = coloured_frames(args.colour, args.frame, clip)
    refuse_own_folder(args.out, args.clip)
    refuse_own_folder(args.out, args.colour)
    refuse_unwritable(args.out)
    work = Work(console, clip.notices)
    n_left = clip.n_frames - len(coloured)
    console.note(f"Carrying the colours of {counted(len(coloured), 'frame')} to {counted(n_left, 'frame')}.")
    wish = ClipWish(args.quality, args.weights, args.fill, args.device)
    for step in console.follow(colour_clip(clip, coloured, wish, args.out, work.damaged), clip.n_frames, "frames"):
        if step is not None:
            found: ClipColours = step
    if found.unseen > 0 and found.filled_by is None:
        work.note(
            f"{found.unseen:.1%} of the pixels show what no coloured frame does: their colours are guesses by looks."
        )
    facts = {
        "out": str(args.out),
        "quality": args.quality,
        "coloured": sorted(coloured),
        "unseen": round(found.unseen, 5),
        "filled_by": found.filled_by,
    }
    by = f", {found.unseen:.1%} of the pixels filled in by {found.filled_by}" if found.filled_by else ""
    told = f"{counted(found.n_frames, 'frame')} in {args.out}{by}"
    work.done(facts, told, "colours", found.n_frames)
    return 0
