"""`train colorization --data DIR... --out FILE`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from app.cli.console import Console, counted
from app.cli.train_words import check_beginning, follow, tell
from app.errors import UserError
from app.tasks.engine_loader import pick_device
from app.tasks.train_colorization import read_colour_data, train_colour, wished_colour_recipe
from app.tasks.training import Wish, begin, steps_within, take_up
from engines.training.colorization_recipes import DEFAULT_COLOUR_RECIPE

DEFAULT_MINUTES = 150.0


def run(args: argparse.Namespace, console: Console) -> int:
    """Train, tell how it goes, and write weights, card and curve."""
    if args.size is not None:
        raise UserError("Colorization learns from squares of 128 px", "leave --size out")
    wish = Wish(
        tuple(args.data),
        args.out,
        args.recipe or DEFAULT_COLOUR_RECIPE,
        args.architecture or "small",
        args.seed,
        None,
        args.samples,
        args.device,
        args.threads,
        "colorization",
    )
    recipe = wished_colour_recipe(wish)
    check_beginning(wish, console, resume=args.resume)
    compute = pick_device(wish.device)
    data = read_colour_data(wish, recipe, compute, console.follow)
    floors = " and ".join(f"{rms:.2f} of {name}" for name, rms in data.floors.items())
    console.note(
        f"Learning from {counted(data.pool.n_frames, 'picture')}; {counted(data.n_grey, 'file')} had no colour or "
        f"were too small. To beat: RMSE {floors}."
    )
    if args.resume:
        training = take_up(wish, recipe, data.pool, data.counts, compute, args.steps)
    else:
        minutes = args.minutes or DEFAULT_MINUTES
        n_steps = args.steps or steps_within(
            minutes, recipe, data.pool, args.seed, compute, lambda network: data.validation.judge(network, compute)
        )
        training = begin(wish, recipe, data.pool, data.counts, compute, n_steps)
    steps = train_colour(wish, training, data, compute, lambda row: console.note(_line(row)))
    trained = follow(wish, recipe, training, compute, console, steps)
    last = trained.rows[-1]
    more = {name.removeprefix("val "): value for name, value in last.items() if name.startswith("val ")}
    tell(trained, console, _line, {"floors": data.floors, **more})
    return 0


def _line(row: Mapping[str, float]) -> str:
    """Return what the validation found, in one line."""
    return (
        f"step {row['step']:.0f}: {row['val bits']:.3f} bits a dimension ({row['val bits f']:.3f} without what is "
        f"around), RMSE {row['val rmse']:.2f}, chroma {row['val chroma']:.0%} of the truth's, looks "
        f"{row['val looks']:.0%}, streets {row['val streets']:.0%}."
    )
