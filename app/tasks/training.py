"""What trainings have in common: the wish, steps with checkpoints to go on from, weights and card at the end."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.errors import UserError
from app.os_errors import told_to_the_user
from app.tasks.training_card import TrainingFacts
from app.tasks.weights import weights_told
from app.whole_folder import refuse_unwritable
from engines.training.recipes import RECIPES
from engines.weights import SUFFIX, WeightsInfo
from engines.whole_file import whole_file

if TYPE_CHECKING:
    from engines.device import Compute
    from engines.training.curve import Curve, Row
    from engines.training.loop import Step, Training
    from engines.training.recipe import Recipe

SCORED = ("JPEGImages", "Annotations", "keypoints", "boxes")
"""Names of folders that hold what engines are scored on, as DAVIS and others lay them out: nothing to learn from."""

CURVE_FILE = "curve.csv"
DATA_FILE = "data.json"
_FOLDER_SUFFIX, _CARD_SUFFIX = _BESIDE = ".training", ".md"
_ROWS = 40
_MOST_STEPS_A_ROW = 100
_ROWS_A_CHECKPOINT = 5
_JUDGED_FROM_STEPS = 400
"""Shorter trainings are judged at their ends only, longer ones at every such checkpoint: judging takes seconds."""
_TRIAL_STEPS = 30
_REST_SHARE = 1.04
"""What steps take with waiting for batches and writing checkpoints, as a share of their own time."""
_SAVED_EVERY_S = 60.0

Judge = Callable[[Any], Mapping[str, float]]
"""Returns what the validation finds of a network, by the names of a curve's columns."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. `architecture`, `size_px` and `n_samples` None are what the recipe is meant for."""

    data: tuple[Path, ...]
    out: Path
    recipe: str
    architecture: str | None = None
    seed: int = 0
    size_px: int | None = None
    n_samples: int | None = None
    device: str = "auto"
    n_threads: int | None = None
    kind: str = "correspondence"

    @property
    def folder(self) -> Path:
        """Where checkpoint and curve are, beside the weights."""
        return self.out.with_suffix(_FOLDER_SUFFIX)

    @property
    def name(self) -> str:
        """What the weights call themselves: the file's name, with dashes for what names may not have."""
        return re.sub(r"[^A-Za-z0-9._-]", "-", self.out.stem)[:64].lstrip("._-") or "trained"

    def command(self, n_steps: int) -> list[str]:
        """Return the arguments that make the same weights again."""
        architecture = self.architecture or RECIPES[self.recipe].architectures[0]
        words = ["train", self.kind, "--data", *map(str, self.data), "--out", str(self.out)]
        words += ["--recipe", self.recipe, "--architecture", architecture]
        words += ["--steps", str(n_steps), "--seed", str(self.seed)]
        words += ["--size", str(self.size_px)] if self.size_px else []
        words += ["--samples", str(self.n_samples)] if self.n_samples else []
        words += ["--device", self.device] if self.device != "auto" else []
        return words + (["--threads", str(self.n_threads)] if self.n_threads else [])


