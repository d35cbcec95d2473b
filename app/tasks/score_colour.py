"""How good colourings are, beside what needs no learning: grey, everywhere the mean chroma, the nearest picture's."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.tasks.colorize import Colours, ColourWish, read_still
from app.tasks.train_colorization import data_files
from engines.cie_lab import to_lab, to_rgb
from engines.colour.enlarge import enlarged
from engines.metrics.colour import chroma_rmse, colourfulness, likeness, psnr
from engines.training.frame_pool import STILL_SUFFIXES

if TYPE_CHECKING:
    from app.tasks.colorize_nearest import Gallery

ANSWER, SAMPLES, GREY, MEAN, NEAREST, TRUTH = "answer", "samples", "grey", "mean chroma", "nearest picture", "truth"
_SAMPLE = re.compile(r"(.+)_(\d+)")


@dataclass(frozen=True, slots=True)
class ColourRow:
    """Means over pictures: PSNR in dB, RMSE of a and b, colourfulness, and its mean distance from the truth's."""

    psnr: float
    rmse: float
    colourfulness: float
    difference: float


@dataclass(frozen=True, slots=True)
class ColourScore:
    """`rows` by name. `likenesses` are of all pairs of samples of one picture. Bits are None without a network."""

    rows: dict[str, ColourRow]
    n_pictures: int
    likenesses: list[float]
    bits: float | None
    bits_alone: float | None


@dataclass(slots=True)
class _Figures:
    """What was found of one kind of answer so far."""

    values: list[tuple[float, float, float, float]] = field(default_factory=list)

    def add(self, image: NDArray[np.uint8], truth: NDArray[np.uint8], true_lab: NDArray[np.float32]) -> None:
        own = colourfulness(image)
        rmse = chroma_rmse(to_lab(image)[..., 1:], true_lab[..., 1:])
        self.values.append((psnr(image, truth), rmse, own, abs(own - colourfulness(truth))))

    def mean(self) -> ColourRow:
        return ColourRow(*np.mean(self.values, 0).tolist())


def score_colour(
    truth: Path, prediction: Path, data: Sequence[Path] = (), weights: str | None = None, device: str = "auto"
) -> Iterator[tuple[int, int] | ColourScore]:
    """Compare colourings with the truth, two pictures or two folders: yields (done, total), then the `ColourScore`.

    Predictions are called as the truth, or ``<stem>_<k>``: 0 the single answer, the others samples. `data` are the
    folders that were learnt from, for the floors: what training held out, and the truths themselves, are left out.
    Without them the mean chroma is the truths' own. `weights`, "" being the shipped ones, give bits a dimension.
    Raises UserError for what does not fit.
    """
    pairs = _pairs(truth, prediction)
    gallery = _gallery(data, [file for file, _ in pairs], device) if data else None
    mean = _mean_chroma([file for file, _ in pairs]) if gallery is None else gallery.mean
    colours = None if weights is None else Colours(ColourWish(weights=weights, device=device))
    found = {name: _Figures() for name in (ANSWER, SAMPLES, GREY, MEAN, NEAREST, TRUTH)}
    likenesses: list[float] = []
    bits: list[tuple[float, float]] = []
    for n_done, (file, predicted) in enumerate(pairs, 1):
        true = read_still(file)
        lab = to_lab(true)
        images = [_read_like(each, true, file) for each in predicted]
        light = lab[..., 0]
        found[ANSWER].add(images[0], true, lab)
        for sample in images[1:]:
            found[SAMPLES].add(sample, true, lab)
        likenesses += [likeness(one, other) for one, other in itertools.combinations(images[1:], 2)]
        found[GREY].add(_with_chroma(light, np.zeros((*light.shape, 2), np.float32)), true, lab)
        found[MEAN].add(_with_chroma(light, np.broadcast_to(mean, (*light.shape, 2))), true, lab)
        if gallery is not None:
            found[NEAREST].add(_with_chroma(light, enlarged(gallery.nearest(true), light)), true, lab)
        found[TRUTH].add(true, true, lab)
        if colours is not None:
            outlook = colours.outlook(true)
            small = cv2.resize(lab[..., 1:], outlook.shape[::-1], interpolation=cv2.INTER_AREA)
            by_g, by_f = outlook.bits(small)
            bits.append((float(by_g.mean()), float(by_f.mean())))
        yield n_done, len(pairs)
    mean_bits, mean_alone = np.mean(bits, 0).tolist() if bits else (None, None)
    rows = {name: figures.mean() for name, figures in found.items() if figures.values}
    yield ColourScore(rows, len(pairs), likenesses, mean_bits, mean_alone)


def _with_chroma(light: NDArray[np.float32], chroma: NDArray[np.float32]) -> NDArray[np.uint8]:
    return to_rgb(np.concatenate([light[..., None], chroma], -1))


def _mean_chroma(files: Sequence[Path]) -> NDArray[np.float32]:
    return np.mean([to_lab(read_still(file)[::4, ::4])[..., 1:].mean((0, 1)) for file in files], 0).astype(np.float32)


def _gallery(data: Sequence[Path], truths: Sequence[Path], device: str) -> Gallery:
    from app.tasks.colorize_nearest import make_gallery
    from engines.training.colorization_pictures import held_out

    files, _ = data_files(data)
    own = {file.resolve() for file in truths}
    kept = [
        file
        for file, is_out in zip(files, held_out(files), strict=True)
        if not is_out and file.suffix.lower() in STILL_SUFFIXES and file.resolve() not in own
    ]
    if not kept:
        raise UserError("There is no picture to learn from but the truths", "give other folders with --data")
    return make_gallery(kept, device)


def _pairs(truth: Path, prediction: Path) -> list[tuple[Path, list[Path]]]:
    """Return each true picture with its predictions, the single answer first."""
    if truth.is_file() and prediction.is_file():
        return [(truth, [prediction])]
    for path in (truth, prediction):
        if not path.exists():
            raise UserError(f"There is no {path}", "check the name")
    folder = prediction if prediction.is_dir() else prediction.parent
    named: dict[str, dict[int, Path]] = {}
    for file in _pictures(folder):
        match = _SAMPLE.fullmatch(file.stem)
        named.setdefault(file.stem, {}).setdefault(0, file)
        if match:
            named.setdefault(match[1], {})[int(match[2])] = file
    truths = {file.stem: file for file in (_pictures(truth) if truth.is_dir() else [truth])}
    pairs = [
        (file, [named[stem][number] for number in sorted(named[stem])])
        for stem, file in truths.items()
        if stem in named
    ]
    if not pairs:
        raise UserError(
            f"No picture in {prediction} is named after one of {truth}", "give what `colorize` made of these pictures"
        )
    return pairs


def _pictures(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in STILL_SUFFIXES and file.is_file())


def _read_like(file: Path, truth: NDArray[np.uint8], true_file: Path) -> NDArray[np.uint8]:
    image = read_still(file)
    if image.shape != truth.shape:
        raise UserError(
            f"{file} is {image.shape[1]} x {image.shape[0]} pixels, but {true_file} is "
            f"{truth.shape[1]} x {truth.shape[0]}",
            "score pictures of the same size",
        )
    return image
