"""Features of a clip's frames, made by an encoder where the cache has none.

They are float16, half the size and exact enough for unit vectors; a frame just encoded is rounded in the same way as
what is kept, so that the first run over a clip and the second give the same masks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from engines.correspondence.adaptation import Adaptation
from engines.correspondence.encoder import Encoder, encode
from engines.correspondence.feature_cache import FeatureCache, FeatureKey
from engines.correspondence.frame_features import CellGrid, FrameFeatures
from engines.device import Compute
from engines.frame_source import FrameSource

MOST_PIXELS = 480 * 864
"""Larger pictures are encoded at a size of about as many pixels as DAVIS has at 480p, where the figures of every
published recipe were measured; smaller ones as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureExtractor:
    """What makes features of pictures: an encoder, the fingerprint of its weights, where it computes, and a cache.

    Without a cache nothing is kept. Shared by all that look at clips through the same weights; any thread.
    """

    encoder: Encoder
    fingerprint: str
    compute: Compute
    cache: FeatureCache | None = None


class FeatureReader:
    """Gives the features of a clip's frames, from the cache or by encoding. Any thread that may read `frames`.

    `size` is the (width, height) that pictures are encoded at, by default
    `encoding_size` of the clip's. What is kept is as encoded; an `adaptation` is put on what is given.
    """

    def __init__(
        self,
        frames: FrameSource,
        extractor: FeatureExtractor,
        size: tuple[int, int] | None = None,
        adaptation: Adaptation | None = None,
    ) -> None:
        self.size = size or encoding_size(frames.width, frames.height)
        self._adaptation = adaptation
        self._frames = frames
        self._encoder = extractor.encoder
        self._made_by = f"{extractor.fingerprint} on {extractor.compute}"
        self._compute = extractor.compute
        self._cache = extractor.cache
        self._clip = frames.fingerprint if extractor.cache is not None else ""

    def at(self, frame: int) -> FrameFeatures:
        """Return the features of `frame`."""
        features = self._encoded(frame)
        return features if self._adaptation is None else self._adaptation.applied(features)

    def _encoded(self, frame: int) -> FrameFeatures:
        if self._cache is None:
            return self._encode(frame)
        key = FeatureKey(self._clip, self._made_by, frame, self.size)
        features = self._cache.get(key)
        if features is None:
            features = self._encode(frame)
            self._cache.put(key, features)
        return features.on(self._compute.device)

    def grid(self, stride: int | None = None, shown: tuple[int, int] | None = None) -> CellGrid:
        """Return where the coarse cells, or with `stride` 4 the fine ones, lie on the clip's picture.

        `shown` is the (width, height) of the picture meant where it is the clip's at another size.
        """
        is_coarse = stride is None or stride == self._encoder.stride
        step = self._encoder.stride if stride is None else stride
        centre = self._encoder.centre if is_coarse else 0.0
        width, height = self.size
        shown = shown or (self._frames.width, self._frames.height)
        x_scale, y_scale = shown[0] / width, shown[1] / height
        return CellGrid(
            math.ceil(height / step),
            math.ceil(width / step),
            step * x_scale,
            step * y_scale,
            # The middles of pixels, not their corners, are the whole numbers.
            (centre + 0.5) * x_scale - 0.5,
            (centre + 0.5) * y_scale - 0.5,
        )

    def _encode(self, frame: int) -> FrameFeatures:
        image = self._frames.image(frame)
        if (image.shape[1], image.shape[0]) != self.size:
            image = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        found = encode(self._encoder, np.array(image[None]), self._compute)
        fine = None if found.fine is None else _cells_first(found.fine)
        return FrameFeatures(_cells_first(found.coarse), fine)


def encoding_size(width: int, height: int) -> tuple[int, int]:
    """Return the (width, height) at which pictures of this size are encoded: see `MOST_PIXELS`."""
    scale = min(1.0, math.sqrt(MOST_PIXELS / (width * height)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cells_first(features: Tensor) -> Tensor:
    """Return (1, C, h, w) as float16 (h, w, C)."""
    return features[0].permute(1, 2, 0).to(torch.float16).contiguous()
