"""`train correspondence|colorization --data DIR... --out FILE`; for the second see `train_colorization`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from pathlib import Path

from app.cli import train_colorization
from app.cli.console import Console, counted
from app.cli.entry import positive
from app.cli.train_words import check_beginning, follow, tell
from app.errors import UserError
from app.tasks.engine_loader import pick_device
from app.tasks.train_correspondence import judge_of_encoders, read_data, train, wished_recipe
from app.tasks.training import Wish, begin, steps_within, take_up
from engines.training.colorization_recipes import COLOUR_RECIPES, DEFAULT_COLOUR_RECIPE
from engines.training.recipes import DEFAULT_RECIPE, RECIPES

DEFAULT_MINUTES = 60.0
_RECIPES = {"correspondence": RECIPES, "colorization": COLOUR_RECIPES}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("kind", choices=tuple(_RECIPES), help="what is learnt")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="DIR", help="folders of videos and stills"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the weights, *.safetensors; a card comes beside them"
    )
    parser.add_argument(
        "--recipe",
        choices=(*RECIPES, *COLOUR_RECIPES),
        help=". ".join(
            f"For {kind} " + "; ".join(f"{recipe.name}: {recipe.summary}" for recipe in recipes.values())
            for kind, recipes in _RECIPES.items()
        )
        + f" (default: {DEFAULT_RECIPE}, {DEFAULT_COLOUR_RECIPE})",
    )
    parser.add_argument(
        "--architecture",
        metavar="NAME",
        help="small, large, resnet18 or resnet50; for colorization small or thesis (default: the recipe's own)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--minutes",
        type=_above_zero,
        metavar="M",
        help=f"how long, about (default: {DEFAULT_MINUTES:.0f}, {train_colorization.DEFAULT_MINUTES:.0f})",
    )
    length.add_argument("--steps", type=positive, metavar="N", help="how many steps, whatever they take")
    parser.add_argument("--seed", type=_from_zero, default=0, metavar="S", help="(default: 0)")
    parser.add_argument("--size", type=positive, metavar="PX", help="side of the pictures learnt from")
    parser.add_argument("--samples", type=positive, metavar="N", help="moments, or pictures, in a step")
    parser.add_argument("--resume", action="store_true", help="go on where a training for the same FILE was stopped")


def run(args: argparse.Namespace, console: Console) -> int:
    """Train, tell how it goes, and write weights, card and curve."""
    if args.recipe is not None and args.recipe not in _RECIPES[args.kind]:
        raise UserError(
            f"The recipe {args.recipe} is not for {args.kind}", f"choose from {', '.join(_RECIPES[args.kind])}"
        )
    if args.kind == "colorization":
        return train_colorization.run(args, console)
    wish = Wish(
        tuple(args.data),
        args.out,
        args.recipe or DEFAULT_RECIPE,
        args.architecture,
        args.seed,
        args.size,
        args.samples,
        args.device,
        args.threads,
    )
    recipe = wished_recipe(wish)
    check_beginning(wish, console, resume=args.resume)
    pool, counts = read_data(wish.data, lambda files: console.follow(files, len(files), "files"))
    console.note(
        f"Learning from {counted(len(pool.clips), 'clip')} with {counted(pool.n_frames, 'frame')} and "
        f"{counted(len(pool.stills), 'still')}."
    )
    compute = pick_device(wish.device)
    if args.resume:
        training = take_up(wish, recipe, pool, counts, compute, args.steps)
    else:
        minutes = args.minutes or DEFAULT_MINUTES
        judge = judge_of_encoders(compute)
        n_steps = args.steps or steps_within(minutes, recipe, pool, args.seed, compute, judge)
        training = begin(wish, recipe, pool, counts, compute, n_steps)
    steps = train(wish, training, counts, compute, lambda row: console.note(_line(row)))
    trained = follow(wish, recipe, training, compute, console, steps)
    last = trained.rows[-1]
    right = {name[6:]: last[name] for name in last if name.startswith("right ")}
    tell(trained, console, _line, {"right": right, "stays": last["stays"]})
    return 0


def _line(row: Mapping[str, float]) -> str:
    """Return what the validation found, in one line."""
    right = ", ".join(f"{row[name]:.3f} at {name[6:]}" for name in row if name.startswith("right "))
    return f"step {row['step']:.0f}: matched rightly {right} frames."


def _above_zero(text: str) -> float:
    """Return `text` as a finite number above 0; argparse tells the person otherwise."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _from_zero(text: str) -> int:
    """Return `text` as a whole number of 0 or more; argparse tells the person otherwise."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number
