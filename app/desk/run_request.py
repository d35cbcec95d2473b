"""What the person asks a run for."""

from __future__ import annotations

from dataclasses import dataclass

from app.project.pending import Scope
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES
from engines.propagation.types import Direction, Quality


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the person asks for; None stands for all objects, all frames."""

    engine: str = DEFAULT_ENGINE
    direction: Direction = "both"
    quality: Quality = "normal"
    scope: Scope = "missing"
    object_ids: tuple[int, ...] | None = None
    frames: tuple[int, int] | None = None
    weights: str = ""
    """A name or a file, for engines that need weights; "" is the default."""
    pause_after: int = 0
    """Pause after so many frames in a row of a confidence less than `unsure_below`; 0 for never."""
    unsure_below: float = 0.0

    @property
    def paced_as(self) -> tuple[str, str, str]:
        """Return what a run's pace depends on."""
        info = ENGINES.get(self.engine)
        return self.engine, self.weights if info is not None and info.needs_weights else "", self.quality
