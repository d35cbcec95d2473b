"""What the compute thread does for proposals, in steps that a run, or something more urgent, may come between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.jobs import Job, JobEnd
from app.desk.runs import Runner


class Task:
    """Steps that may be left off and taken up again where they were: first `going_on` in a job, then in another.

    Values go by `deliver` and not with the job, lest the last one before it is cancelled be lost.
    """

    def __init__(self, title: str, values: Iterator[Any], take: Callable[[Any], None]) -> None:
        """Let `take` have each of `values`, which are made on the compute thread, on the thread that delivers."""
        self.title = title
        self.is_done = False
        """Whether all values are there. Set on the compute thread."""
        self.is_dropped = False
        """Whether nobody wants its values any more."""
        self._values, self._take = values, take
        self._found: deque[Any] = deque()

    def going_on(self) -> Iterator[None]:
        """Yield after each step. Compute thread."""
        for value in self._values:  # not `yield from`, which would end the values with the job
            self._found.append(value)
            yield
        self.is_done = True

    def deliver(self) -> None:
        """Hand over what has been found since. GUI thread."""
        while self._found and not self.is_dropped:
            self._take(self._found.popleft())


class Tasks(QObject):
    """Does one task at a time on the compute thread, while no run wants that. GUI thread only."""

    ended = Signal()
    """Nothing is being done: say again what is wanted."""
    failed = Signal(object)
    """The `UserError` that a task ended with."""

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._job: Job | None = None
        self._task: Task | None = None

    @property
    def is_busy(self) -> bool:
        """Whether the compute thread may be at a task, or have one waiting."""
        return self._job is not None

    def want(self, task: Task | None) -> None:
        """Have this done now; whatever else is being done is left off at its next step. None leaves off."""
        if self._job is not None:
            if task is not self._task:
                self._job.cancel()
        elif task is not None and self._runner.active is None:
            self._task = task
            self._job = self._runner.spare(task.going_on, task.title)
            self._job.progressed.connect(self._on_progressed)
            self._job.ended.connect(self._on_ended)

    @Slot()
    def _on_progressed(self) -> None:
        if self._task is not None and self.sender() is self._job:
            self._task.deliver()

    @Slot()
    def _on_ended(self) -> None:
        job, task = self.sender(), self._task
        if job is not self._job or not isinstance(job, Job) or task is None:
            return
        task.deliver()
        self._job = self._task = None
        if job.end is JobEnd.FAILED:
            self.failed.emit(job.error)
        self.ended.emit()
