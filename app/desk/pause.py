"""Holding a run up where it is unsure of one frame after the other, until the person has had a look."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from app.tasks.carry_points import Tick
from engines.propagation.types import LabelResult


class Pause:
    """Waits on the run's thread (`watched`) for what is said on the GUI thread (`go_on`).

    Frames count as in a row where they are neighbours of one object. A result that is still to be replaced by
    one from both sides does not count: it may well be unsure.
    """

    def __init__(self, after: int, unsure_below: float) -> None:
        """Pause after so many unsure frames in a row, 0 for never."""
        self._after = after
        self._unsure_below = unsure_below
        self._changed = threading.Condition()
        self._is_over = False
        self.at: LabelResult | None = None
        """The last of the unsure frames, while the run is held up."""

    def go_on(self) -> None:
        """Let the run go on, until it is as unsure again. Any thread."""
        with self._changed:
            self.at = None
            self._changed.notify_all()

    def end(self) -> None:
        """Hold the run up no more, now or later. Any thread."""
        self._is_over = True
        self.go_on()

    def watched(self, results: Iterable[LabelResult | Tick]) -> Iterator[LabelResult | Tick]:
        """Yield `results`, and wait before the next one while the run is held up."""
        rows: dict[int, tuple[int, int]] = {}  # by object: the latest unsure frame, and how many in a row it ends
        for result in results:
            yield result
            if isinstance(result, Tick) or not result.is_final:
                continue
            frame, n_in_a_row = rows.pop(result.object_id, (result.frame, 0))
            if result.confidence >= self._unsure_below:
                continue
            n_in_a_row = n_in_a_row + 1 if abs(result.frame - frame) == 1 else 1
            if n_in_a_row == self._after:
                with self._changed:
                    self.at = None if self._is_over else result
                    self._changed.wait_for(lambda: self.at is None)
            else:
                rows[result.object_id] = (result.frame, n_in_a_row)
