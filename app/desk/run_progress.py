"""A run in the window while it goes on, and how far it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from app.desk.correction import Correction
from app.desk.jobs import Job
from app.desk.pause import Pause
from app.desk.run_request import RunRequest
from app.desk.undo import EditCommand
from app.project.model import LabelKey, RunRecord
from app.tasks.carry_points import Tick
from engines.propagation.schedule import n_results
from engines.propagation.types import LabelResult, MaskAnchor, MaskResult, PaintAnchor, PointsAnchor


@dataclass(slots=True)
class RunProgress:
    """A run as it goes on.

    `n_total` counts results, of which a mask carried from both sides has two, and for all other kinds the frames
    gone through.
    """

    record: RunRecord
    request: RunRequest
    n_total: int
    job: Job
    command: EditCommand
    correction: Correction | None
    """What it follows by itself, None for a run that the person asked for."""
    anchors: tuple[MaskAnchor | PointsAnchor | PaintAnchor, ...]
    """As they were when it began."""
    pause: Pause
    ticked: Tick
    """How far points, textures and colours are; before the first frame, how many results they have."""
    told_pause: LabelResult | None = None
    n_done: int = 0
    n_labels_done: int = 0
    """Labels that the run has found for good."""
    half_done: set[LabelKey] = field(default_factory=set)
    """Those that it has carried from one of their two sides."""
    latest_frame: int | None = None
    started_s: float = field(default_factory=time.monotonic)
    elapsed_s: float = 0.0

    def count(self, result: LabelResult | Tick) -> None:
        """Take note of a result, or of how far the points are."""
        if isinstance(result, Tick):
            self.n_done += result.n_done - self.ticked.n_done
            self.n_total += result.n_total - self.ticked.n_total
            self.ticked = result
            return
        self.n_done += isinstance(result, MaskResult)
        self.latest_frame = result.frame
        key = (result.object_id, result.frame)
        if result.is_final:
            self.n_labels_done += 1
            self.half_done.discard(key)
        else:
            self.half_done.add(key)

    @property
    def n_labels(self) -> int:
        """Return how many labels the run makes."""
        return sum(len(stretch) for stretch in self.record.stretches)

    @property
    def labels_per_s(self) -> float:
        """Return how many labels a second the work so far comes to, 0 before the first result."""
        return self.n_labels * self.n_done / (self.n_total * self.elapsed_s) if self.elapsed_s else 0.0

    @property
    def pace_s(self) -> float:
        """Return the seconds that a result of `n_results` takes, after the first."""
        return self.elapsed_s * self.n_total / (self.n_done * n_results(self.record.stretches, self.request.direction))

    @property
    def is_paused(self) -> bool:
        """Return whether it waits for the person to have a look; see `pause.at`."""
        return self.pause.at is not None

    @property
    def remaining_s(self) -> float | None:
        """Return the seconds still to go at the pace so far, None before the first result."""
        return None if self.n_done == 0 else self.elapsed_s * (self.n_total - self.n_done) / self.n_done
