"""Work off the GUI thread: a lane runs generators one after another and hands their values over.

The trap this module exists for: a slot runs on the GUI thread only if the object that emits lives
there (or the receiver does and is a QObject). So `Job` lives on the GUI thread, the worker merely
emits its private signals, and everything public is emitted again from its own slots.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import UserError
from app.os_errors import user_error

Work = Callable[[], Iterator[Any] | Generator[Any, None, Any]]

QUEUED_VALUES = 16
"""Values that may wait for the GUI thread; then the worker waits, so a slow screen fills no memory."""


class JobEnd(StrEnum):
    """How a job ended."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Job(QObject):
    """One generator at work. Lives on the GUI thread, and so do all its public signals.

    `progressed` carries each value the generator yields, in order; `ended` comes exactly once and
    last. After it, `end`, `result` (the generator's return value) and `error` are set.
    """

    progressed = Signal(object)
    ended = Signal()

    _yielded = Signal(object)
    _stopped = Signal(object, object, object)

    def __init__(self, work: Work, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.end: JobEnd | None = None
        self.result: Any = None
        self.error: UserError | None = None
        self._work = work
        self._cancelled = threading.Event()
        self._room = threading.Semaphore(QUEUED_VALUES)
        self._yielded.connect(self._on_yielded)
        self._stopped.connect(self._on_stopped)

    @property
    def is_cancelled(self) -> bool:
        """Return whether cancelling was asked for."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the job to stop at its next value; what it has yielded is kept. Any thread."""
        self._cancelled.set()

    def run(self) -> None:
        """Run to the end. Worker thread; called by the lane."""
        if self._cancelled.is_set():
            self._stopped.emit(JobEnd.CANCELLED, None, None)
            return
        try:
            outcome = self._iterate()
        except UserError as error:
            self._stopped.emit(JobEnd.FAILED, None, error)
        except OSError as error:
            self._stopped.emit(JobEnd.FAILED, None, user_error(error))
        except Exception as error:  # a fault of ours must reach the person, not die with the thread
            fault = UserError(
                f"{self.title} stopped on an internal fault ({type(error).__name__}: {error})",
                "your labels are safe; please report it with what you did",
            )
            fault.__cause__ = error
            self._stopped.emit(JobEnd.FAILED, None, fault)
        else:
            self._stopped.emit(*outcome, None)

    def _iterate(self) -> tuple[JobEnd, Any]:
        values = iter(self._work())
        try:
            while True:
                try:
                    value = next(values)
                except StopIteration as stop:
                    return JobEnd.FINISHED, stop.value
                while not self._room.acquire(timeout=0.05):
                    if self._cancelled.is_set():
                        return JobEnd.CANCELLED, None
                if self._cancelled.is_set():
                    return JobEnd.CANCELLED, None
                self._yielded.emit(value)
        finally:
            if isinstance(values, Generator):
                values.close()

    @Slot(object)
    def _on_yielded(self, value: Any) -> None:
        self._room.release()
        self.progressed.emit(value)

    @Slot(object, object, object)
    def _on_stopped(self, end: JobEnd, result: Any, error: UserError | None) -> None:
        self.end, self.result, self.error = end, result, error
        self.ended.emit()


class Lane(QObject):
    """One worker thread that runs jobs in the order they were started."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._live: list[Job] = []
        self._thread = threading.Thread(target=self._serve, name=f"lane {name}", daemon=True)
        self._thread.start()

    def start(self, work: Work, title: str) -> Job:
        """Queue `work`, a callable that returns an iterator, and return its job. GUI thread only.

        Connect to the job's signals before control returns to the event loop and nothing is missed.
        """
        job = Job(work, title, self)
        self._live.append(job)
        job.ended.connect(self._on_ended)
        self._jobs.put(job)
        return job

    def close(self) -> None:
        """Cancel every job and wait for the thread: at most the time of one step. GUI thread only."""
        for job in self._live:
            job.cancel()
        self._jobs.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()

    @Slot()
    def _on_ended(self) -> None:
        ended = [job for job in self._live if job.end is not None]
        self._live = [job for job in self._live if job.end is None]
        for job in ended:
            job.deleteLater()