@dataclass(frozen=True, slots=True)
class FolderCount:
    """What was found in one folder of data."""

    folder: str
    n_clips: int
    n_frames: int
    n_stills: int


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training left."""

    weights: WeightsInfo
    card: Path
    curve: Path
    n_steps: int
    seconds: float
    rows: list[Row]


@contextmanager
def wish_told(wish: Wish) -> Iterator[None]:
    """Build a recipe in here: where the wish for one cannot be met, UserError says so before anything else is done."""
    _refuse_names(wish)
    try:
        yield
    except ValueError as error:
        raise _user_error(error, "choose another recipe, network or size") from error
    refuse_unwritable(wish.out.parent)


def _refuse_names(wish: Wish) -> None:
    """Raise UserError where weights cannot be written under the name that is asked for."""
    if wish.out.suffix in _BESIDE:
        raise UserError(f"{wish.out} is the name of what comes beside the weights", f"give one that ends in {SUFFIX}")
    if wish.out.is_dir():
        raise UserError(f"{wish.out} is a folder where a file is needed", "give another name")


def notes_on(folders: Sequence[Path]) -> list[str]:
    """Return what a person should know of folders of data before they are read."""
    notes = []
    for folder in folders:
        if folder.is_dir() and any(entry.is_dir() for entry in folder.iterdir()):
            notes.append(f"Folders inside {folder} are not read, only the files in {folder} itself.")
        if scored := next((name for name in SCORED if name in folder.absolute().parts), None):
            notes.append(f"{folder} lies in {scored}: weights that learnt from what they are scored on say nothing.")
    return notes


def refuse_none(files: Collection[Any], folders: Sequence[Path]) -> None:
    """Raise UserError where there is nothing in `folders` to learn from."""
    if not files:
        raise UserError(
            f"There is no clip and no picture in {', '.join(map(str, folders))}", "give folders of videos or stills"
        )


def unfinished(wish: Wish) -> int | None:
    """Return the step at which an earlier training for the same file was stopped, or None."""
    from engines.training.loop import STATE_FILE, read_checkpoint

    if not (wish.folder / STATE_FILE).exists():
        return None
    try:
        about = read_checkpoint(wish.folder)
    except ValueError:
        return None
    return about["step"] if about["step"] < about["n_steps"] else None


def steps_within(minutes: float, recipe: Recipe, pool: Any, seed: int, compute: Compute, judge: Judge) -> int:
    """Return how many steps take about that long here, validations and all: some are tried, and thrown away."""
    from engines.training.loop import Training

    began = time.perf_counter()
    trial = Training(recipe, pool, _TRIAL_STEPS, seed, compute)
    paces: list[float] = []
    before = 0.0
    for step in trial.run():
        paces.append(step.seconds - before)
        before = step.seconds
        if time.perf_counter() - began > 60 * minutes / 5:
            break
    pace = sorted(paces)[len(paces) // 2] * _REST_SHARE
    tried = time.perf_counter()
    judge(trial.weights())
    judging_s = time.perf_counter() - tried
    left_s = 60 * minutes - (time.perf_counter() - began)
    is_long = left_s / pace > _JUDGED_FROM_STEPS
    judging_s *= 1 + _ROWS / _ROWS_A_CHECKPOINT if is_long else 2
    return max(1, int(max(left_s - judging_s, 60 * minutes / 3) / pace))


def begin(wish: Wish, recipe: Recipe, pool: Any, counts: list[FolderCount], compute: Compute, n_steps: int) -> Training:
    """Return a training that has not taken a step; whatever another one left in its folder is thrown away."""
    from engines.training.loop import STATE_FILE, Training

    training = Training(recipe, pool, n_steps, wish.seed, compute)
    with told_to_the_user(wish.folder):
        wish.folder.mkdir(parents=True, exist_ok=True)
        for name in (STATE_FILE, CURVE_FILE):
            (wish.folder / name).unlink(missing_ok=True)
        text = json.dumps([asdict(count) for count in counts], indent=1)
        (wish.folder / DATA_FILE).write_text(text + "\n", encoding="utf-8")
    return training


def take_up(
    wish: Wish, recipe: Recipe, pool: Any, counts: list[FolderCount], compute: Compute, n_steps: int | None
) -> Training:
    """Return the training of the wish's folder where it stopped; `n_steps` None leaves its length.

    Raises UserError where there is none, or it was of another recipe, seed, length or data.
    """
    from engines.training.loop import Training, read_checkpoint

    again = f"leave --resume out to begin anew, or ask for what {wish.folder} was made by"
    try:
        length = n_steps or read_checkpoint(wish.folder)["n_steps"]
        training = Training(recipe, pool, length, wish.seed, compute)
        training.resume(wish.folder)
    except ValueError as error:
        raise _user_error(error, again) from error
    if _counts_of(wish.folder) != counts:
        raise UserError(f"The data are not those that the training in {wish.folder} began with", again)
    return training


def read_curve(wish: Wish, training: Training) -> Curve:
    """Return the curve of a training up to where it stands."""
    from engines.training.curve import Curve

    curve = Curve(_steps_a_row(training))
    curve.read(wish.folder / CURVE_FILE, training.number)
    return curve


def taught(wish: Wish, training: Training, curve: Curve, judge: Judge, tell: Callable[[Row], None]) -> Iterator[Step]:
    """Yield every step that was taken and write them into `curve`; `tell` hears of each row that was judged.

    A checkpoint is written every minute or so, at the end of a row of the curve, and never in the middle of
    a step: whatever stops this, at most the work since then is lost. Raises UserError where the training fails.
    """
    every = _steps_a_row(training)

    def note() -> None:
        tell(curve.judge(judge(training.weights()), training.number, training.seconds))

    if not curve.judged:
        note()
    saved_s = time.monotonic()
    try:
        for step in training.run():
            if curve.add(step):
                is_last = step.number == training.n_steps
                is_due = is_last or step.number % (every * _ROWS_A_CHECKPOINT) == 0
                if is_last or (is_due and training.n_steps > _JUDGED_FROM_STEPS):
                    note()
                if is_due or time.monotonic() - saved_s > _SAVED_EVERY_S:
                    with told_to_the_user(wish.folder):
                        curve.write(wish.folder / CURVE_FILE)
                        training.save(wish.folder)
                    saved_s = time.monotonic()
            yield step
    except ArithmeticError as error:
        raise _user_error(error, "try another seed; more and more varied clips help too") from error


def _steps_a_row(training: Training) -> int:
    return max(1, min(_MOST_STEPS_A_ROW, training.n_steps // _ROWS))


def written(
    wish: Wish,
    training: Training,
    rows: list[Row],
    counts: Sequence[FolderCount],
    *,
    title: str,
    summary: str,
    save: Callable[[dict[str, str]], WeightsInfo],
    card: Callable[[TrainingFacts], str],
) -> Trained:
    """Write weights by `save`, which is given what they say of themselves, and their `card`, as they are now."""
    command = wish.command(training.n_steps)
    about = {"name": wish.name, "title": title, "summary": summary, "command": " ".join(command)}
    with weights_told():
        info = save(about)
        constants = asdict(cast(Any, training.recipe))
        folders = [asdict(count) for count in counts]
        file = wish.out.with_suffix(_CARD_SUFFIX)
        with whole_file(file) as part:
            part.write_text(card(TrainingFacts(info, command, constants, folders, training.seconds, rows)), "utf-8")
    return Trained(info, file, wish.folder / CURVE_FILE, training.number, training.seconds, rows)


def _counts_of(folder: Path) -> list[FolderCount]:
    """Return what `begin` wrote of the data, nothing where that cannot be read."""
    try:
        found: list[dict[str, Any]] = json.loads((folder / DATA_FILE).read_text(encoding="utf-8"))
        return [FolderCount(**count) for count in found]
    except (OSError, ValueError, TypeError):
        return []


def _user_error(error: Exception, remedy: str) -> UserError:
    """Return the sentence of an engine's error with a remedy."""
    sentence = str(error)
    return UserError(sentence[:1].upper() + sentence[1:], remedy)
