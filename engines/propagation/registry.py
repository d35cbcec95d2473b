"""The propagation engines there are, by name.

A table of strings, so that asking what there is imports none of them: an engine's own module, and
whatever it needs, is imported when a run wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from engines.propagation.types import MaskEngine


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a person reads when choosing an engine, and where its code is (``module:callable``)."""

    name: str
    title: str
    summary: str
    target: str


ENGINES: dict[str, EngineInfo] = {
    info.name: info
    for info in (
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
    )
}
DEFAULT_ENGINE = "flow"


def load_engine(name: str) -> MaskEngine:
    """Import and return the engine called `name`. Raises ValueError, listing the names, where there is none."""
    info = ENGINES.get(name)
    if info is None:
        raise ValueError(f"no engine is called {name!r}; there are {', '.join(sorted(ENGINES))}")
    module, _, attribute = info.target.partition(":")
    return getattr(import_module(module), attribute)()
