"""Colour pictures to learn colorization from: small, in memory, with classes, and drawn so that rare colours count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.cie_lab import to_lab
from engines.colour.sizes import CAMVID_CLASSES, INPUT_PX, STRIDE
from engines.training.frame_pool import Image, read_files

SHORT_SIDE_PX = 144
"""Of pictures in memory, an eighth more than what the network sees: room for the crop."""
FRAMES_PER_CLIP = 4
GREY_BELOW = 4.0
"""Mean distance from grey, in a and b, of pictures that have no colour to learn."""
UNLABELLED = -1
_LABELS_SUFFIX, _LABELLED = "_labels", "camvid-"
"""Class maps lie in DIR_labels beside DIR, under the picture's name; those of other sets number regions."""
_BLOCK, _HELD_OUT_EVERY = 8, 20
_BIN = 10.0
_N_BINS = 26
_MOST_WEIGHT = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class ColourPicture:
    """A picture uint8 (h, w, 3), sides divided by 4, and the street class of each cell, int8 (h / 4, w / 4), or -1."""

    image: Image
    streets: NDArray[np.int8]


def held_out(files: Sequence[Path]) -> list[bool]:
    """Return for each of the files, in order of name, whether training must not see it: a twentieth of them.

    They are blocks of eight neighbours, because neighbours by name are often neighbours in time.
    """
    return [number // _BLOCK % _HELD_OUT_EVERY == _HELD_OUT_EVERY - 1 for number in range(len(files))]


def read_pictures(files: Sequence[Path]) -> Iterator[list[ColourPicture]]:
    """Yield for each file what can be learnt from it: a still, some frames of a clip, nothing if it is grey or none."""
    for file in files:
        found = read_files([file], SHORT_SIDE_PX)
        images = [*found.stills]
        for clip in found.clips:
            places = np.linspace(0, len(clip) - 1, 2 * FRAMES_PER_CLIP + 1)[1::2]
            images += [clip[round(place)] for place in places]
        fitting = [_fitted(image) for image in images if min(image.shape[:2]) >= INPUT_PX]
        yield [ColourPicture(image, _streets(file, image.shape)) for image in fitting if chroma_of(image) >= GREY_BELOW]


def chroma_of(image: Image) -> float:
    """Return the mean distance from grey, in a and b."""
    return float(np.hypot(*np.moveaxis(to_lab(image)[..., 1:], -1, 0)).mean())


def _fitted(image: Image) -> Image:
    """Return the picture with sides that the stride divides."""
    height, width = image.shape[:2]
    return np.ascontiguousarray(image[: height // STRIDE * STRIDE, : width // STRIDE * STRIDE])


def _streets(file: Path, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Return the class map of a street picture by cells, or one of nothing."""
    rows, columns = shape[0] // STRIDE, shape[1] // STRIDE
    label = file.parent.with_name(file.parent.name + _LABELS_SUFFIX) / f"{file.stem}.png"
    if not file.name.startswith(_LABELLED) or not label.is_file():
        return np.full((rows, columns), UNLABELLED, np.int8)
    values = cv2.imdecode(np.fromfile(label, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 2:
        return np.full((rows, columns), UNLABELLED, np.int8)
    cells = cv2.resize(values, (columns, rows), interpolation=cv2.INTER_NEAREST)
    return np.where(cells < len(CAMVID_CLASSES), cells, UNLABELLED).astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class PicturePool:
    """What a colorization learns from. Read-only, any thread.

    `looks` are the pseudo-classes of each picture's cells, uint8 (h / 4, w / 4). `chances` say how often each picture
    is drawn; `bin_weights` (26, 26), how much a cell counts by its colour, see `colour_bins`.
    """

    pictures: Sequence[ColourPicture]
    looks: Sequence[NDArray[np.uint8]]
    chances: NDArray[np.float64]
    bin_weights: NDArray[np.float32]

    @property
    def n_frames(self) -> int:
        """Number of pictures."""
        return len(self.pictures)


def make_pool(pictures: Sequence[ColourPicture], looks: Sequence[NDArray[np.uint8]], rebalancing: float) -> PicturePool:
    """Return the pool of `pictures`; `rebalancing` from 0 to 1 says how much more rare colours count.

    After Zhang et al. 2016, section 2.2: a colour counts by one over its frequency mixed with an even one. They mix
    half and half, by which a colour fifteen times as frequent as usual counts a sixteenth of a rare one.
    """
    counts = np.stack([np.bincount(_flat_bins(picture.image), minlength=_N_BINS**2) for picture in pictures])
    frequency = counts.sum(0) / counts.sum()
    kernel = cv2.getGaussianKernel(5, 1)
    smooth: NDArray[np.float64] = cv2.sepFilter2D(frequency.reshape(_N_BINS, _N_BINS), -1, kernel, kernel)
    n_used = max(1, int(np.count_nonzero(smooth > 1e-5)))
    weights = 1 / (rebalancing * n_used * smooth + (1 - rebalancing))
    weights /= (weights * smooth).sum()
    weights = np.minimum(weights, _MOST_WEIGHT)
    by_picture = (counts * weights.ravel()).sum(1) / counts.sum(1)
    chances = np.sqrt(by_picture)
    return PicturePool(pictures, looks, chances / chances.sum(), weights.astype(np.float32))


def colour_bins(chroma: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the bin of each colour a, b (..., 2): steps of ten both ways, as one number."""
    places = np.clip(np.rint(chroma / _BIN).astype(np.int64) + _N_BINS // 2, 0, _N_BINS - 1)
    return places[..., 0] * _N_BINS + places[..., 1]


def _flat_bins(image: Image) -> NDArray[np.int64]:
    small = cv2.resize(image, None, fx=1 / STRIDE, fy=1 / STRIDE, interpolation=cv2.INTER_AREA)
    return colour_bins(to_lab(small)[..., 1:]).ravel()
