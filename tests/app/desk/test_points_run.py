"""Runs of points in the window: proposals as they come, one step for undo, corrections followed. No network."""

import pytest

from app.desk.run_request import RunRequest
from app.project import pending, point_verbs, verbs
from app.project.model import RunState
from app.project.skeleton import skeleton_of
from app.tasks import propagate_objects
from app.tasks.carry_points import Tick
from engines.labels.points import Joint, Points
from engines.labels.rle import RleMask
from engines.propagation.types import PointsResult
from tests.app.clips import square, write_frames
from tests.app.conftest import Gate

N_FRAMES, ANIMAL = 9, 1
STICK = skeleton_of("stick", ["head", "tail"])


def placed(x):
    return Points.of([Joint(x, 3), Joint(x, 9, False)])


@pytest.fixture
def gate():
    made = Gate()
    made.open_gate()
    yield made
    made.open_gate()


@pytest.fixture
def workspace(qtbot, tmp_path, monkeypatch, gate, bare_workspace):
    """An animal with anchors on frames 0 and 8. Points are carried as those of the anchor on the left."""
    asked = []

    def carry(clip, run, anchors, stretches, damaged, engines, seen):
        by_frame = {anchor.frame: anchor.points for anchor in anchors}
        asked.append([(stretch.first, stretch.last) for stretch in stretches])
        n_total, n_done = 2 * sum(len(stretch) for stretch in stretches), 0
        for is_final in (False, True):
            for stretch in stretches:
                for frame in range(stretch.first, stretch.last + 1):
                    gate.wait()
                    n_done += 1
                    yield Tick(n_done, n_total)
                    points = by_frame[stretch.left]
                    yield PointsResult(ANIMAL, frame, points, 0.5 + 0.25 * is_final, points.presence, is_final)

    monkeypatch.setattr(propagate_objects, "carry_points", carry)
    with qtbot.waitSignal(bare_workspace.frame_ready):
        bare_workspace.open(write_frames(tmp_path / "clip", N_FRAMES))
    bare_workspace.add_object(STICK)
    for frame in (0, 8):
        place(bare_workspace, frame, placed(frame))
    bare_workspace.asked = asked
    bare_workspace.rerunner.use(RunRequest())
    yield bare_workspace
    gate.open_gate()


def place(workspace, frame, points):
    workspace.do(point_verbs.place_points(workspace.project, ANIMAL, frame, points))


def wait(qtbot, workspace):
    qtbot.waitUntil(lambda: workspace.runner.active is None)


def run(qtbot, workspace):
    workspace.start_run(RunRequest())
    wait(qtbot, workspace)


def test_a_run_proposes_points_in_one_step_and_counts_frames_gone_through(qtbot, workspace):
    run(qtbot, workspace)
    project, last = workspace.project, workspace.runner.last
    assert sorted(project.proposals_of(ANIMAL)) == list(range(1, 8))
    assert project.proposal(ANIMAL, 3).confidence == 0.75
    assert workspace.seen.points_of(ANIMAL, 3) == placed(0)
    assert (last.n_done, last.n_total, last.n_labels_done) == (14, 14, 7)
    assert project.runs[last.record.run_id].state is RunState.FINISHED
    assert not pending.stretches(project, [ANIMAL], range(N_FRAMES), "both")
    workspace.undo_stack.undo()
    assert not project.proposals_of(ANIMAL)
    workspace.undo_stack.redo()
    workspace.accept()
    assert len(project.labels_of(ANIMAL)) == N_FRAMES
    assert workspace.seen.points_of(ANIMAL, 8) == placed(8)


def test_what_a_cancelled_run_knew_for_the_time_being_is_kept_and_taken_up_again(qtbot, workspace, gate):
    gate.close()
    workspace.start_run(RunRequest())
    gate.let_pass(4)
    qtbot.waitUntil(lambda: len(workspace.project.proposals_of(ANIMAL)) >= 3)
    workspace.cancel_run()
    gate.open_gate()
    wait(qtbot, workspace)
    project = workspace.project
    assert {label.confidence for label in project.proposals_of(ANIMAL).values()} == {0.5}
    (stretch,) = pending.stretches(project, [ANIMAL], range(N_FRAMES), "both")
    assert (stretch.first, stretch.last) == (1, 7)


def test_a_correction_is_followed_on_both_sides_as_a_part_of_its_step(qtbot, workspace):
    run(qtbot, workspace)
    place(workspace, 4, placed(40))
    wait(qtbot, workspace)
    assert workspace.asked[-1] == [(1, 3), (5, 7)]
    assert [workspace.seen.points_of(ANIMAL, frame) for frame in (3, 4, 5)] == [placed(0), placed(40), placed(40)]
    workspace.undo_stack.undo()
    assert workspace.seen.points_of(ANIMAL, 5) == placed(0)
    assert workspace.project.anchor_frames(ANIMAL) == [0, 8]


def test_an_engine_for_masks_alone_follows_nothing(qtbot, workspace):
    run(qtbot, workspace)
    workspace.rerunner.use(RunRequest(engine="copy"))
    n_asked = len(workspace.asked)
    place(workspace, 4, placed(40))
    wait(qtbot, workspace)
    assert len(workspace.asked) == n_asked
    assert workspace.project.is_stale(ANIMAL, 5)


def test_a_run_that_leaves_points_out_says_so(qtbot, workspace):
    said = []
    workspace.said.connect(said.append)
    workspace.add_object()
    mask = RleMask.encode(square(0))
    workspace.do(verbs.paint_mask(workspace.project, 2, 0, mask))
    workspace.start_run(RunRequest(engine="copy"))
    wait(qtbot, workspace)
    assert "Object 1 will not be carried" in said[0]
    assert not workspace.project.proposals_of(ANIMAL)
    assert len(workspace.project.proposals_of(2)) == N_FRAMES - 1


def test_a_locked_animal_is_not_carried(qtbot, workspace):
    workspace.do(verbs.set_locked(workspace.project, ANIMAL, True))
    assert workspace.runner.object_ids(RunRequest()) == ()
