"""Colour stills: one answer and diverse samples, steered by hints and by a reference picture."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import UserError
from app.formats.colour_hints import read_hints
from app.formats.mask_png import davis_palette, write_mask
from app.media.picture_file import probe_picture, read_picture
from app.tasks.engine_loader import pick_device, torch_told
from app.tasks.weights import chosen_weights, weights_told
from app.whole_folder import Mark, whole_folder
from engines.cie_lab import luminance, to_rgb
from engines.colour.belief import Belief
from engines.colour.enlarge import enlarged
from engines.colour.hints import Hint, HintSolver
from engines.colour.sizes import CLASS_NAMES
from engines.colour.weights import find_colour_weights, load_colour
from engines.correspondence.encoder_weights import load_encoder
from engines.weights import WeightsInfo

if TYPE_CHECKING:
    from engines.colour.colorizer import Outlook
    from engines.colour.network import ColourNetwork
    from engines.device import Compute

METHODS = ("network", "hints")
_MARK = Mark("colorization.json", b'"made_by": "throughline colorize"')


@dataclass(frozen=True, slots=True)
class ColourWish:
    """How pictures are to be coloured. `method` ``hints`` takes no network: what is not hinted at is grey."""

    method: str = "network"
    weights: str = ""
    n_samples: int = 1
    seed: int = 0
    temperature: float = 1.0
    hints: Path | None = None
    reference: Path | None = None
    device: str = "auto"
    with_classes: bool = False


def result_names(images: Sequence[Path], n_samples: int) -> list[str]:
    """Return the file names that results get. Raises UserError where two pictures would get the same."""
    stems = [image.stem for image in images]
    twice = next((stem for number, stem in enumerate(stems) if stem in stems[:number]), None)
    if twice is not None:
        raise UserError(f"Two of the pictures are called {twice}", "colour them one after the other, in two folders")
    return [f"{stem}_{number}.png" for stem in stems for number in range(n_samples)]


def read_still(path: Path) -> NDArray[np.uint8]:
    """Return a picture, RGB uint8 (H, W, 3). Raises UserError."""
    if not path.is_file():
        raise UserError(f"There is no picture {path}", "check the name")
    if probe_picture(path) is None:
        raise UserError(f"{path} is no picture", "give a JPEG, PNG, TIFF or WebP file")
    try:
        return read_picture(path)
    except ValueError as error:
        raise UserError(f"{path} cannot be read whole ({error})", "get the file again") from error


class Colours:
    """Colours pictures one after the other with one network. One thread. Loads torch where a network is asked for."""

    def __init__(self, wish: ColourWish) -> None:
        """Load what `wish` needs. Raises UserError for weights, devices and references that cannot be used."""
        self._wish = wish
        self.weights: WeightsInfo | None = None
        self._network: ColourNetwork | None = None
        self._compute: Compute | None = None
        self._reference = None if wish.reference is None else read_still(wish.reference)
        with weights_told(), torch_told():
            if wish.method == "network":
                self.weights = find_colour_weights(wish.weights)
            if wish.method == "network" or self._reference is not None:
                self._compute = pick_device(wish.device)
            if self.weights is not None and self._compute is not None:
                self._network = load_colour(self.weights, self._compute)
            if self._reference is not None and self._compute is not None:
                self._encoder = load_encoder(chosen_weights(), self._compute)

    def colour(self, image: NDArray[np.uint8], hints: Sequence[Hint]) -> Iterator[NDArray[np.uint8]]:
        """Yield `n_samples` pictures, RGB uint8 as large as `image`, the single answer first.

        Luminance is the image's own; hinted pixels have the hint's chroma.
        """
        light = luminance(image)
        solver = HintSolver(light) if hints else None
        for small, belief in self._answers(image):
            chroma = np.zeros((*light.shape, 2), np.float32) if small is None else enlarged(small, light)
            if solver is not None:
                chroma = solver.apply(chroma, hints, belief, is_alone=small is None)
            yield to_rgb(np.concatenate([light[..., None], chroma], -1))

    def classes(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return which of `CLASS_NAMES` each pixel is likely to be, uint8 (H, W), by the semantic head."""
        scores = self.outlook(image).classes
        likeliest = scores.argmax(0).astype(np.uint8)
        return cv2.resize(likeliest, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)

    def outlook(self, image: NDArray[np.uint8]) -> Outlook:
        """Return what the network makes of a picture. Raises RuntimeError where there is none."""
        from engines.colour.colorizer import look_at

        if self._network is None or self._compute is None:
            raise RuntimeError("colours without a network have no outlook")
        return look_at(self._network, self._compute, image)

    def _answers(self, image: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.float32] | None, Belief | None]]:
        """Yield small chroma (h, w, 2) for each sample, None where there is nothing but hints; the answer's belief."""
        wish = self._wish
        found = None
        if self._reference is not None and self._compute is not None:
            from engines.colour.reference import colours_of

            found = colours_of(image, self._reference, self._encoder, self._compute)
        if self._network is None or self._compute is None:
            yield None if found is None else found[0], None
            return
        from engines.colour.reference import blended

        outlook = self.outlook(image)
        first = outlook.answer()
        yield first if found is None else blended(first, *found), outlook.belief
        if wish.n_samples > 1:
            for sample in outlook.samples(range(wish.n_samples - 1), wish.seed, wish.temperature):
                yield sample if found is None else blended(sample, *found), None


