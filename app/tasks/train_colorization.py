"""Teach a colourizing network: pictures with classes, a validation that is never learnt from, weights and card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.os_errors import told_to_the_user
from app.tasks.colorization_card import colour_card
from app.tasks.training import FolderCount, Trained, Wish, read_curve, refuse_none, taught, wish_told, written
from app.tasks.weights import chosen_weights, weights_told
from engines.colour.sizes import N_LOOKS
from engines.colour.weights import save_colour
from engines.correspondence.encoder_weights import load_encoder
from engines.training.colorization_recipes import build_colour_recipe
from engines.training.frame_pool import CLIP_SUFFIXES, Image
from engines.whole_file import whole_file

if TYPE_CHECKING:
    from engines.device import Compute
    from engines.training.colorization import ColorizationRecipe
    from engines.training.colorization_pictures import ColourPicture, PicturePool
    from engines.training.colorization_validation import ColourValidation
    from engines.training.curve import Row
    from engines.training.loop import Step, Training

HELD_OUT_FILE = "held_out.txt"
LOOKS_FILE = "looks.safetensors"

Watch = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Passes things through, a number of them, and shows how far they are."""


@dataclass(frozen=True, slots=True, eq=False)
class ColourData:
    """What is learnt from, what it is judged on, and the RMSE of answers that need no learning."""

    pool: PicturePool
    validation: ColourValidation
    counts: list[FolderCount]
    floors: dict[str, float]
    n_grey: int


def wished_colour_recipe(wish: Wish) -> ColorizationRecipe:
    """Return the recipe of a wish. Raises UserError where the wish cannot be met, before anything else is done."""
    with wish_told(wish):
        return build_colour_recipe(wish.recipe, wish.architecture, wish.n_samples)


def data_files(folders: Sequence[Path]) -> tuple[list[Path], list[FolderCount]]:
    """Return the clips and stills in `folders`, and how many there are. Raises UserError where there are none."""
    from engines.training.frame_pool import media_files

    files, counts = [], []
    for folder in dict.fromkeys(folders):
        with told_to_the_user(folder):
            own = media_files(folder)
        n_clips = sum(file.suffix.lower() in CLIP_SUFFIXES for file in own)
        counts.append(FolderCount(str(folder), n_clips, 0, len(own) - n_clips))
        files += own
    refuse_none(files, folders)
    return files, counts


def read_colour_data(wish: Wish, recipe: ColorizationRecipe, compute: Compute, watch: Watch) -> ColourData:
    """Return the data of a wish, with pseudo-classes by our encoder, which are kept in the training's folder.

    Raises UserError where there is too little.
    """
    from engines.training.colorization_pictures import held_out, make_pool, read_pictures
    from engines.training.colorization_validation import ColourValidation

    files, counts = data_files(wish.data)
    found = list(watch(read_pictures(files), len(files), "files"))
    is_kept = np.array([is_out for each, is_out in zip(found, held_out(files), strict=True) for _ in each], bool)
    pictures = list(chain.from_iterable(found))
    if is_kept.all() or not is_kept.any():
        raise UserError(
            f"{len(pictures)} pictures in colour are too few: of every twenty blocks of eight one is for validation",
            "give folders with 160 pictures or more, their short sides from 128 px up",
        )
    with told_to_the_user(wish.folder):
        looks = _looks(wish, pictures, compute, watch)
        kept = [file for file, is_out in zip(files, held_out(files), strict=True) if is_out]
        wish.folder.mkdir(parents=True, exist_ok=True)
        (wish.folder / HELD_OUT_FILE).write_text("".join(f"{file}\n" for file in kept), encoding="utf-8")
    own = np.flatnonzero(~is_kept)
    pool = make_pool([pictures[i] for i in own], [looks[i] for i in own], recipe.rebalancing)
    others = np.flatnonzero(is_kept)
    validation = ColourValidation([pictures[i] for i in others], [looks[i] for i in others])
    floors = validation.floors(_mean_chroma(pool.pictures))
    return ColourData(pool, validation, counts, floors, sum(not each for each in found))


def _mean_chroma(pictures: Sequence[ColourPicture]) -> NDArray[np.float32]:
    """Return the mean a and b of all pictures, each counting the same."""
    from engines.cie_lab import to_lab

    return np.mean([to_lab(picture.image[::4, ::4])[..., 1:].mean((0, 1)) for picture in pictures], axis=0)


def _looks(wish: Wish, pictures: Sequence[ColourPicture], compute: Compute, watch: Watch) -> list[NDArray[np.uint8]]:
    """Return the pseudo-classes of all pictures, as they were kept where the pictures are the same."""
    from safetensors.numpy import load_file, save

    from engines.training.colorization_looks import find_looks, looks_of

    info = chosen_weights()
    images: list[Image] = [picture.image for picture in pictures]
    digest = hashlib.sha256(f"{info.fingerprint} {wish.seed}".encode())
    for image in images:
        digest.update(str(image.shape).encode() + image[::16, ::16].tobytes())
    made_of = np.frombuffer(digest.digest(), np.uint8)
    file = wish.folder / LOOKS_FILE
    shapes = [picture.streets.shape for picture in pictures]
    kept: dict[str, NDArray[Any]] = load_file(file) if file.is_file() else {}
    if "made of" not in kept or not np.array_equal(kept["made of"], made_of):
        with weights_told():
            encoder = load_encoder(info, compute)
        middles = find_looks(images, encoder, compute, N_LOOKS, wish.seed)
        found = watch(looks_of(images, middles, encoder, compute), len(images), "pictures told apart")
        cells = np.concatenate([look.ravel() for look in found])
        kept = {"made of": made_of, "cells": cells, "middles": middles.numpy()}
        with whole_file(file) as part:
            part.write_bytes(save(kept))
    ends = np.cumsum([rows * columns for rows, columns in shapes])[:-1]
    return [cells.reshape(shape) for cells, shape in zip(np.split(kept["cells"], ends), shapes, strict=True)]


def train_colour(
    wish: Wish, training: Training, data: ColourData, compute: Compute, tell: Callable[[Row], None]
) -> Iterator[Step | Trained]:
    """Yield every step that was taken, and at the end what came of it; see `training.taught`."""
    curve = read_curve(wish, training)
    yield from taught(wish, training, curve, lambda network: data.validation.judge(network, compute), tell)
    yield _finish(wish, training, data, curve.rows)


def _finish(wish: Wish, training: Training, data: ColourData, rows: list[Row]) -> Trained:
    """Write the averaged weights and their card."""
    recipe = training.recipe
    return written(
        wish,
        training,
        rows,
        data.counts,
        title=f"Colorization {recipe.architecture}, taught by {recipe.name}",
        summary=f"{training.number} steps of the recipe {recipe.name} on {data.pool.n_frames} pictures.",
        save=lambda about: save_colour(training.weights(), wish.out, about),
        card=lambda facts: colour_card(facts, data.floors),
    )
