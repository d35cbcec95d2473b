"""The thread that colours frames for the window: questions wait in slots, the newest of each, the urgent ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.jobs import Job, JobEnd
from app.desk.worker_lane import WorkerLane
from app.errors import UserError
from app.media.clip import Clip
from app.tasks.colour_still import ColoursStills

Question = Callable[[ColoursStills], Iterator[Any]]

SLOTS = ("look", "likely", "keep", "reference", "classes", "samples", "ahead", "flicker")
"""What may be asked, the most urgent first."""


class ColourLane(QObject):
    """Asks about one clip at a time. A more urgent question interrupts another, which begins anew after it.

    GUI thread only. The thread starts with the first question, and loads what it needs then.
    """

    answered = Signal(str, object)
    """A slot, and one of the values that its question yields."""
    ended = Signal(str, object)
    """A slot whose question has yielded all, and None or the `UserError` that stopped it."""

    def __init__(self, make: Callable[[Clip], ColoursStills], parent: QObject) -> None:
        super().__init__(parent)
        self._clip: Clip | None = None
        self._waiting: dict[str, Question] = {}
        self._worker = WorkerLane[ColoursStills]("colour", "Colouring", lambda clip, _weights: make(clip), self)
        self._job: Job | None = None
        self._slot = ""
        self._question: Question | None = None

    @property
    def is_busy(self) -> bool:
        """Whether anything is asked."""
        return self._job is not None or bool(self._waiting)

    def asks(self, slot: str) -> bool:
        """Return whether a slot's question is not answered yet."""
        return slot in self._waiting or (self._job is not None and self._slot == slot)

    def begin(self, clip: Clip | None) -> None:
        """Ask about another clip from here on; what was asked so far is dropped."""
        self._waiting.clear()
        self._stop()
        self._clip = clip
        if clip is None:
            self._worker.let_go()

    def ask(self, slot: str, question: Question) -> None:
        """Have a question answered, in place of the one that its slot has."""
        self._waiting[slot] = question
        if self._job is not None and SLOTS.index(slot) <= SLOTS.index(self._slot):
            if slot != self._slot and self._question is not None:
                self._waiting.setdefault(self._slot, self._question)
            self._job.cancel()
        self._serve()

    def drop(self, slot: str) -> None:
        """Have a slot's question answered no further."""
        self._waiting.pop(slot, None)
        if self._job is not None and self._slot == slot:
            self._question = None
            self._job.cancel()

    def shut_down(self) -> None:
        """End the thread."""
        self._waiting.clear()
        self._worker.shut_down()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _serve(self) -> None:
        clip = self._clip
        slot = next((slot for slot in SLOTS if slot in self._waiting), None)
        if self._job is not None or slot is None or clip is None:
            return
        question = self._waiting.pop(slot)
        self._slot, self._question = slot, question
        self._job = self._worker.start(clip, "", question)
        self._job.progressed.connect(self._on_answer)
        self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_answer(self, value: Any) -> None:
        if self.sender() is self._job and value is not None:
            self.answered.emit(self._slot, value)

    @Slot()
    def _on_ended(self) -> None:
        job = self.sender()
        if not isinstance(job, Job) or job is not self._job:
            return
        self._job, slot = None, self._slot
        error: UserError | None = job.error
        if job.end is not JobEnd.CANCELLED:
            self.ended.emit(slot, error)
        self._serve()
