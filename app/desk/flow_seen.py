"""Long-range flow in the window: between the two frames that the Inspect tool shows, and the thread that finds it.

Nothing here belongs to the project, and nothing can be undone. Only the newest pair of frames is worked on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.desk import Desk
from app.desk.inspection import Inspection
from app.desk.jobs import Job, JobEnd
from app.desk.worker_lane import WorkerLane
from app.media.clip import Clip
from app.tasks.long_flow import FindsFlow, FlowFinder, FoundFlow

KEPT_FLOWS = 3
"""Going back to a pair just seen shows it at once."""

_Question = tuple[int, int, str]
"""A frame and another one, and weights."""


class FlowSeen(QObject):
    """The flow from the view's frame to the inspection's other one, while it is looked at. GUI thread only."""

    changed = Signal()
    """It is there, or no longer; or how much is done, or why there is none, or the way it is looked at."""

    def __init__(self, desk: Desk, inspection: Inspection) -> None:
        super().__init__(desk)
        self._desk, self._inspection = desk, inspection
        self.make_finder: Callable[[Clip, str], FindsFlow] = lambda clip, weights: FlowFinder(
            clip, desk.engines, weights
        )
        self.share_done = 0.0
        """How much of the work is done, 0 to 1."""
        self.why_not = ""
        """Why no flow can be found, a sentence with its remedy."""
        self._kept: OrderedDict[_Question, FoundFlow] = OrderedDict()
        self._job: Job | None = None
        self._asked: _Question | None = None  # what the job is about
        self._worker = WorkerLane[FindsFlow]("flow", "Finding flow", lambda *of: self.make_finder(*of), self)
        inspection.changed.connect(self._ask)
        desk.view.changed.connect(self._on_view_changed)
        desk.clip_changed.connect(self._on_clip_changed)

    @property
    def is_on(self) -> bool:
        """Return whether flow is looked at."""
        return self._inspection.is_on and self._desk.view.flow_look != "off"

    @property
    def found(self) -> FoundFlow | None:
        """Return the flow between the two frames in view, None while there is none."""
        question = self._question()
        return None if question is None else self._kept.get(question)

    def _question(self) -> _Question | None:
        clip, inspection, view = self._desk.clip, self._inspection, self._desk.view
        if not self.is_on or clip is None or inspection.other is None or view.is_playing:
            return None
        return view.frame, inspection.other, inspection.weights

    @Slot()
    def _ask(self) -> None:
        """Have what is wanted now found, and nothing else."""
        question = self._question()
        if question == self._asked and self._job is not None:
            return
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if question != self._asked:
            self._asked, self.share_done, self.why_not = question, 0.0, ""
            self.changed.emit()
        if question is None or question in self._kept or self.why_not:
            return
        clip = self._desk.clip
        assert clip is not None
        frame, other, weights = question
        self._job = self._worker.start(clip, weights, lambda finder: finder.find(frame, other))
        self._job.progressed.connect(self._on_answer)
        self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_answer(self, answer: FoundFlow | float) -> None:
        if self.sender() is not self._job or self._asked is None:
            return
        if isinstance(answer, FoundFlow):
            self._kept[self._asked] = answer
            while len(self._kept) > KEPT_FLOWS:
                self._kept.popitem(last=False)
        else:
            self.share_done = answer
        self.changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        job = self.sender()
        if not isinstance(job, Job) or job is not self._job:
            return
        self._job = None
        if job.end is JobEnd.FAILED:
            self.why_not = str(job.error)
            self.changed.emit()

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        if name in ("flow_look", "frame", "is_playing", "tool"):
            self._ask()
        if name == "flow_look":
            self.changed.emit()

    @Slot()
    def _on_clip_changed(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._kept.clear()
        self._asked = None
        self._ask()
        if self._desk.clip is None:
            self._worker.let_go()

    def shut_down(self) -> None:
        """End the thread."""
        self._worker.shut_down()
