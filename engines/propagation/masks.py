"""Masks carried by learned features: our own way, and the published recipes on the same matching.

Ours lets several witnesses speak of every pixel: flow, which knows exactly where pixels went a moment ago, and along
its surest way where they were on the anchor; the colours of the object; and features, which know what the object and
its surroundings looked like on the anchors and lately. Their log-odds are added and an edge-aware filter draws the
label to the picture's edges. Flow alone drifts, features alone are coarse, and what is carried from frame to frame
confirms its own mistakes: together each makes up for the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engines.correspondence.adaptation import Adaptation
from engines.correspondence.affinity import match_bytes
from engines.correspondence.feature_reader import FeatureExtractor, FeatureReader, encoding_size
from engines.correspondence.frame_features import FrameFeatures
from engines.device import one_torch_thread
from engines.frame_source import FrameSource
from engines.propagation.flow import FlowEngine, FlowTracker
from engines.propagation.flow_settings import SETTINGS as FLOW_SETTINGS
from engines.propagation.flow_settings import FlowSettings, pixel_linker, working_size
from engines.propagation.kept_links import KeptLinks
from engines.propagation.look_ahead import FRAMES_AHEAD, KeptFrames, Linker, LookAhead
from engines.propagation.match_settings import MatchSettings
from engines.propagation.memory import FeatureMemory
from engines.propagation.recipes import RECIPES, RecipeTracker, recipe_bytes
from engines.propagation.target_model import described
from engines.propagation.types import Cost, MaskAnchor, MaskTracker, Quality

OURS = "ours"

MATCHING: dict[Quality, MatchSettings] = {
    "draft": MatchSettings(n_recent=1),
    "normal": MatchSettings(),
    "final": MatchSettings(n_anchors=8, n_recent=5, n_far=2),
}

_SECONDS_PER_PARAMETER_CELL = 1.1e-11
"""Of encoding on one core that multiplies bfloat16: seconds for each cell and parameter of the network."""

_SECONDS_PER_REFERENCE = 0.012
"""Of matching one frame of 6,420 cells of 64 channels with one other on one core, as ours does."""

_SECONDS_PER_TARGET = 0.012
"""Of one object's `TargetModel` on one frame of 6,420 cells, learning included, on one core."""

_SECONDS_PER_PAIR = 4e-9
"""Of comparing two cells of 64 channels with top-k, on one core, as the published recipes do."""


