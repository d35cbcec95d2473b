"""A picture without colour, looked at once: its likeliest colours, samples, classes, and colours to suggest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engines.cie_lab import luminance as luminance_of
from engines.colour.belief import Belief
from engines.colour.mixture import HALF_RANGE, MIDDLE, Mixture, expected, log_likelihood, means_of, mixture_of
from engines.colour.sampler import Draws, sample_rows
from engines.colour.sizes import INPUT_PX, STRIDE

if TYPE_CHECKING:
    from engines.colour.network import ColourNetwork
    from engines.device import Compute

SHARPNESS = 1.0
"""Of the single answer: 1 is the mean, which has the least error; more of it is more colourful."""
_MOST_PX = 4 * INPUT_PX
"""The longest side that the network is shown; longer pictures are squeezed."""


_OF_A_LOGISTIC = math.pi / math.sqrt(3)
"""Its deviation, in scales."""
_DEVIATIONS = 2.0, 60.0
"""Steps of a and b: no part of a mixture is surer than JPEG, or tells nothing at all."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A colour that is likely at a place: a and b, and its share of all."""

    chroma: tuple[float, float]
    share: float


def seen_size(width: int, height: int) -> tuple[int, int]:
    """Return the (width, height) at which the network sees a picture: 128 px on the short side, the same shape.

    The thesis squeezes every picture into a square (section 2.3); ours keeps its shape, since all rows are
    convolutions.
    """
    scale = INPUT_PX / min(width, height)
    across, down = (min(_MOST_PX, max(1, round(side * scale / STRIDE)) * STRIDE) for side in (width, height))
    return across, down


class Outlook:
    """What a network makes of one grey picture. One thread; some hundred kilobytes."""

    def __init__(self, network: ColourNetwork, compute: Compute, luminance: NDArray[np.float32]) -> None:
        """Look at `luminance` (H, W) in 0..100: f and h run once, here."""
        self.luminance = luminance
        width, height = seen_size(luminance.shape[1], luminance.shape[0])
        light = cv2.resize(luminance, (width, height), interpolation=cv2.INTER_AREA) / np.float32(50) - 1
        self._light = cv2.resize(light, (width // STRIDE, height // STRIDE), interpolation=cv2.INTER_AREA)
        self._generator = network.g
        with torch.inference_mode(), compute.autocast():
            seen = network.see(torch.from_numpy(light)[None, None].to(compute.device))
            self._condition = seen.condition[0].float().cpu().numpy()
            self._classes = seen.classes[0].float().cpu().numpy()
            self._mixture = mixture_of(seen.answer.float().cpu(), torch.from_numpy(self._light)[None, None])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells of chroma."""
        return self._light.shape[0], self._light.shape[1]

    @property
    def classes(self) -> NDArray[np.float32]:
        """Scores of h, (classes, h, w): streets' first, then looks'."""
        return self._classes

    def answer(self, sharpness: float = SHARPNESS) -> NDArray[np.float32]:
        """Return the single answer of f, a and b float32 (h, w, 2)."""
        found = expected(self._mixture, sharpness)[0].numpy()
        return _steps(np.moveaxis(found, 0, -1))

    @property
    def belief(self) -> Belief:
        """What f holds for likely at each cell, whose mean is `answer`."""
        mixture = self._mixture
        shares = torch.softmax(mixture.logits[0], 0).numpy()
        means = torch.cat(means_of(mixture)).numpy()  # one picture's: a and b take the place of the batch
        scales = torch.stack([mixture.log_scale_a[0], mixture.log_scale_b[0]]).exp().numpy()
        deviations = np.clip(scales * np.float32(HALF_RANGE * _OF_A_LOGISTIC), *_DEVIATIONS)
        return Belief(shares, _steps(means), deviations)

    def rows(self, samples: Sequence[int], seed: int, temperature: float = 1.0) -> Iterator[NDArray[np.float32]]:
        """Yield a and b of each row, (samples, w, 2), of the samples of these numbers, from the top."""
        draws = Draws.seeded(self._light, seed, samples, temperature)
        for row in sample_rows(self._generator, self._condition, len(samples), draws):
            yield _steps(row)

    def samples(self, numbers: Sequence[int], seed: int, temperature: float = 1.0) -> NDArray[np.float32]:
        """Return a and b of the samples of these numbers, float32 (samples, h, w, 2)."""
        return np.stack(list(self.rows(numbers, seed, temperature)), 1)

    def bits(self, chroma: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what colours a, b (h, w, 2) cost in bits a dimension under g and under f, each (h, w)."""
        values = _values(chroma)
        told = self._told(values)
        per_bit = -2 * math.log(2)
        by_g, by_f = ((log_likelihood(each, values)[0] / per_bit).numpy() for each in (told, self._mixture))
        return by_g, by_f

    def _told(self, values: torch.Tensor) -> Mixture:
        """Return what g makes of each cell where those before it have `values`, (1, 2, h, w) in -1..1."""
        device = next(self._generator.parameters()).device
        with torch.inference_mode():
            condition = torch.from_numpy(self._condition)[None].to(device)
            found = self._generator(values.to(device), condition).cpu()
        return mixture_of(found, torch.from_numpy(self._light)[None, None])

    def suggestions(
        self, x: float, y: float, count: int, chroma: NDArray[np.float32] | None = None
    ) -> list[Suggestion]:
        """Return up to `count` likely colours at a pixel of the picture, the likeliest first; none twice.

        With `chroma`, a and b (h, w, 2) of all cells, they are g's, to whom the cells before that one are known;
        else f's.
        """
        rows, columns = self.shape
        row = min(rows - 1, max(0, int((y + 0.5) * rows / self.luminance.shape[0])))
        column = min(columns - 1, max(0, int((x + 0.5) * columns / self.luminance.shape[1])))
        mixture = self._mixture if chroma is None else self._told(_values(chroma))
        share = torch.softmax(mixture.logits[0, :, row, column], 0).numpy()
        colours = _steps(torch.cat(means_of(mixture))[..., row, column].T.numpy())
        found: list[Suggestion] = []
        for number in np.argsort(-share, kind="stable"):
            own = colours[number]
            alike = next((i for i, kept in enumerate(found) if np.hypot(*(own - kept.chroma)) < _SAME), None)
            if alike is None:
                found.append(Suggestion((float(own[0]), float(own[1])), float(share[number])))
            else:
                found[alike] = Suggestion(found[alike].chroma, found[alike].share + float(share[number]))
        return sorted(found, key=lambda each: -each.share)[:count]


_SAME = 8.0
"""Distance in a and b below which two suggestions are one."""


def look_at(network: ColourNetwork, compute: Compute, image: NDArray[np.uint8]) -> Outlook:
    """Return the outlook on a picture, RGB uint8 (H, W, 3), of which only luminance is looked at."""
    return Outlook(network, compute, luminance_of(image))


def _values(chroma: NDArray[np.float32]) -> torch.Tensor:
    """Return a and b (h, w, 2) as whole steps of chroma, (1, 2, h, w) in -1..1."""
    steps = np.clip(np.rint(chroma), -127, 128)
    return torch.from_numpy(np.moveaxis((steps - MIDDLE) / HALF_RANGE, -1, 0)[None].astype(np.float32))


def _steps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return chroma in -1..1 as a and b."""
    return values * np.float32(HALF_RANGE) + np.float32(MIDDLE)
