"""`propagate CLIP --colour IMAGE --frame N --out DIR`."""

from __future__ import annotations

import argparse
import time

from app.cli.console import Console, counted
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
    for note in clip.notices:
        console.note(note)
    n_left = clip.n_frames - len(coloured)
    console.note(f"Carrying the colours of {counted(len(coloured), 'frame')} to {counted(n_left, 'frame')}.")
    started_s = time.monotonic()
    damaged: set[int] = set()
    wish = ClipWish(args.quality, args.weights, args.fill, args.device)
    for step in console.follow(colour_clip(clip, coloured, wish, args.out, damaged), clip.n_frames, "frames"):
        if step is not None:
            found: ClipColours = step
    notes = []
    if damaged:
        notes.append(f"{counted(len(damaged), 'frame')} could not be decoded whole.")
    if found.unseen > 0 and found.filled_by is None:
        notes.append(
            f"{found.unseen:.1%} of the pixels show what no coloured frame does: their colours are guesses by looks."
        )
    for note in notes:
        console.note(note)
    seconds = time.monotonic() - started_s
    facts = {
        "out": str(args.out),
        "frames": found.n_frames,
        "coloured": sorted(coloured),
        "unseen": round(found.unseen, 5),
        "filled_by": found.filled_by,
        "seconds": round(seconds, 3),
        "notes": [*clip.notices, *notes],
    }
    by = f", {found.unseen:.1%} of the pixels filled in by {found.filled_by}" if found.filled_by else ""
    console.result(facts, f"{counted(found.n_frames, 'frame')} in {args.out}{by}: {seconds:.1f} s.")
    return 0