def colorize_stills(images: Sequence[Path], out: Path, wish: ColourWish) -> Iterator[Path]:
    """Write ``<stem>_<k>.png`` for every picture and k, and yield each name when it is written; all or nothing.

    Raises UserError before anything is written where pictures, hints or weights cannot be used.
    """
    names = result_names(images, wish.n_samples)
    names += [f"{image.stem}_classes.png" for image in images if wish.with_classes]
    if wish.hints is not None and len(images) > 1:
        raise UserError("Hints are for one picture", "colour pictures with hints one after the other")
    if wish.method == "hints" and wish.hints is None and wish.reference is None:
        raise UserError("There is nothing to take colours from", "give --hints, --reference, or --method network")
    if wish.method == "hints" and wish.with_classes:
        raise UserError("Classes are told by the network", "leave --classes out, or --method")
    if wish.method == "hints" and wish.n_samples > 1:
        raise UserError("Hints have one answer only", "leave --samples out")
    for path in images:
        read_still(path)  # all of them before hours of work on the first
    colours = Colours(wish)
    with whole_folder(out, _MARK, [*names, _MARK.name]) as folder:
        for path in images:
            image = read_still(path)
            hints = [] if wish.hints is None else read_hints(wish.hints, image.shape[1], image.shape[0])
            for number, picture in enumerate(colours.colour(image, hints)):
                name = f"{path.stem}_{number}.png"
                Image.fromarray(picture).save(folder / name)
                yield out / name
            if wish.with_classes:
                write_mask(folder / f"{path.stem}_classes.png", colours.classes(image), davis_palette())
        (folder / _MARK.name).write_text(json.dumps(_facts(images, wish, colours), indent=1) + "\n", encoding="utf-8")


def _facts(images: Sequence[Path], wish: ColourWish, colours: Colours) -> dict[str, object]:
    """Return what the results were made by."""
    return {
        "made_by": "throughline colorize",
        "images": [str(image) for image in images],
        "method": wish.method,
        "weights": None if colours.weights is None else colours.weights.name,
        "weights_fingerprint": None if colours.weights is None else colours.weights.fingerprint,
        "samples": wish.n_samples,
        "seed": wish.seed,
        "temperature": wish.temperature,
        "classes": list(CLASS_NAMES) if wish.with_classes else None,
        "hints": None if wish.hints is None else str(wish.hints),
        "reference": None if wish.reference is None else str(wish.reference),
    }
