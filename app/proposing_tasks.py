"""What the compute thread does for proposals, in steps that a run may come between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any


class Task:
    """Steps that may be left off and taken up again where they were: first `going_on` in a job, then in another.

    Values go by `deliver` and not with the job, lest the last one before it is cancelled be lost.
    """

    def __init__(self, title: str, values: Iterator[Any], take: Callable[[Any], None]) -> None:
        """Let `take` have each of `values`, which are made on the compute thread, on the thread that delivers."""
        self.title = title
        self.is_done = False
        """Whether all values are there. Set on the compute thread."""
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
        while self._found:
            self._take(self._found.popleft())
