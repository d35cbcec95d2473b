"""How well a colourizing network does on pictures that its training never sees."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engines.colour.mixture import HALF_RANGE, expected
from engines.colour.sizes import CAMVID_CLASSES, INPUT_PX, STRIDE
from engines.device import Compute
from engines.training.colorization import cut, forward
from engines.training.colorization_pictures import ColourPicture

MOST_PICTURES = 96
"""Judged while training; `score colour` takes all."""
_BATCH = 8


class ColourValidation:
    """The middle squares of pictures, made once and the same always."""

    def __init__(self, pictures: Sequence[ColourPicture], looks: Sequence[NDArray[np.uint8]]) -> None:
        """Take up to `MOST_PICTURES`, spread evenly. Raises ValueError where there are none."""
        if not pictures:
            raise ValueError("there are too few pictures to keep any for the validation")
        places = np.unique(np.linspace(0, len(pictures) - 1, min(MOST_PICTURES, len(pictures))).round().astype(int))
        samples = []
        for place in places:
            picture = pictures[place]
            row, column = ((side - INPUT_PX) // STRIDE // 2 for side in picture.image.shape[:2])
            maps = np.stack([picture.streets.astype(np.int64), looks[place].astype(np.int64)])
            samples.append(cut(picture.image, maps, row, column))
        self._batches = [
            {name: np.stack([sample[name] for sample in samples[at : at + _BATCH]]) for name in samples[0]}
            for at in range(0, len(samples), _BATCH)
        ]
        self._chroma = np.concatenate([batch["chroma"] for batch in self._batches]) * np.float32(HALF_RANGE)

    def floors(self, mean: NDArray[np.float32]) -> dict[str, float]:
        """Return the RMSE in a and b of grey, and of everywhere the `mean` chroma (2,) of the training pictures."""
        constant = mean.reshape(1, 2, 1, 1)
        return {"grey": _rms(self._chroma), "mean chroma": _rms(self._chroma - constant)}

    @torch.inference_mode()
    def judge(self, network: nn.Module, compute: Compute) -> dict[str, float]:
        """Return what is found, all of cells.

        Bits a dimension under g and under f alone; of f's expected colours the RMSE in a and b, and the mean chroma
        as a share of the truth's; of h the share of labelled street cells and of looks that are told rightly, and the
        cross-entropy in nats of looks.
        """
        log_p: dict[str, list[float]] = {"f": [], "g": []}
        found: list[NDArray[np.float32]] = []
        right: dict[str, list[bool]] = {"streets": [], "looks": []}
        entropy: list[float] = []
        for batch in self._batches:
            seen, told, mixtures = forward(network, batch, compute)
            for name, values in told.items():
                log_p[name] += values.mean((1, 2)).tolist()
            found.append(expected(mixtures["f"]).cpu().numpy())
            n_streets = len(CAMVID_CLASSES)
            parts = {"streets": seen.classes[:, :n_streets].float(), "looks": seen.classes[:, n_streets:].float()}
            for name, scores in parts.items():
                truth = torch.as_tensor(batch[name], device=scores.device)
                right[name] += (scores.argmax(1) == truth)[truth >= 0].tolist()
            truth = torch.as_tensor(batch["looks"], device=compute.device)
            entropy += [float(nn.functional.cross_entropy(parts["looks"], truth))] * len(truth)
        answer = np.concatenate(found) * np.float32(HALF_RANGE)
        bits = {name: -float(np.mean(values)) / (2 * math.log(2)) for name, values in log_p.items()}
        return {
            "val bits": bits["g"],
            "val bits f": bits["f"],
            "val rmse": _rms(answer - self._chroma),
            "val chroma": _strength(answer) / _strength(self._chroma),
            "val looks": float(np.mean(right["looks"])),
            "val streets": float(np.mean(right["streets"])) if right["streets"] else math.nan,
            "val entropy": float(np.mean(entropy)),
        }


def _rms(values: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _strength(chroma: NDArray[np.float32]) -> float:
    return float(np.hypot(chroma[:, 0], chroma[:, 1]).mean())
