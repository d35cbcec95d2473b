"""A thread whose work is done by something made there for one clip, kept for as long as the clip is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject

from app.desk.jobs import Job, Lane
from app.media.clip import Clip


class Closes(Protocol):
    """What holds files or memory."""

    def close(self) -> None:
        """Give them back."""


W = TypeVar("W", bound=Closes)


class WorkerLane(Generic[W]):
    """A lane and its worker, neither of which is there before it is needed. GUI thread only, but for what is said.

    `make` returns the worker for a clip and weights, on the lane's thread; another clip or other weights have another.
    """

    def __init__(self, name: str, title: str, make: Callable[[Clip, str], W], parent: QObject) -> None:
        self._name, self._title, self._make, self._parent = name, title, make, parent
        self._lane: Lane | None = None
        self._made: tuple[Clip, str, W] | None = None  # the lane's thread only

    @property
    def has_begun(self) -> bool:
        """Return whether there is a thread."""
        return self._lane is not None

    def start(self, clip: Clip, weights: str, ask: Callable[[W], Iterator[Any]]) -> Job:
        """Return the job that yields what the worker for `clip` and `weights` answers."""
        if self._lane is None:
            self._lane = Lane(self._name, self._parent)
        return self._lane.start(lambda: self._answers(clip, weights, ask), self._title)

    def let_go(self) -> None:
        """Close the worker once what was started before is done: its clip is closed."""
        if self._lane is not None:
            self._lane.start(self._dropping, self._title)

    def shut_down(self) -> None:
        """End the thread and close the worker."""
        if self._lane is not None:
            self._lane.close()
            self._drop()

    def _answers(self, clip: Clip, weights: str, ask: Callable[[W], Iterator[Any]]) -> Iterator[Any]:
        """Yield the answers. Lane's thread."""
        if self._made is None or self._made[0] is not clip or self._made[1] != weights:
            self._drop()
            self._made = (clip, weights, self._make(clip, weights))
        yield from ask(self._made[2])

    def _dropping(self) -> Iterator[None]:
        self._drop()
        return iter(())

    def _drop(self) -> None:
        """Let go of the clip. Lane's thread, or after its end."""
        made, self._made = self._made, None
        if made is not None:
            made[2].close()
