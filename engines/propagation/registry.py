"""The propagation engines there are, by name.

A table of strings, so that asking what there is imports none of them: an engine's own module, and
whatever it needs, is imported when a run wants it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from engines.propagation.types import MaskEngine

if TYPE_CHECKING:
    from engines.correspondence.adaptation import Adaptation
    from engines.correspondence.feature_reader import FeatureExtractor


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a person reads when choosing an engine, and where its code is (``module:callable``)."""

    name: str
    title: str
    summary: str
    target: str
    needs_weights: bool = False
    """Whether it matches the features of an encoder, whose weights are chosen beside it."""
    recipe: str = ""
    """The settings of an engine that has several, by name."""


_LEARNED = "engines.propagation.masks:LearnedEngine"
ENGINES: dict[str, EngineInfo] = {
    info.name: info
    for info in (
        EngineInfo(
            "learned",
            "Learned correspondence",
            "Finds again what was seen on anchors and lately, by features of a trained network, with flow and colours.",
            _LEARNED,
            needs_weights=True,
            recipe="ours",
        ),
        EngineInfo(
            "flow",
            "Optical flow",
            "Follows the motion of every pixel from frame to frame. Good for some dozen frames.",
            "engines.propagation.flow:FlowEngine",
        ),
        EngineInfo(
            "copy",
            "Copy",
            "Repeats the last mask unchanged. Instant; for things that stand still.",
            "engines.propagation.copy:CopyEngine",
        ),
        EngineInfo(
            "thesis",
            "Published: cycle in time",
            "Features alone, as TimeCycle carries labels: the first frame and seven more, at 320 x 320.",
            _LEARNED,
            needs_weights=True,
            recipe="thesis",
        ),
        EngineInfo(
            "crw",
            "Published: random walk",
            "Features alone, as the contrastive random walk carries labels: the first frame and twenty more. Slow.",
            _LEARNED,
            needs_weights=True,
            recipe="crw",
        ),
        EngineInfo(
            "dino",
            "Published: DINO and VFS",
            "Features alone, as DINO carries labels: the first frame and seven more, each near its own place.",
            _LEARNED,
            needs_weights=True,
            recipe="dino",
        ),
    )
}
DEFAULT_ENGINE = "learned"


def load_engine(
    name: str, extractor: FeatureExtractor | None = None, adaptation: Adaptation | None = None
) -> MaskEngine:
    """Import and return the engine called `name`. Raises ValueError, listing the names, where there is none.

    Engines that need weights match what `extractor` gives, changed by `adaptation`, which was learned on the clip for
    these weights; without one they raise ValueError.
    """
    info = ENGINES.get(name)
    if info is None:
        raise ValueError(f"no engine is called {name!r}; there are {', '.join(sorted(ENGINES))}")
    make = load_target(info)
    if not info.needs_weights:
        return make()
    if extractor is None:
        raise ValueError(f"the engine {name} needs features to match")
    more = {} if adaptation is None else {"adaptation": adaptation}
    return make(extractor, recipe=info.recipe, **more)


def load_target(info: EngineInfo) -> Callable[..., MaskEngine]:
    """Import what makes an engine, with all that it needs but weights. Raises ImportError."""
    module, _, attribute = info.target.partition(":")
    return getattr(import_module(module), attribute)
