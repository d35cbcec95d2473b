"""Runs of the copy engine that a test can hold up, and that remember which frames were asked for."""

from contextlib import contextmanager

from app.tasks import propagate_objects
from app.tasks.propagate import propagate_masks
from engines.propagation.copy import CopyEngine


class WatchedEngine:
    """The copy engine with a gate before each frame; `asked` collects the frames of its sweeps."""

    def __init__(self, gate, asked):
        self._copy, self._gate, self._asked = CopyEngine(), gate, asked

    def cost(self, *args):
        return self._copy.cost(*args)

    def begin(self, frames, anchors, quality, path):
        return _WatchedTracker(self._copy.begin(frames, anchors, quality, path), self._gate, self._asked)


class _WatchedTracker:
    def __init__(self, tracker, gate, asked):
        self._tracker, self._gate, self._asked = tracker, gate, asked
        self.hold, self.release, self.close = tracker.hold, tracker.release, tracker.close

    def move_to(self, frame):
        self._gate.wait()
        self._asked.append(frame)
        return self._tracker.move_to(frame)


class _Loader:
    def __init__(self, engine):
        self.engine = engine

    def load(self, *args):
        return self.engine


def allowed(stretches):
    """Return the frames that a run over `stretches` may look at: theirs, and those of the anchors beside them."""
    frames = set()
    for stretch in stretches:
        first = stretch.first if stretch.left is None else stretch.left
        frames.update(range(first, (stretch.last if stretch.right is None else stretch.right) + 1))
    return frames


@contextmanager
def watched_runs(monkeypatch, gate):
    """Give all runs a `WatchedEngine`; yield a list of (what was to be run, the frames asked for so far)."""
    seen = []

    def watched(clip, run, damaged, engines, pictures):
        asked = []
        seen.append((run, asked))
        return propagate_masks(clip, run, damaged, _Loader(WatchedEngine(gate, asked)), pictures)

    with monkeypatch.context() as patch:
        patch.setattr(propagate_objects, "propagate_masks", watched)
        yield seen
        gate.open_gate()
