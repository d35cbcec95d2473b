"""What every kind of training says on the command line, and asks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from app.cli.console import Console, counted
from app.errors import UserError
from app.tasks.training import Trained, Wish, notes_on, unfinished

if TYPE_CHECKING:
    from engines.device import Compute
    from engines.training.loop import Step, Training
    from engines.training.recipe import Recipe


def check_beginning(wish: Wish, console: Console, *, resume: bool) -> None:
    """Raise UserError where an earlier training would be lost, and tell what is to be known of the data."""
    stopped_at = unfinished(wish)
    if stopped_at is not None and not resume:
        raise UserError(
            f"A training for {wish.out} was stopped at step {stopped_at}",
            f"add --resume to go on, or remove {wish.folder} to begin anew",
        )
    for note in notes_on(wish.data):
        console.note(note)


def follow(
    wish: Wish,
    recipe: Recipe,
    training: Training,
    compute: Compute,
    console: Console,
    steps: Iterable[Step | Trained],
) -> Trained:
    """Go through `steps`, telling how it goes, and return what they left."""
    n_left = training.n_steps - training.number
    console.note(f"Teaching {recipe.architecture} by {recipe.name} on {compute}: {counted(n_left, 'step')} to go.")
    try:
        for step in console.follow(steps, n_left, "steps"):
            if isinstance(step, Trained):
                trained = step
    except BaseException as stop:
        if unfinished(wish) is not None:
            stop.add_note(f"what was learnt until then is in {wish.folder}, give the same command with --resume")
        raise
    return trained


def tell(
    trained: Trained, console: Console, line: Callable[[Mapping[str, float]], str], more: Mapping[str, Any]
) -> None:
    """Give the result: where things are, `more` for a program, the last `line` for a person."""
    facts = {
        "out": str(trained.weights.file),
        "fingerprint": trained.weights.fingerprint,
        "card": str(trained.card),
        "curve": str(trained.curve),
        "steps": trained.n_steps,
        "seconds": round(trained.seconds, 3),
        **more,
    }
    console.result(
        facts,
        f"{trained.weights.file}: {trained.n_steps} steps in {trained.seconds / 60:.1f} min, {line(trained.rows[-1])}\n"
        f"Its card is {trained.card}, its curve {trained.curve}.",
    )
