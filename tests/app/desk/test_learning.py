"""Learning on the open clip keeps out of the way of runs, and what it brings is used only where it helps."""

import numpy as np
import pytest

from app.desk import learning
from app.desk.run_request import RunRequest
from app.project import verbs
from app.tasks.adapt import Learned, Trial, Verdict
from engines.labels.rle import RleMask
from tests.app.clips import HEIGHT, WIDTH, write_frames


class Lessons:
    """Stands in for `adapt`: says which run it was asked to learn from and teaches what a test says."""

    def __init__(self):
        self.asked = []
        self.after = 0.9
        self.is_endless = False
        self.n_steps = 0

    def __call__(self, _clip, run, engines):
        self.asked.append(run)
        while True:
            self.n_steps += 1
            yield 0.5
            if not self.is_endless:
                break
        verdict = Verdict((Trial(1, 0, 0.8, self.after),), 1.0)
        return Learned(verdict, engines.weights_of("learned", run.weights).fingerprint, b"a map")


@pytest.fixture
def lessons(monkeypatch):
    made = Lessons()
    monkeypatch.setattr(learning, "adapt", made)
    return made


@pytest.fixture
def workspace(qtbot, tmp_path, lessons, gated_engine, bare_workspace):
    """One object with anchors on frames 0 and 5."""
    gated_engine.open_gate()
    with qtbot.waitSignal(bare_workspace.frame_ready):
        bare_workspace.open(write_frames(tmp_path / "clip"))
    bare_workspace.add_object()
    for frame in (0, 5):
        paint(bare_workspace, frame)
    return bare_workspace


def paint(workspace, frame):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[5:20, frame : frame + 10] = True
    workspace.do(verbs.paint_mask(workspace.project, 1, frame, RleMask.encode(mask), exclusive_over=False))


def learn(qtbot, workspace):
    workspace.learner.start()
    qtbot.waitUntil(lambda: workspace.learner.share is None)


def test_what_helps_is_kept_and_the_next_run_takes_it_and_says_so(qtbot, workspace, lessons):
    plain = workspace.runner._weights(RunRequest())
    learn(qtbot, workspace)
    assert workspace.learner.kept.data == b"a map"
    assert ".800 → .900: taken in" in workspace.learner.told
    assert {anchor.frame for anchor in lessons.asked[0].anchors} == {0, 5}
    used = workspace.runner._weights(RunRequest())
    assert used.fingerprint == workspace.learner.kept.fingerprint != plain.fingerprint
    assert used.name == f"{plain.name}, learned on this clip"
    assert workspace.runner._frozen(RunRequest(), ()).masks.learned == b"a map"
    assert workspace.runner._frozen(RunRequest(engine="flow"), ()).masks.learned == b""


def test_what_does_not_help_is_discarded_and_takes_what_was_learned_before_along(qtbot, workspace, lessons):
    learn(qtbot, workspace)
    lessons.after = 0.7
    learn(qtbot, workspace)
    assert workspace.learner.kept is None
    assert "discarded" in workspace.learner.told
    assert workspace.runner._frozen(RunRequest(), ()).masks.learned == b""


def test_what_was_learned_can_be_forgotten(qtbot, workspace):
    learn(qtbot, workspace)
    workspace.learner.forget()
    assert workspace.learner.kept is None
    assert workspace.learner.told == ""
    workspace.learner.forget()


def test_it_says_why_it_cannot_learn(qtbot, workspace):
    assert workspace.learner.why_not() == ""
    workspace.learner.use(RunRequest(engine="flow"))
    assert "does not learn" in workspace.learner.why_not()
    workspace.learner.use(RunRequest())
    workspace.undo_stack.undo()
    assert "two anchors" in workspace.learner.why_not()
    workspace.learner.start()
    assert workspace.learner.share is None


def test_a_run_ends_learning_and_begins(qtbot, workspace, lessons, gated_engine):
    lessons.is_endless = True
    workspace.learner.start()
    qtbot.waitUntil(lambda: lessons.n_steps > 3)
    workspace.start_run(RunRequest(engine="gated"))
    qtbot.waitUntil(lambda: workspace.learner.share is None)
    qtbot.waitUntil(lambda: workspace.runner.active is None)
    assert workspace.project.proposal(1, 3) is not None
    assert workspace.learner.kept is None
    assert "A run" not in workspace.learner.why_not()


def test_switched_on_it_begins_by_itself_once_for_the_same_anchors(qtbot, workspace, lessons, monkeypatch):
    workspace.learner._idle.setInterval(0)
    paint(workspace, 2)
    assert not workspace.learner._idle.isActive()
    workspace.view.learn = True
    qtbot.waitUntil(lambda: workspace.learner.kept is not None)
    workspace.view.frame = 3
    qtbot.waitUntil(lambda: not workspace.learner._idle.isActive())
    assert len(lessons.asked) == 1
    paint(workspace, 4)
    qtbot.waitUntil(lambda: len(lessons.asked) == 2 and workspace.learner.share is None)
    assert {anchor.frame for anchor in lessons.asked[1].anchors} == {0, 2, 4, 5}


def test_closing_the_clip_ends_it_and_nothing_comes_of_it(qtbot, workspace, lessons):
    lessons.is_endless = True
    workspace.learner.start()
    qtbot.waitUntil(lambda: lessons.n_steps > 3)
    assert workspace.close()
    assert workspace.learner.share is None
    assert workspace.learner.told == ""
