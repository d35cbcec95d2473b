"""`train colorization --data DIR... --out FILE`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from app.cli.console import Console, counted
from app.errors import UserError
from app.tasks.colorize_training import read_colour_data, train_colour, wished_colour_recipe
from app.tasks.engine_loader import pick_device
from app.tasks.train import Trained, Wish, begin, notes_on, steps_within, take_up, unfinished
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
    stopped_at = unfinished(wish)
    if stopped_at is not None and not args.resume:
        raise UserError(
            f"A training for {wish.out} was stopped at step {stopped_at}",
            f"add --resume to go on, or remove {wish.folder} to begin anew",
        )
    for note in notes_on(wish.data):
        console.note(note)
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
    n_left = training.n_steps - training.number
    console.note(f"Teaching {recipe.architecture} by {recipe.name} on {compute}: {counted(n_left, 'step')} to go.")
    steps = train_colour(wish, training, data, compute, lambda row: console.note(_line(row)))
    try:
        for step in console.follow(steps, n_left, "steps"):
            if isinstance(step, Trained):
                trained = step
    except BaseException as stop:
        if unfinished(wish) is not None:
            stop.add_note(f"what was learnt until then is in {wish.folder}, give the same command with --resume")
        raise
    last = trained.rows[-1]
    facts = {
        "out": str(trained.weights.file),
        "fingerprint": trained.weights.fingerprint,
        "card": str(trained.card),
        "curve": str(trained.curve),
        "steps": trained.n_steps,
        "seconds": round(trained.seconds, 3),
        "floors": data.floors,
        **{name.removeprefix("val "): value for name, value in last.items() if name.startswith("val ")},
    }
    console.result(
        facts,
        f"{trained.weights.file}: {trained.n_steps} steps in {trained.seconds / 60:.1f} min, {_line(last)}\n"
        f"Its card is {trained.card}, its curve {trained.curve}.",
    )
    return 0


def _line(row: Mapping[str, float]) -> str:
    """Return what the validation found, in one line."""
    return (
        f"step {row['step']:.0f}: {row['val bits']:.3f} bits a dimension ({row['val bits f']:.3f} without what is "
        f"around), RMSE {row['val rmse']:.2f}, chroma {row['val chroma']:.0%} of the truth's, looks "
        f"{row['val looks']:.0%}, streets {row['val streets']:.0%}."
    )
