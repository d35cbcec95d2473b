"""Colours of another picture, taken where it looks alike: by our correspondence encoder's features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engines.cie_lab import luminance, to_lab
from engines.correspondence.affinity import TopMatches, match_everywhere, mix
from engines.correspondence.encoder import encode
from engines.correspondence.feature_reader import encoding_size

if TYPE_CHECKING:
    from engines.correspondence.encoder import Encoder
    from engines.device import Compute

_N_MATCHES, _TEMPERATURE = 10, 0.07
_UNLIKE, _ALIKE = 0.4, 0.8
"""Cosines of best matches below which a colour counts for nothing, and above which it counts in full."""


def colours_of(
    image: NDArray[np.uint8], reference: NDArray[np.uint8], encoder: Encoder, compute: Compute
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return for each cell of `image` a and b found in `reference` (h, w, 2), and how far to trust them (h, w).

    Both are RGB uint8 of any size; both are compared as grey pictures, since one of them is.
    """
    queries, keys = (_cells(each, encoder, compute) for each in (image, reference))
    height, width = keys.shape[:2]
    chroma = cv2.resize(to_lab(reference)[..., 1:], (width, height), interpolation=cv2.INTER_AREA)
    flat = queries.flatten(0, 1)
    best = TopMatches(len(flat), _N_MATCHES)
    match_everywhere(flat, keys.flatten(0, 1), best, torch.arange(height * width))
    found = mix(best.index, best.weights(_TEMPERATURE), torch.from_numpy(chroma.reshape(-1, 2)))
    trust = ((best.scores.amax(1) - _UNLIKE) / (_ALIKE - _UNLIKE)).clamp(0, 1)
    shape = queries.shape[:2]
    return found.view(*shape, 2).numpy(), trust.view(*shape).numpy()


def grey_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture as grey, RGB uint8 (H, W, 3) of its luminance."""
    value = np.rint(luminance(image) * 2.55).astype(np.uint8)
    return np.repeat(value[..., None], 3, -1)


def _cells(image: NDArray[np.uint8], encoder: Encoder, compute: Compute) -> torch.Tensor:
    """Return unit features (h, w, C) of the grey picture."""
    size = encoding_size(image.shape[1], image.shape[0])
    small = cv2.resize(grey_of(image), size, interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        return encode(encoder, small[None], compute).coarse[0].float().cpu().permute(1, 2, 0)


def blended(
    answer: NDArray[np.float32], chroma: NDArray[np.float32], trust: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the reference's colours where they are trusted, the answer's (h, w, 2) elsewhere, at the finer of both."""
    height, width = max(answer.shape[0], chroma.shape[0]), max(answer.shape[1], chroma.shape[1])
    one, other, share = (
        cv2.resize(each, (width, height), interpolation=cv2.INTER_LINEAR) for each in (answer, chroma, trust)
    )
    return one + share[..., None] * (other - one)
