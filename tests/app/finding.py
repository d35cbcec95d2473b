"""A stand-in for the search: tubes that are made up, found at once or step by step."""

import numpy as np
import pytest

from app.tasks.tube_finder import Thumbnail
from engines.labels.rle import RleMask
from engines.proposals.tubes import Found, Step, Tube, TubeMask
from tests.app.conftest import Gate


def made_tube(n_frames, score=0.6, first=0, stop=None, left=4, likeness=None):
    """A tube of 10 by 8 pixels on frames `first` to `stop`, best on the middle one unless `likeness` says otherwise."""
    there = np.zeros(n_frames, bool)
    there[first:stop] = True
    boxes = np.full((n_frames, 4), np.nan, np.float32)
    boxes[there] = (left, 5, left + 10, 13)
    if likeness is None:
        own = np.flatnonzero(there)
        likeness = np.where(there, -np.abs(np.arange(n_frames) - own[len(own) // 2]), np.nan)
    return Tube(boxes, score, np.asarray(likeness, np.float32))


class PretendFinder:
    """Finds what `Findings` says, a step for each permit of its gate."""

    def __init__(self, clip, _engines, weights, findings):
        self.clip, self.weights, self._findings = clip, weights, findings
        self.is_closed = False
        findings.finders.append(self)

    def find(self):
        for number in range(self._findings.n_steps):
            self._findings.pass_gate()
            yield Step("boxes", number + 1, self._findings.n_steps)
        yield Found(tuple(self._findings.tubes), self._findings.is_still)

    def masks(self, tube, frames=None):
        for frame in range(self.clip.n_frames) if frames is None else frames:
            self._findings.pass_gate()
            left, top, right, bottom = np.nan_to_num(tube.boxes[frame]).astype(int)
            mask = np.zeros((self.clip.height, self.clip.width), bool)
            mask[top:bottom, left:right] = not self._findings.is_empty
            self._findings.masked.append(frame)
            yield TubeMask(frame, RleMask.encode(mask), tube.boxes[frame])

    def survival(self, frame, mask):
        return self._findings.survival

    def thumbnails(self, tubes):
        for tube in tubes:
            yield Thumbnail(tube, np.full((80, 120, 3), 90, np.uint8))

    def close(self):
        self.is_closed = True


class Findings:
    """What searches find from now on, and what was asked of them."""

    def __init__(self):
        self.tubes, self.is_still, self.is_empty, self.survival = [], False, False, 0.9
        self.n_steps, self.n_steps_taken = 3, 0
        self.gate = Gate()
        self.gate.open_gate()
        self.finders, self.masked = [], []
        self.error = None

    def pass_gate(self):
        self.gate.wait()
        if self.error is not None:
            raise self.error
        self.n_steps_taken += 1


@pytest.fixture
def findings(monkeypatch):
    """Have searches find what a test says."""
    made = Findings()
    monkeypatch.setattr(
        "app.desk.proposing_finders.TubeFinder",
        lambda clip, engines, weights: PretendFinder(clip, engines, weights, made),
    )
    yield made
    made.gate.open_gate()
