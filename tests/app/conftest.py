"""Engines that a test can hold in the middle of a run."""

import threading
from dataclasses import replace

import pytest

from app.desk.workspace import Workspace
from engines.propagation import registry
from engines.propagation.copy import CopyEngine


class Gate:
    """Lets a tracker take one step for each permit; `open_gate` lets it run free."""

    def __init__(self):
        self._permits = threading.Semaphore(0)
        self._is_open = threading.Event()

    def let_pass(self, n_steps):
        for _ in range(n_steps):
            self._permits.release()

    @property
    def n_permits(self):
        """How many steps more may be taken."""
        return self._permits._value

    def open_gate(self):
        self._is_open.set()
        self._permits.release()

    def close(self):
        self._is_open.clear()
        while self._permits.acquire(blocking=False):
            pass

    def wait(self):
        while not self._is_open.is_set() and not self._permits.acquire(timeout=0.02):
            pass


class GatedEngine:
    """The copy engine with a gate before each frame."""

    def __init__(self, gate):
        self._copy, self._gate = CopyEngine(), gate

    def cost(self, *args):
        return self._copy.cost(*args)

    def begin(self, *args):
        return GatedTracker(self._copy.begin(*args), self._gate)


class GatedTracker:
    def __init__(self, tracker, gate):
        self._tracker, self._gate, self._is_placed = tracker, gate, False
        self.hold, self.release, self.close = tracker.hold, tracker.release, tracker.close

    def move_to(self, frame):
        if self._is_placed:
            self._gate.wait()
        self._is_placed = True
        return self._tracker.move_to(frame)


@pytest.fixture
def bare_workspace(qtbot):
    """A workspace with nothing open."""
    made = Workspace()
    yield made
    assert made.shut_down(even_unsaved=True)


@pytest.fixture
def gated_engine(monkeypatch):
    """Give runs an engine called "gated" and return its gate."""
    gate = Gate()
    load = registry.load_engine
    monkeypatch.setitem(registry.ENGINES, "gated", replace(registry.ENGINES["copy"], name="gated", title="Gated"))
    monkeypatch.setattr(
        "app.tasks.engine_loader.load_engine",
        lambda name, *args, **more: GatedEngine(gate) if name == "gated" else load(name, *args, **more),
    )
    yield gate
    gate.open_gate()
