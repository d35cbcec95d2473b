"""The engines that carry points, by the names that their kin among the mask engines have."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.propagation.point_stretches import PointAnchor, PointStep, PointTracks
from engines.propagation.types import Direction, Quality

if TYPE_CHECKING:
    from engines.correspondence.feature_reader import FeatureExtractor

_OWN = "engines.propagation.points:PointEngine"
_PUBLISHED = "engines.propagation.point_recipes:PointRecipeEngine"
POINT_ENGINES = {"learned": _OWN, "thesis": _PUBLISHED, "crw": _PUBLISHED, "dino": _PUBLISHED}
"""Where each engine's code is (``module:class``); all match features, so all need weights."""


class PointCarrier(Protocol):
    """A way of carrying points."""

    def carry(
        self,
        frames: FrameSource,
        anchors: Sequence[PointAnchor],
        groups: NDArray[np.int64],
        direction: Direction = "both",
        quality: Quality = "normal",
        wanted: NDArray[np.bool_] | None = None,
    ) -> Generator[PointStep | PointTracks]:
        """Yield a step for each frame gone through, then the `PointTracks`; see `PointEngine.carry`."""


def load_point_engine(name: str, extractor: FeatureExtractor) -> PointCarrier:
    """Import and return the point engine called `name`. Raises ValueError, listing the names, where there is none."""
    target = POINT_ENGINES.get(name)
    if target is None:
        raise ValueError(f"no engine that carries points is called {name!r}; there are {', '.join(POINT_ENGINES)}")
    module, _, attribute = target.partition(":")
    make: Callable[..., PointCarrier] = getattr(import_module(module), attribute)
    options = {} if target == _OWN else {"recipe": name}
    return make(extractor, **options)
