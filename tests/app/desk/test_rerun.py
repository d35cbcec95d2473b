"""A correction runs the stretches beside it again: those alone, those next to it first, and as a part of its step."""

import numpy as np
import pytest

from app.desk.run_request import RunRequest
from app.project import pending, verbs
from app.project.model import Provenance
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from tests.app.clips import HEIGHT, WIDTH, write_frames
from tests.app.conftest import Gate
from tests.app.watched import allowed, watched_runs

N_FRAMES = 20
CAR, DOG = 1, 2


def blob(number):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:20, number : number + 12] = True
    return RleMask.encode(mask)


@pytest.fixture
def gate():
    made = Gate()
    made.open_gate()
    return made


@pytest.fixture
def workspace(qtbot, tmp_path, monkeypatch, gate, bare_workspace):
    """Objects with anchors on frames 0, 8 and 19, everything carried between them; corrections are followed."""
    with watched_runs(monkeypatch, gate) as bare_workspace.seen:
        with qtbot.waitSignal(bare_workspace.frame_ready):
            bare_workspace.open(write_frames(tmp_path / "clip", N_FRAMES))
        bare_workspace.rerunner.use(RunRequest(engine="copy"))
        for object_id in (CAR, DOG):
            bare_workspace.add_object()
            for frame in (0, 8, 19):
                paint(bare_workspace, object_id, frame, blob(10 * object_id + frame))
        bare_workspace.start_run(RunRequest(engine="copy"))
        wait(qtbot, bare_workspace)
        bare_workspace.seen.clear()
        yield bare_workspace
        gate.open_gate()


def paint(workspace, object_id, frame, mask):
    workspace.do(verbs.paint_mask(workspace.project, object_id, frame, mask, exclusive_over=False))


def wait(qtbot, workspace):
    qtbot.waitUntil(lambda: workspace.runner.active is None)


def settle(qtbot, workspace):
    """Wait until all that was started is over: runs are jobs of one lane, one after the other."""
    with qtbot.waitSignal(workspace.runner._lane.start(lambda: iter(()), "nothing").ended):
        pass


def state(workspace):
    project = workspace.project
    return {
        (object_id, frame): (label.mask_id, label.run_id, label.sources)
        for object_id in (CAR, DOG)
        for frame in range(N_FRAMES)
        for label, _ in [pending.shown(project, object_id, frame)]
    }


def stale(workspace):
    return {key for key in state(workspace) if workspace.project.is_stale(*key)}


def test_a_correction_runs_its_two_stretches_again_and_no_other_frame(qtbot, workspace):
    before = state(workspace)
    paint(workspace, CAR, 4, blob(30))
    wait(qtbot, workspace)
    ((run, asked),) = workspace.seen
    assert [(s.object_id, s.first, s.last, s.left, s.right) for s in run.stretches] == [
        (CAR, 1, 3, 0, 4),
        (CAR, 5, 7, 4, 8),
    ]
    assert set(asked) == allowed(run.stretches) == set(range(9))
    after = state(workspace)
    assert {key for key in before if before[key] != after[key]} == {(CAR, frame) for frame in range(1, 8)}
    assert not stale(workspace)


def test_the_frames_beside_the_correction_come_first(qtbot, workspace):
    came = []
    workspace.changed.connect(lambda change: came.extend(sorted(change.frames)))
    paint(workspace, CAR, 4, blob(30))
    wait(qtbot, workspace)
    assert workspace.seen[0][1][:4] == [4, 5, 6, 7]
    assert workspace.seen[0][1][4:8] == [4, 3, 2, 1]
    assert came[:2] == [4, 5]


def test_undoing_the_stroke_takes_its_run_back_and_redo_brings_both(qtbot, workspace):
    before, n_steps = state(workspace), workspace.undo_stack.count()
    paint(workspace, CAR, 4, blob(30))
    wait(qtbot, workspace)
    after = state(workspace)
    assert workspace.undo_stack.count() == n_steps + 1
    workspace.undo_stack.undo()
    assert state(workspace) == before
    workspace.undo_stack.redo()
    assert state(workspace) == after and workspace.runner.active is None


def test_undo_while_it_runs_stops_it(qtbot, workspace, gate):
    before = state(workspace)
    gate.close()
    paint(workspace, CAR, 4, blob(30))
    gate.let_pass(2)
    qtbot.waitUntil(lambda: workspace.runner.active.n_done > 0)
    workspace.undo_stack.undo()
    assert workspace.runner.active is None and state(workspace) == before
    gate.open_gate()
    settle(qtbot, workspace)
    assert state(workspace) == before


