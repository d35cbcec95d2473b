"""Jobs: order, bounded queue, cancelling, failures, and on which thread things happen."""

import errno
import threading

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from app.desk.jobs import QUEUED_VALUES, JobEnd, Lane
from app.errors import UserError


class Listener(QObject):
    def __init__(self, job):
        super().__init__()
        self.values, self.threads = [], set()
        self.job = job
        job.progressed.connect(self.on_value)

    @Slot(object)
    def on_value(self, value):
        self.values.append(value)
        self.threads.add(QThread.currentThread())


@pytest.fixture
def lane(qtbot):
    lane = Lane("test")
    yield lane
    lane.close()


def run(qtbot, lane, work):
    job = lane.start(work, "Test job")
    listener = Listener(job)
    with qtbot.waitSignal(job.ended):
        pass
    return job, listener


def test_values_arrive_in_order_on_the_gui_thread(qtbot, lane):
    def work():
        yield from range(100)
        return "sum"

    job, listener = run(qtbot, lane, work)
    assert listener.values == list(range(100))
    assert listener.threads == {QThread.currentThread()}
    assert (job.end, job.result) == (JobEnd.FINISHED, "sum")


def test_a_slow_receiver_slows_the_worker(qtbot, lane):
    made = []

    def work():
        for value in range(10 * QUEUED_VALUES):
            made.append(value)
            yield value

    job = lane.start(work, "Test job")
    listener = Listener(job)
    blocked = threading.Event()
    # Nothing is received while the event loop stands still, so the worker comes to stand too.
    blocked.wait(0.3)
    assert len(made) <= QUEUED_VALUES + 1
    with qtbot.waitSignal(job.ended):
        pass
    assert listener.values == list(range(10 * QUEUED_VALUES))


def test_cancel_stops_at_the_next_value_and_closes_the_generator(qtbot, lane):
    closed = threading.Event()
    gate = threading.Event()

    def work():
        try:
            yield 1
            gate.wait()
            yield 2
            yield 3
        finally:
            closed.set()

    job = lane.start(work, "Test job")
    listener = Listener(job)
    qtbot.waitUntil(lambda: listener.values == [1])
    with qtbot.waitSignal(job.ended):
        job.cancel()
        gate.set()
    assert job.end is JobEnd.CANCELLED
    assert listener.values == [1]
    assert closed.is_set()


def test_a_job_cancelled_before_its_turn_never_begins(qtbot, lane):
    gate, began = threading.Event(), []

    def first():
        gate.wait()
        yield 1

    def second():
        began.append(True)
        yield 2

    lane.start(first, "First")
    job = lane.start(second, "Second")
    job.cancel()
    with qtbot.waitSignal(job.ended):
        gate.set()
    assert job.end is JobEnd.CANCELLED and not began


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("the clip is empty", "choose another"), "the clip is empty: choose another."),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "No space is left on the disk for /x/y"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError"),
    ],
)
def test_every_failure_becomes_a_sentence(qtbot, lane, error, words):
    def work():
        yield 1
        raise error

    job, listener = run(qtbot, lane, work)
    assert job.end is JobEnd.FAILED
    assert words in str(job.error)
    assert listener.values == [1]


def test_closing_the_lane_ends_what_goes_on(qtbot):
    lane = Lane("test")
    stopped = threading.Event()

    def work():
        try:
            while True:
                yield 0
        finally:
            stopped.set()

    job = lane.start(work, "Endless")
    listener = Listener(job)
    qtbot.waitUntil(lambda: bool(listener.values))
    lane.close()
    assert stopped.is_set()
