"""A run is held up where it is unsure of one frame after the other, and nowhere else."""

import threading

import pytest

from app.desk.pause import Pause
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import MaskResult

MASK = RleMask.empty(4, 4)


def result(frame, confidence, object_id=1, is_final=True):
    return MaskResult(object_id, frame, MASK, confidence, Presence.VISIBLE, is_final)


class Watched:
    """Goes through results on a thread of its own, as a run does."""

    def __init__(self, pause, results):
        self.pause, self.seen = pause, []
        self._thread = threading.Thread(target=self._go, args=(results,))
        self._thread.start()

    def _go(self, results):
        for found in self.pause.watched(results):
            self.seen.append(found)

    def paused_at(self, n_seen):
        """Return where the run waits once it has got so far; it must."""
        while self._thread.is_alive() and not (self.pause.at is not None and len(self.seen) == n_seen):
            self._thread.join(0.002)
        return self.pause.at

    def join(self):
        self._thread.join(10)
        assert not self._thread.is_alive()
        return [(found.object_id, found.frame) for found in self.seen]


def test_a_run_waits_after_so_many_in_a_row_and_again_after_as_many_more():
    run = Watched(Pause(2, 0.5), [result(frame, 0.1) for frame in range(1, 6)])
    assert run.paused_at(2).frame == 2
    run.pause.go_on()
    assert run.paused_at(4).frame == 4
    run.pause.go_on()
    assert run.join() == [(1, frame) for frame in range(1, 6)]
    assert run.pause.at is None


@pytest.mark.parametrize(
    "results",
    [
        [result(1, 0.1), result(2, 0.5), result(3, 0.1)],
        [result(1, 0.1), result(7, 0.1), result(3, 0.1)],
        [result(1, 0.1), result(2, 0.1, object_id=2), result(3, 0.1)],
        [result(1, 0.1), result(2, 0.1, is_final=False), result(3, 0.1)],
    ],
    ids=["a sure frame between", "frames apart", "another object", "still to be fused"],
)
def test_what_is_no_row_holds_nothing_up(results):
    assert len(Watched(Pause(2, 0.5), results).join()) == 3


def test_rows_of_several_objects_and_backward_are_found():
    results = [result(frame, 0.1 if object_id == 2 else 0.9, object_id) for frame in (5, 4, 3) for object_id in (1, 2)]
    run = Watched(Pause(3, 0.5), results)
    at = run.paused_at(6)
    assert (at.object_id, at.frame) == (2, 3)
    run.pause.end()
    run.join()


def test_without_a_number_nothing_pauses():
    assert len(Watched(Pause(0, 1.0), [result(frame, 0.0) for frame in range(9)]).join()) == 9


def test_a_run_that_is_given_up_does_not_wait_any_more():
    pause = Pause(1, 0.5)
    pause.end()
    assert len(Watched(pause, [result(frame, 0.1) for frame in range(5)]).join()) == 5