def test_a_second_stroke_takes_over_what_was_left_of_the_first_ones_run(qtbot, workspace, gate):
    gate.close()
    paint(workspace, CAR, 4, blob(30))
    gate.let_pass(2)
    qtbot.waitUntil(lambda: workspace.runner.active.n_done > 0)
    paint(workspace, DOG, 12, blob(40))
    gate.open_gate()
    wait(qtbot, workspace)
    assert len(workspace.seen) == 2 and not stale(workspace)
    assert {stretch.object_id for stretch in workspace.seen[1][0].stretches} == {CAR, DOG}
    assert workspace.seen[1][0].near == 12


def test_escape_stops_it_and_nothing_begins_again_by_itself(qtbot, workspace, gate):
    gate.close()
    paint(workspace, CAR, 4, blob(30))
    workspace.cancel_run()
    gate.open_gate()
    wait(qtbot, workspace)
    assert stale(workspace) and len(workspace.seen) <= 1


def test_while_a_run_of_the_persons_goes_on_it_waits_for_that_to_finish(qtbot, workspace, gate):
    gate.close()
    workspace.start_run(RunRequest(engine="copy", scope="all", object_ids=(DOG,)))
    paint(workspace, CAR, 4, blob(30))
    assert workspace.runner.active.correction is None and stale(workspace)
    gate.open_gate()
    qtbot.waitUntil(lambda: workspace.runner.active is None and not stale(workspace))
    assert {stretch.object_id for stretch in workspace.seen[1][0].stretches} == {CAR}


def test_a_run_that_the_person_cancels_takes_what_waits_for_it_along(qtbot, workspace, gate):
    gate.close()
    workspace.start_run(RunRequest(engine="copy", scope="all", object_ids=(DOG,)))
    paint(workspace, CAR, 4, blob(30))
    workspace.cancel_run()
    gate.open_gate()
    wait(qtbot, workspace)
    settle(qtbot, workspace)
    assert workspace.runner.active is None and len(workspace.seen) <= 1 and stale(workspace)


def test_closing_starts_nothing(qtbot, workspace, gate):
    gate.close()
    workspace.start_run(RunRequest(engine="copy", scope="all", object_ids=(DOG,)))
    paint(workspace, CAR, 4, blob(30))
    gate.open_gate()
    assert workspace.close()
    assert workspace.runner.active is None


def test_an_accepted_label_is_carried_anew_as_a_proposal_beside_it(qtbot, workspace):
    workspace.accept()
    paint(workspace, CAR, 4, blob(30))
    wait(qtbot, workspace)
    assert workspace.project.label(CAR, 5).provenance is Provenance.DERIVED
    assert set(workspace.project.proposals_of(CAR)) == {1, 2, 3, 5, 6, 7}


@pytest.mark.parametrize(
    "edit",
    [
        lambda project: verbs.set_presence(project, CAR, 8, Presence.UNCERTAIN),  # changes no pixel
        lambda project: verbs.rename_object(project, CAR, "van"),
        lambda project: verbs.clear_label(project, CAR, 5),
        lambda project: verbs.accept(project),
    ],
)
def test_what_makes_no_new_anchor_runs_nothing(workspace, edit):
    workspace.do(edit(workspace.project))
    assert workspace.runner.active is None and not workspace.seen


def test_nothing_is_run_where_no_run_has_been(qtbot, workspace):
    workspace.do(verbs.clear_labels(workspace.project, [CAR]))
    paint(workspace, CAR, 4, blob(30))
    paint(workspace, CAR, 9, blob(30))
    assert workspace.runner.active is None and not workspace.seen


def test_it_can_be_switched_off(workspace):
    workspace.view.rerun = False
    paint(workspace, CAR, 4, blob(30))
    assert workspace.runner.active is None and stale(workspace)


def test_a_locked_object_is_left_alone(qtbot, workspace, gate):
    gate.close()
    workspace.start_run(RunRequest(engine="copy", scope="all", object_ids=(DOG,)))
    paint(workspace, CAR, 4, blob(30))
    workspace.do(verbs.set_locked(workspace.project, CAR, True))
    gate.open_gate()
    wait(qtbot, workspace)
    settle(qtbot, workspace)
    assert workspace.runner.active is None and len(workspace.seen) == 1
