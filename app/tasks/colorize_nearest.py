"""The floor that knows pictures but learns nothing: the chroma of the training picture that looks most alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tasks.engine_loader import pick_device, torch_told
from app.tasks.weights import chosen_weights, weights_told
from engines.cie_lab import to_lab
from engines.correspondence.encoder_weights import load_encoder
from engines.training.frame_pool import read_files

if TYPE_CHECKING:
    from engines.correspondence.encoder import Encoder
    from engines.device import Compute

_SIDE_PX = 128
_CELLS = 32
_POOLED = 2
"""Features are means over quarters of the picture: what is where counts a little."""


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Pictures to look through: unit features (n, C), chroma (n, 32, 32, 2) and its mean (2,)."""

    features: NDArray[np.float32]
    chroma: NDArray[np.float32]
    mean: NDArray[np.float32]
    encoder: Encoder
    compute: Compute

    def nearest(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the chroma (32, 32, 2) of the picture most like RGB uint8 (H, W, 3), seen as grey."""
        return self.chroma[int((self.features @ _described(image, self.encoder, self.compute)).argmax())]


def make_gallery(files: Sequence[Path], device: str) -> Gallery:
    """Return the gallery of all pictures in `files` that can be read. Loads torch. Raises UserError."""
    with weights_told(), torch_told():
        compute = pick_device(device)
        encoder = load_encoder(chosen_weights(), compute)
    images = read_files(files, _SIDE_PX).stills
    features = np.stack([_described(image, encoder, compute) for image in images])
    size = (_CELLS, _CELLS)
    chroma = np.stack([cv2.resize(to_lab(image)[..., 1:], size, interpolation=cv2.INTER_AREA) for image in images])
    return Gallery(features, chroma, chroma.mean((0, 1, 2)), encoder, compute)


def _described(image: NDArray[np.uint8], encoder: Encoder, compute: Compute) -> NDArray[np.float32]:
    """Return what a picture looks like in grey, a unit vector."""
    import torch

    from engines.colour.reference import grey_of
    from engines.correspondence.encoder import encode

    small = cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        cells = encode(encoder, grey_of(small)[None], compute).coarse.float()
        pooled = torch.nn.functional.adaptive_avg_pool2d(cells, _POOLED).flatten()
    return torch.nn.functional.normalize(pooled, dim=0).cpu().numpy()