class LearnedEngine:
    """Engine of this module: `recipe` is `OURS` or one of `RECIPES`."""

    def __init__(self, extractor: FeatureExtractor, recipe: str = OURS, adaptation: Adaptation | None = None) -> None:
        """Raise ValueError where there is no such recipe. `adaptation` is put on all features that are matched."""
        if recipe != OURS and recipe not in RECIPES:
            raise ValueError(f"no recipe is called {recipe!r}; there are {', '.join([OURS, *RECIPES])}")
        self._extractor = extractor
        self._encoder = extractor.encoder
        self._adaptation = adaptation
        self._recipe = RECIPES.get(recipe)

    def cost(self, width: int, height: int, n_objects: int, n_frames: int, quality: Quality) -> Cost:
        """Estimate one pass on one core whose features are not cached; `quality` does nothing to a published recipe."""
        size = encoding_size(width, height) if self._recipe is None else self._recipe.size(width, height)
        stride = self._encoder.stride
        n_cells = -(-size[0] // stride) * -(-size[1] // stride)
        n_parameters = sum(parameter.numel() for parameter in self._encoder.parameters())
        n_channels = self._encoder.n_channels + self._encoder.n_fine_channels
        seconds = n_cells * n_parameters * _SECONDS_PER_PARAMETER_CELL
        # The widest maps of a network under way, at stride 2 or 4, as torch keeps them.
        n_bytes = 4 * n_parameters + size[0] * size[1] * (48 + 2 * n_channels)
        if self._recipe is not None:
            n_references = self._recipe.n_recent + 1
            seconds += n_references * n_cells**2 * _SECONDS_PER_PAIR * max(1.0, n_channels / 64)
            n_bytes += recipe_bytes(self._recipe, self._encoder, width, height, n_objects)
            return Cost(n_frames, n_frames * seconds, n_bytes)
        settings = MATCHING[quality]
        n_references = 1 + settings.n_recent + settings.n_far
        seconds += (n_references * _SECONDS_PER_REFERENCE + n_objects * _SECONDS_PER_TARGET) * n_cells / 6420
        flow = FlowEngine().cost(width, height, n_objects, n_frames, quality)
        n_kept = settings.n_anchors + n_objects + settings.n_recent + settings.n_far + 1
        n_bytes += n_kept * n_cells * (2 * self._encoder.n_channels + 4 * n_objects)
        n_bytes += FRAMES_AHEAD * size[0] * size[1] * (48 + n_channels)  # encoded on other threads, and kept
        # Fine features of these frames as read and, with the coarse ones, as their target models look at them.
        n_described = (FRAMES_AHEAD + 1) * (2 * self._encoder.n_fine_channels + 4 * n_channels) + 8 * n_channels
        n_bytes += size[0] * size[1] // 16 * n_described
        n_bytes += match_bytes(n_cells, n_cells, self._encoder.n_channels, settings.k)
        return Cost(n_frames, flow.seconds + n_frames * seconds, flow.peak_bytes + n_bytes)

    def begin(self, frames: FrameSource, anchors: Iterable[MaskAnchor], quality: Quality, path: range) -> MaskTracker:
        """Start a sweep that compares with all `anchors`, those ahead too."""
        kept = KeptFrames(frames)
        size = None if self._recipe is None else self._recipe.size(frames.width, frames.height)
        reader = FeatureReader(kept, self._extractor, size, self._adaptation)
        if self._recipe is not None:
            return RecipeTracker(reader, (frames.width, frames.height), self._recipe, anchors)
        settings = FLOW_SETTINGS[quality]
        working = working_size(frames.width, frames.height, settings)
        found = pixel_linker(*working, settings)
        linker: Linker = (
            found if self._extractor.cache is None else KeptLinks(found, frames.fingerprint, self._extractor.cache)
        )
        ahead = LookAhead(kept, path, working, linker, settings.steps, lambda frame: _sight(reader.at(frame)))
        memory = FeatureMemory(_ReaderAhead(reader, ahead), working, MATCHING[quality], anchors, ahead.spread)
        return _LearnedTracker(frames, settings, ahead, memory)


class _LearnedTracker(FlowTracker):
    """A sweep; until it is closed torch keeps to one thread for each of its threads.

    Its steps are small and many: on two cores a second thread for each step makes a frame take 89 ms, not 60.
    """

    def __init__(
        self, frames: FrameSource, settings: FlowSettings, ahead: LookAhead[_Sight], memory: FeatureMemory
    ) -> None:
        super().__init__(frames, settings, ahead, memory)
        self._one_thread = ExitStack()
        self._one_thread.enter_context(one_torch_thread())

    def close(self) -> None:
        """Stop looking ahead, forget all objects and let torch have its threads again."""
        super().close()
        self._one_thread.close()


class _Sight(NamedTuple):
    """The features of a frame, and what `described` makes of them where there are fine ones."""

    features: FrameFeatures
    described: NDArray[np.float32] | None


def _sight(features: FrameFeatures) -> _Sight:
    return _Sight(features, None if features.fine is None else described(features))


class _ReaderAhead:
    """A `Reader` that has read ahead."""

    def __init__(self, reader: FeatureReader, ahead: LookAhead[_Sight]) -> None:
        self._reader = reader
        self._ahead = ahead
        self.grid = reader.grid

    def at(self, frame: int) -> FrameFeatures:
        """Return the features of `frame`."""
        sight = self._ahead.seen(frame)
        return self._reader.at(frame) if sight is None else sight.features

    def described(self, frame: int) -> NDArray[np.float32]:
        """Return what a `TargetModel` looks at on `frame`."""
        sight = self._ahead.seen(frame)
        ready = None if sight is None else sight.described
        return described(self._reader.at(frame)) if ready is None else ready
