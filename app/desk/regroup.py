"""Regrouping of labels in the window: worked out on a thread of its own, applied as one edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.desk import Desk
from app.desk.jobs import Job, JobEnd, Lane
from app.project.identity import Piece, Regrouping
from app.project.project import Project


@dataclass(frozen=True, slots=True)
class Step:
    """The labels of one frame as they will be, and how far the work is."""

    pieces: list[Piece]
    n_done: int
    n_total: int


class Regrouper(QObject):
    """Merges and splits objects, one job at a time. GUI thread only.

    A clip of a thousand frames takes a second. Meanwhile runs bring nothing more for what is
    regrouped; where the person changes it, nothing is done, and that is told.
    """

    began = Signal(object)
    """The `Job`; its values are of type `Step`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._lane = Lane("regroup", self)
        self._project: Project | None = None
        self._regrouping: Regrouping | None = None
        self._pieces: list[Piece] = []
        self._job: Job | None = None

    @property
    def is_busy(self) -> bool:
        """Return whether objects are being merged or split."""
        return self._job is not None

    def start(self, make: Callable[[Project], Regrouping]) -> None:
        """Begin the regrouping that `make` returns for the open project; why it cannot be done is told."""
        project = self._desk.project
        if project is None:
            return
        if self._job is not None:
            self._desk.say("Objects are still being merged or split; wait for that.")
            return
        try:
            regrouping = make(project)
        except ValueError as error:
            self._desk.say(f"{error}.")
            return
        project.drop_results(regrouping.moved)
        self._project, self._regrouping, self._pieces = project, regrouping, []
        self._job = self._lane.start(lambda: _steps(regrouping), regrouping.title)
        self._job.progressed.connect(self._on_step)
        self._job.ended.connect(self._on_ended)
        self.began.emit(self._job)

    def shut_down(self) -> None:
        """End the job and the lane's thread."""
        self._lane.close()

    @Slot(object)
    def _on_step(self, step: Step) -> None:
        assert self._job is not None and self._regrouping is not None
        if self._project is self._desk.project:
            self._pieces += self._regrouping.placed(step.pieces)
        else:
            self._job.cancel()

    @Slot()
    def _on_ended(self) -> None:
        job, regrouping, self._job = self._job, self._regrouping, None
        assert job is not None and regrouping is not None
        if job.error is not None:
            self._desk.failed.emit(job.error)
        elif job.end is JobEnd.FINISHED and self._project is self._desk.project:
            self._apply(regrouping)
        self._project, self._regrouping, self._pieces = None, None, []

    def _apply(self, regrouping: Regrouping) -> None:
        try:
            edit = regrouping.edit(self._pieces)
            self._desk.do(edit)
        except ValueError:
            self._desk.say(f"{regrouping.title} was not done, because the labels were changed meanwhile.")
            return
        added = [object_id for object_id, change in edit.objects.items() if change.old is None]
        if added:
            self._desk.view.object_id = added[0]
        self._desk.view.marked = ()


def _steps(regrouping: Regrouping) -> Iterator[Step]:
    """Yield the work of a regrouping, frame by frame. Worker thread."""
    for n_done, pieces in enumerate(regrouping.pieces(), 1):
        yield Step(pieces, n_done, regrouping.n_steps)


def progress_of(step: Step) -> tuple[int, int]:
    """Return (done, total) of a value of the job."""
    return step.n_done, step.n_total
