"""Links between pixels that were found once, kept beside the features of the frames."""

from __future__ import annotations

import numpy as np
import torch

from engines.correspondence.feature_cache import FeatureCache, FeatureKey
from engines.correspondence.frame_features import FrameFeatures
from engines.propagation.pixel_links import PixelLink, PixelLinker, WorkingPicture


class KeptLinks:
    """A `PixelLinker` that asks a cache first. Any thread.

    Displacements and weights are kept as float16, exact to a thirtieth of a pixel up to 64 px; those just found are
    rounded likewise, so that every run has the same.
    """

    def __init__(self, linker: PixelLinker, clip: str, cache: FeatureCache) -> None:
        self._linker = linker
        self._clip = clip
        self._cache = cache

    def link(self, here: WorkingPicture, there: WorkingPicture, frames: tuple[int, int]) -> PixelLink:
        """Return the link from the pixels of `here` to `there`, the pictures of two `frames`."""
        height, width = here.grey.shape
        key = FeatureKey(self._clip, f"{self._linker.name} {frames[1] - frames[0]}", frames[0], (width, height))
        kept = self._cache.get(key)
        if kept is None or kept.coarse.shape != (height, width, 3):
            link = self._linker.link(here, there, frames)
            found = np.dstack([link.positions - self._linker.grid, link.weight])
            kept = FrameFeatures(torch.from_numpy(found.astype(np.float16)), None)
            self._cache.put(key, kept)
        values = kept.coarse.float().numpy()
        return PixelLink(values[..., :2] + self._linker.grid, np.ascontiguousarray(values[..., 2]))
