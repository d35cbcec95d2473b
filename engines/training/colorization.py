"""The recipe of colorization: f, h and g taught together (section 2.3, equation for L_sum; section 2.4 for Adam)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from engines.cie_lab import to_lab
from engines.colour.mixture import HALF_RANGE, MIDDLE, log_likelihood, mixture_of
from engines.colour.network import ColourNetwork
from engines.colour.sizes import CAMVID_CLASSES, INPUT_PX, SIZES, STRIDE
from engines.device import Compute
from engines.training.colorization_pictures import PicturePool, colour_bins
from engines.training.frame_pool import Image

_N_STREETS = len(CAMVID_CLASSES)
_PER_DIMENSION = 2 * math.log(2)
_LEAST_CHROMA, _MOST_CHROMA = -127, 128


@dataclass(frozen=True, slots=True)
class ColorizationRecipe:
    """See the module. `embedding`, `semantic` and `generator` are lambda 1 to 3 of L_sum.

    Only f's answer, from which the single best picture is made, is taught with rare colours weighted up; g learns the
    true distribution, so that bits are bits and samples are as colourful as pictures are.
    """

    name: str = "joint"
    architecture: str = "small"
    options: dict[str, int | str] = field(default_factory=dict)
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.95, 0.9995)
    weight_decay: float = 0.0
    is_annealed: bool = True
    average: float = 0.999
    n_samples: int = 8
    embedding: float = 1.0
    semantic: float = 100.0
    generator: float = 1.0
    rebalancing: float = 0.1
    """Grey, fifteen times as frequent as a usual colour, counts 0.4 times as much then; see `make_pool`."""
    gamma: float = 0.15
    """Deviation of the logarithm of the exponent that luminance is raised to: old films are lit in many ways."""

    def network(self) -> ColourNetwork:
        """Return the network that is taught."""
        return ColourNetwork(SIZES[self.architecture])

    def assistants(self) -> nn.ModuleDict:
        """Return nothing."""
        return nn.ModuleDict()

    def make_batch(self, pool: PicturePool, rng: np.random.Generator) -> dict[str, Any]:
        """Return what `cut` gives of pictures drawn by their chances, stacked."""
        samples = []
        for number in rng.choice(len(pool.pictures), self.n_samples, p=pool.chances):
            picture = pool.pictures[number]
            row, column = (int(rng.integers((side - INPUT_PX) // STRIDE + 1)) for side in picture.image.shape[:2])
            mirror = rng.random() < 0.5
            exponent = math.exp(self.gamma * rng.standard_normal())
            maps = np.stack([picture.streets.astype(np.int64), pool.looks[number].astype(np.int64)])
            sample = cut(picture.image, maps, row, column, exponent=exponent, mirror=mirror)
            bins = colour_bins(np.moveaxis(sample["chroma"], 0, -1) * np.float32(HALF_RANGE) + np.float32(MIDDLE))
            sample["weight"] = pool.bin_weights.ravel()[bins]
            samples.append(sample)
        return {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}

    def losses(
        self,
        encoder: nn.Module,
        assistants: nn.ModuleDict,
        batch: dict[str, Any],
        compute: Compute,
        progress: float,
        seed: int,
    ) -> tuple[dict[str, Tensor], None]:
        """Return the weighted terms of the loss; see `Recipe.losses`."""
        seen, told, _ = forward(encoder, batch, compute)
        weight = torch.as_tensor(batch["weight"], device=compute.device)
        streets, looks = semantic_losses(seen.classes, batch)
        terms = {
            "embedding": self.embedding * -(weight * told["f"]).mean() / _PER_DIMENSION,
            "semantic": self.semantic * (streets + looks),
            "generator": self.generator * -told["g"].mean() / _PER_DIMENSION,
        }
        return terms, None


def forward(
    network: nn.Module, batch: dict[str, Any], compute: Compute
) -> tuple[Any, dict[str, Tensor], dict[str, Any]]:
    """Return what is seen, the log-likelihood (B, h, w) under f and under g, and the mixtures of both."""
    luminance, small, chroma = (
        torch.as_tensor(batch[name], device=compute.device) for name in ("luminance", "small", "chroma")
    )
    with compute.autocast():
        seen, parameters = network(luminance, chroma)
    mixtures = {"f": mixture_of(seen.answer, small), "g": mixture_of(parameters, small)}
    return seen, {name: log_likelihood(mixture, chroma) for name, mixture in mixtures.items()}, mixtures


def semantic_losses(classes: Tensor, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of street classes, 0 where nothing is labelled, and of pseudo-classes.

    Each is a mean over cells and divided by the number of classes: so the thesis's figures (figure 2.10: 0.030 to
    0.060) and its weight of 100 make sense beside some bits of colour.
    """
    scores = classes.float()
    streets, looks = (torch.as_tensor(batch[name], device=scores.device) for name in ("streets", "looks"))
    n_labelled = (streets >= 0).sum()
    found = F.cross_entropy(scores[:, :_N_STREETS], streets, ignore_index=-1, reduction="sum") / n_labelled.clamp(min=1)
    share = n_labelled / streets.numel()  # a batch with one street picture teaches less of streets
    n_looks = scores.shape[1] - _N_STREETS
    return found * share / _N_STREETS, F.cross_entropy(scores[:, _N_STREETS:], looks) / n_looks


def cut(
    image: Image, maps: NDArray[np.int64], row: int, column: int, *, exponent: float = 1.0, mirror: bool = False
) -> dict[str, NDArray[Any]]:
    """Return a square of a picture for the network, its corner at a cell (row, column).

    `luminance` float32 (1, 128, 128) and `small` (1, 32, 32) in -1..1, raised to `exponent`; `chroma` (2, 32, 32)
    in -1..1, on the bins of the mixture; `streets` and `looks` int64 (32, 32), cut from `maps` (2, h / 4, w / 4).
    """
    n_cells = INPUT_PX // STRIDE
    top, left = row * STRIDE, column * STRIDE
    step = -1 if mirror else 1
    lab = to_lab(image[top : top + INPUT_PX, left : left + INPUT_PX][:, ::step])
    lightness = 100 * (np.clip(lab[..., 0], 0, 100) / 100) ** np.float32(exponent)
    luminance = (lightness / 50 - 1).astype(np.float32)
    small = cv2.resize(luminance, (n_cells, n_cells), interpolation=cv2.INTER_AREA)
    streets, looks = maps[:, row : row + n_cells, column : column + n_cells][:, :, ::step]
    return {
        "luminance": luminance[None],
        "small": small[None],
        "chroma": small_chroma(lab, (n_cells, n_cells)),
        "streets": streets,
        "looks": looks,
    }


def small_chroma(lab: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return a and b of `lab` (H, W, 3) at (width, height) `size`, in -1..1 on the bins, float32 (2, h, w)."""
    chroma = cv2.resize(np.ascontiguousarray(lab[..., 1:]), size, interpolation=cv2.INTER_AREA)
    steps = np.clip(np.rint(chroma), _LEAST_CHROMA, _MOST_CHROMA)
    return np.moveaxis((steps - MIDDLE) / HALF_RANGE, -1, 0).astype(np.float32)
