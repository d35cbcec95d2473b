"""Teach an encoder correspondence from raw clips: data, validation on exact truth, weights and card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.os_errors import told_to_the_user
from app.tasks.correspondence_card import card
from app.tasks.training import FolderCount, Judge, Trained, Wish, read_curve, refuse_none, taught, wish_told, written
from engines.correspondence.encoder_weights import save_encoder
from engines.training.recipes import build_recipe
from engines.weights import WeightsInfo

if TYPE_CHECKING:
    from engines.device import Compute
    from engines.training.curve import Row
    from engines.training.frame_pool import FramePool
    from engines.training.loop import Step, Training
    from engines.training.recipe import Recipe


def wished_recipe(wish: Wish) -> Recipe:
    """Return the recipe of a wish. Raises UserError where the wish cannot be met, before anything else is done."""
    with wish_told(wish):
        return build_recipe(wish.recipe, wish.architecture, wish.size_px, wish.n_samples)


def read_data(
    folders: Sequence[Path], watch: Callable[[list[Path]], Iterable[Path]]
) -> tuple[FramePool, list[FolderCount]]:
    """Return everything that can be read in `folders`, and what it is; `watch` passes a folder's files through.

    Raises UserError where there is nothing.
    """
    from engines.training.frame_pool import joined, media_files, read_files

    pools, counts = [], []
    for folder in dict.fromkeys(folders):
        with told_to_the_user(folder):
            pool = read_files(watch(media_files(folder)))
        pools.append(pool)
        counts.append(FolderCount(str(folder), len(pool.clips), pool.n_frames, len(pool.stills)))
    refuse_none([count for count in counts if count.n_clips or count.n_stills], folders)
    return joined(pools), counts


def judge_of_encoders(compute: Compute) -> Judge:
    """Return what judges encoders, on rendered scenes."""
    from engines.training.validation import Validation

    validation = Validation()
    return lambda encoder: validation.judge(encoder, compute).figures


def train(
    wish: Wish, training: Training, counts: list[FolderCount], compute: Compute, tell: Callable[[Row], None]
) -> Iterator[Step | Trained]:
    """Yield every step that was taken, and at the end what came of it; see `taught`."""
    curve = read_curve(wish, training)
    yield from taught(wish, training, curve, judge_of_encoders(compute), tell)
    yield _finish(wish, training, counts, curve.rows)


def _finish(wish: Wish, training: Training, counts: list[FolderCount], rows: list[Row]) -> Trained:
    """Write weights and card."""
    recipe = training.recipe

    def save(about: dict[str, str]) -> WeightsInfo:
        network = training.weights()
        return save_encoder(network, wish.out, architecture=recipe.architecture, options=recipe.options, about=about)

    return written(
        wish,
        training,
        rows,
        counts,
        title=f"{recipe.architecture}, taught by {wish.recipe}",
        summary=f"Trained from raw clips without labels: {training.n_steps} steps of the recipe {wish.recipe}.",
        save=save,
        card=card,
    )
