"""Pseudo-classes of pictures: clusters of the correspondence encoder's features, where nobody has labelled anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.colour.sizes import STRIDE
from engines.correspondence.encoder import Encoder, encode
from engines.device import Compute
from engines.training.frame_pool import Image

_CELLS_A_PICTURE = 64
_ROUNDS = 20
_MOST_PICTURES = 800
"""From which clusters are found; all pictures are then told apart by them."""


def find_looks(images: Sequence[Image], encoder: Encoder, compute: Compute, n_looks: int, seed: int) -> Tensor:
    """Return the middles of clusters, unit vectors (n_looks, C): k-means by cosine over cells of some pictures.

    Deterministic by `seed` on one thread.
    """
    rng = np.random.default_rng(seed)
    chosen = sorted(rng.permutation(len(images))[:_MOST_PICTURES])
    samples = []
    for place in chosen:
        cells = _cells(images[place], encoder, compute).flatten(1).T
        samples.append(cells[torch.from_numpy(rng.integers(len(cells), size=_CELLS_A_PICTURE))])
    cells = torch.cat(samples)
    middles = cells[torch.from_numpy(rng.choice(len(cells), n_looks, replace=len(cells) < n_looks))].clone()
    for _ in range(_ROUNDS):
        nearest = (cells @ middles.T).argmax(1)
        sums = torch.zeros_like(middles).index_add_(0, nearest, cells)
        is_used = sums.norm(dim=1, keepdim=True) > 0
        middles = torch.where(is_used, torch.nn.functional.normalize(sums, dim=1), middles)
    return middles


def looks_of(
    images: Sequence[Image], middles: Tensor, encoder: Encoder, compute: Compute
) -> Iterator[NDArray[np.uint8]]:
    """Yield for each picture the cluster of each cell, uint8 (h / 4, w / 4)."""
    for image in images:
        likeness = torch.einsum("kc,chw->khw", middles, _cells(image, encoder, compute))
        shape = image.shape[0] // STRIDE, image.shape[1] // STRIDE
        if likeness.shape[1:] != shape:  # an encoder of another stride
            likeness = torch.nn.functional.interpolate(likeness[None], shape, mode="bilinear")[0]
        yield likeness.argmax(0).to(torch.uint8).numpy()


def _cells(image: Image, encoder: Encoder, compute: Compute) -> Tensor:
    """Return unit features (C, rows, columns) of a picture at twice its size: encoders of stride 8 have our cells."""
    doubled = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    with torch.inference_mode():
        return encode(encoder, doubled[None], compute).coarse[0].float().cpu()
