"""`colorize IMAGE... --out DIR`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from app.cli.console import Console, counted
from app.cli.entry import positive
from app.tasks.colorize import METHODS, ColourWish, colorize_stills
from app.whole_folder import refuse_unwritable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE", help="stills; their own colours are not used")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for <stem>_<k>.png, k from 0")
    parser.add_argument(
        "--samples", type=positive, default=1, metavar="K", help="pictures of each: the single answer, then samples"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the samples (default: 0)")
    parser.add_argument(
        "--temperature", type=_from_zero, default=1.0, metavar="T", help="below 1 samples keep to what is likely"
    )
    parser.add_argument(
        "--hints",
        type=Path,
        metavar="FILE.json",
        help='a list of {"x": .., "y": .., "rgb": [..]}, or of scribbles with "points" instead; honoured exactly',
    )
    parser.add_argument(
        "--reference", type=Path, metavar="IMAGE", help="a picture in colour to take colours from where it looks alike"
    )
    parser.add_argument(
        "--method", choices=METHODS, default=METHODS[0], help="hints: with no network, from hints or a reference alone"
    )
    parser.add_argument(
        "--classes",
        action="store_true",
        help="also <stem>_classes.png, what the network takes each pixel for; names are in colorization.json",
    )
    parser.add_argument("--weights", default="", metavar="NAME_OR_FILE", help="made by `train colorization`")


def run(args: argparse.Namespace, console: Console) -> int:
    """Colour all pictures and tell where they are."""
    refuse_unwritable(args.out)
    wish = ColourWish(
        args.method,
        args.weights,
        args.samples,
        args.seed,
        args.temperature,
        args.hints,
        args.reference,
        args.device,
        args.classes,
    )
    started_s = time.monotonic()
    steps = colorize_stills(args.images, args.out, wish)
    files = list(console.follow(steps, len(args.images) * args.samples, "pictures"))
    seconds = time.monotonic() - started_s
    facts = {"out": str(args.out), "files": [str(file) for file in files], "seconds": round(seconds, 3)}
    console.result(facts, f"{counted(len(files), 'picture')} in {args.out}: {seconds:.1f} s.")
    return 0


def _from_zero(text: str) -> float:
    """Return `text` as a number from 0 to 10; argparse tells the person otherwise."""
    number = float(text)
    if not 0 <= number <= 10:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 10")
    return number
