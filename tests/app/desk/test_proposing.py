"""Finding objects keeps out of the way of runs, and what is accepted becomes an object in one step for undo."""

import numpy as np
import pytest
from PIL import Image

from app.desk.run_request import RunRequest
from app.errors import UserError
from app.project import verbs
from app.project.model import Provenance
from app.project.project import Project
from engines.labels.rle import RleMask
from tests.app.clips import HEIGHT, WIDTH, write_frames
from tests.app.finding import findings, made_tube

__all__ = ["findings"]  # a fixture

N_FRAMES = 6


@pytest.fixture
def workspace(qtbot, tmp_path, findings, gated_engine, bare_workspace):
    """A clip with three tubes to be found: all along, from frame 2 on, up to frame 3."""
    with qtbot.waitSignal(bare_workspace.frame_ready):
        bare_workspace.open(write_frames(tmp_path / "clip"))
    findings.tubes = [
        made_tube(N_FRAMES, 0.7),
        made_tube(N_FRAMES, 0.6, first=2, left=12),
        made_tube(N_FRAMES, 0.5, stop=4, left=20),
    ]
    bare_workspace.sayings, bare_workspace.failures = [], []
    bare_workspace.said.connect(bare_workspace.sayings.append)
    bare_workspace.failed.connect(bare_workspace.failures.append)
    assert bare_workspace.clip.n_frames == N_FRAMES
    return bare_workspace


def rest(qtbot, workspace):
    qtbot.waitUntil(lambda: not workspace.proposer.is_busy, timeout=60_000)  # torch may have to be loaded


def find(qtbot, workspace):
    workspace.proposer.find()
    rest(qtbot, workspace)
    return workspace.proposer.ghosts


def ids(ghosts):
    return [each.ghost_id for each in ghosts.all]


def paint(workspace, object_id, frame):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[5:20, 5:20] = True
    workspace.do(verbs.paint_mask(workspace.project, object_id, frame, RleMask.encode(mask)))


def test_what_is_found_is_listed_with_a_picture_each_and_no_mask(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    assert [each.tube.score for each in ghosts.all] == [0.7, 0.6, 0.5]
    assert all(ghosts.pixels(each).thumbnail is not None for each in ghosts.all)
    assert not findings.masked
    assert not workspace.project.objects
    (record,) = workspace.project.runs.values()
    assert record.weights is not None and not record.stretches


def test_after_accepting_one_the_next_is_what_took_its_place(qtbot, workspace):
    ghosts = find(qtbot, workspace)
    first, second, third = ids(ghosts)
    for n_steps, wanted in ((1, first), (1, second), (1, third), (1, first), (-1, third), (-1, second)):
        ghosts.step(n_steps)
        assert ghosts.selected == (wanted,)
    workspace.proposer.accept()
    rest(qtbot, workspace)
    assert ghosts.selected == ()
    ghosts.step(1)
    assert ghosts.selected == (third,)
    ghosts.step(-1)
    assert ghosts.selected == (first,)


def test_only_the_best_are_shown_and_selected(qtbot, workspace):
    ghosts = find(qtbot, workspace)
    first, second, third = ids(ghosts)
    ghosts.select((first, third))
    workspace.view.most_tubes = 2
    assert [each.ghost_id for each in ghosts.shown] == [first, second]
    assert ghosts.selected == (first,)
    ghosts.select((third,))
    assert ghosts.selected == ()


def test_masks_are_made_of_the_tube_that_is_opened_nearest_the_frame_in_view_first(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    ghosts.go_to(ids(ghosts)[1])
    assert workspace.view.frame == ghosts.current.tube.best_frame == 4
    workspace.proposer.open()
    rest(qtbot, workspace)
    assert findings.masked[0] == 4 and sorted(findings.masked) == [2, 3, 4, 5]
    assert ghosts.missing(ghosts.current) == []
    assert ghosts.pixels(ghosts.current).survival == 0.9


def test_a_mask_that_cannot_be_carried_is_told(qtbot, workspace, findings):
    findings.survival = 0.1
    ghosts = find(qtbot, workspace)
    ghosts.go_to(ids(ghosts)[0])
    workspace.proposer.open()
    rest(qtbot, workspace)
    assert any("may be no object" in saying for saying in workspace.sayings)


def test_accepting_makes_an_object_of_derived_labels_and_is_one_step_for_undo(qtbot, workspace):
    ghosts = find(qtbot, workspace)
    ghosts.go_to(ids(ghosts)[1])
    workspace.proposer.accept()
    rest(qtbot, workspace)
    project, (object_id,) = workspace.project, workspace.project.objects
    labels = project.labels_of(object_id)
    assert sorted(labels) == [2, 3, 4, 5]
    assert {label.provenance for label in labels.values()} == {Provenance.DERIVED}
    assert {(label.confidence, label.run_id) for label in labels.values()} == {(0.6, next(iter(project.runs)))}
    assert not any(project.is_label_stale(object_id, frame, label) for frame, label in labels.items())
    assert len(ghosts.all) == 2
    assert (workspace.view.object_id, workspace.view.frame) == (object_id, 4)
    workspace.undo_stack.undo()
    assert not project.objects and len(ghosts.all) == 3
    workspace.undo_stack.redo()
    assert sorted(project.labels_of(object_id)) == [2, 3, 4, 5] and len(ghosts.all) == 2
    workspace.undo_stack.undo()
    workspace.undo_stack.undo()
    assert ghosts.all == () and not workspace.undo_stack.canUndo()


def test_what_was_accepted_is_in_the_file_with_the_run_that_found_it(qtbot, workspace):
    ghosts = find(qtbot, workspace)
    ghosts.go_to(ids(ghosts)[1])
    workspace.proposer.accept()
    rest(qtbot, workspace)
    path, labels = workspace.project.path, dict(workspace.project.labels_of(1))
    assert workspace.close()
    with Project.open(path) as project:
        assert dict(project.labels_of(1)) == labels and not project.notices
        assert project.runs[labels[2].run_id].engine == "object proposals"
        assert project.mask(labels[2].mask_id).box == (12, 5, 22, 13)


def test_the_best_frame_confirmed_is_an_anchor_that_the_others_are_run_from(qtbot, workspace, gated_engine):
    gated_engine.open_gate()
    workspace.rerunner.use(RunRequest(engine="gated"))
    ghosts = find(qtbot, workspace)
    ghosts.go_to(ids(ghosts)[0])
    workspace.proposer.accept()
    rest(qtbot, workspace)
    object_id, best = workspace.view.object_id, workspace.view.frame
    workspace.do(verbs.confirm(workspace.project, [object_id], [best]))
    qtbot.waitUntil(lambda: workspace.runner.active is None)
    assert workspace.project.anchor_frames(object_id) == [best]
    assert len(workspace.project.proposals_of(object_id)) == N_FRAMES - 1


def test_several_are_accepted_one_after_another(qtbot, workspace):
    ghosts = find(qtbot, workspace)
    ghosts.select(ids(ghosts))
    workspace.proposer.accept()
    rest(qtbot, workspace)
    assert len(workspace.project.objects) == 3 and ghosts.all == ()
    assert workspace.undo_stack.count() == 4


def test_a_tube_without_a_pixel_is_not_accepted_and_that_is_told(qtbot, workspace, findings):
    findings.is_empty = True
    ghosts = find(qtbot, workspace)
    ghosts.go_to(ids(ghosts)[0])
    workspace.proposer.accept()
    rest(qtbot, workspace)
    assert not workspace.project.objects and len(ghosts.all) == 3
    assert "nothing to accept" in workspace.sayings[-1]


def test_merging_splitting_and_rejecting_are_a_step_each(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    before = ghosts.all
    ghosts.select(ids(ghosts)[1:])
    ghosts.merge()
    assert len(ghosts.all) == 2 and ghosts.current is ghosts.all[1]
    assert ghosts.current.tube.is_there.all()
    assert ghosts.current.tube.boxes[2].tolist() == [12, 5, 30, 13]
    workspace.undo_stack.undo()
    assert ghosts.all == before

    ghosts.go_to(before[0].ghost_id)
    workspace.proposer.open()
    rest(qtbot, workspace)
    workspace.request_frame(2)
    ghosts.split()
    assert [each.tube.is_there.tolist() for each in ghosts.all[:2]] == [
        [True] * 2 + [False] * 4,
        [False] * 2 + [True] * 4,
    ]
    assert ghosts.current is ghosts.all[1]
    assert ghosts.missing(ghosts.all[0]) == ghosts.missing(ghosts.all[1]) == []  # masks stay
    workspace.undo_stack.undo()
    assert ghosts.all == before

    ghosts.select((before[0].ghost_id,))
    ghosts.reject()
    assert ghosts.all == before[1:] and ghosts.current is before[1]
    assert workspace.sayings[-1] == "Tube 1 rejected; Ctrl+Z brings it back."
    assert workspace.undo_stack.undoText() == "reject tube 1"
    ghosts.select(ids(ghosts))
    ghosts.reject()
    assert ghosts.all == () and workspace.sayings[-1] == "2 tubes rejected; Ctrl+Z brings them back."
    for _ in range(2):
        workspace.undo_stack.undo()
    assert ghosts.all == before


def test_a_tube_is_not_split_where_one_side_has_no_box(qtbot, workspace):
    ghosts = find(qtbot, workspace)
    assert "Select a tube" in ghosts.why_no_split()
    ghosts.go_to(ids(ghosts)[1])
    workspace.request_frame(2)
    assert "no box on one side" in ghosts.why_no_split()
    ghosts.split()
    assert len(ghosts.all) == 3


def test_a_new_search_takes_the_place_of_the_old_one_and_undo_brings_that_back(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    before = ghosts.all
    findings.tubes = findings.tubes[:1]
    find(qtbot, workspace)
    assert len(ghosts.all) == 1 and ghosts.all[0] not in before
    workspace.undo_stack.undo()
    assert ghosts.all == before


@pytest.mark.parametrize(("n_tubes", "told"), [(0, "nothing to find"), (2, "ranked by appearance")])
def test_where_nothing_moves_or_is_found_a_sentence_says_so(qtbot, workspace, findings, n_tubes, told):
    findings.tubes, findings.is_still = findings.tubes[:n_tubes], True
    find(qtbot, workspace)
    assert told in workspace.proposer.told
    assert workspace.sayings == [workspace.proposer.told]


def test_cancelling_leaves_off_and_keeps_what_was_there(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    before = ghosts.all
    findings.gate.close()
    workspace.proposer.find()
    findings.gate.let_pass(1)
    qtbot.waitUntil(lambda: workspace.proposer.progress.done == 1)
    workspace.cancel_run()
    assert workspace.proposer.progress is None and "Cancelled" in workspace.proposer.told
    findings.gate.open_gate()
    rest(qtbot, workspace)
    assert ghosts.all == before


def test_a_run_comes_between_and_the_search_goes_on_where_it_was(qtbot, workspace, findings, gated_engine):
    object_id = workspace.add_object()
    paint(workspace, object_id, 0)
    findings.gate.close()
    workspace.proposer.find()
    findings.gate.let_pass(1)
    qtbot.waitUntil(lambda: workspace.proposer.progress.done == 1)
    workspace.start_run(RunRequest(engine="gated"))
    findings.gate.open_gate()
    assert "Waits" in workspace.proposer.progress.text
    gated_engine.open_gate()
    qtbot.waitUntil(lambda: workspace.runner.active is None)
    rest(qtbot, workspace)
    assert len(workspace.project.proposals_of(object_id)) == N_FRAMES - 1
    assert len(workspace.proposer.ghosts.all) == 3
    assert findings.n_steps_taken == findings.n_steps  # none was done twice
    assert len(findings.finders) == 1


def test_a_search_that_waits_can_be_left_off_without_the_run_that_it_waits_for(qtbot, workspace, gated_engine):
    object_id = workspace.add_object()
    paint(workspace, object_id, 0)
    workspace.start_run(RunRequest(engine="gated"))
    workspace.proposer.find()
    workspace.proposer.cancel()
    assert not workspace.proposer.has_to_do
    gated_engine.open_gate()
    qtbot.waitUntil(lambda: workspace.runner.active is None)
    rest(qtbot, workspace)
    assert len(workspace.project.proposals_of(object_id)) == N_FRAMES - 1
    assert not workspace.proposer.ghosts.all


def test_opening_another_one_leaves_the_first_off_and_it_goes_on_later(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    first, second, _ = ids(ghosts)
    findings.gate.close()
    ghosts.go_to(first)
    workspace.proposer.open()
    findings.gate.let_pass(2)
    qtbot.waitUntil(lambda: len(ghosts.missing(ghosts.all[0])) == N_FRAMES - 2)
    ghosts.go_to(second)
    workspace.proposer.open()
    findings.gate.open_gate()
    rest(qtbot, workspace)
    assert ghosts.missing(ghosts.all[1]) == []
    ghosts.go_to(first)
    workspace.proposer.open()
    rest(qtbot, workspace)
    assert ghosts.missing(ghosts.all[0]) == []
    assert len(findings.masked) == N_FRAMES + 4  # none was made twice


def test_a_tube_rejected_while_its_masks_are_made_is_left(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    findings.gate.close()
    ghosts.go_to(ids(ghosts)[0])
    workspace.proposer.accept()
    findings.gate.let_pass(1)
    ghosts.reject()
    assert not workspace.proposer.has_to_do
    findings.gate.open_gate()
    rest(qtbot, workspace)
    assert not workspace.project.objects and len(ghosts.all) == 2


def test_what_fails_is_told_once_and_can_be_tried_again(qtbot, workspace, findings):
    findings.error = UserError("The clip has gone", "bring it back")
    find(qtbot, workspace)
    assert workspace.failures == [findings.error] and not workspace.proposer.ghosts.all
    findings.error = None
    ghosts = find(qtbot, workspace)
    findings.error = UserError("The clip has gone", "bring it back")
    ghosts.go_to(ids(ghosts)[0])
    workspace.proposer.accept()
    rest(qtbot, workspace)
    assert workspace.failures[1:] == [findings.error] and not workspace.project.objects
    findings.error = None
    workspace.proposer.accept()
    rest(qtbot, workspace)
    assert len(workspace.project.objects) == 1


def test_learning_waits_for_it(qtbot, workspace, findings):
    findings.gate.close()
    workspace.proposer.find()
    assert "looked for" in workspace.learner.why_not()
    findings.gate.open_gate()
    rest(qtbot, workspace)
    assert "looked for" not in workspace.learner.why_not()


def test_closing_the_clip_ends_it_forgets_what_was_found_and_closes_the_files(qtbot, workspace, findings):
    ghosts = find(qtbot, workspace)
    findings.gate.close()
    ghosts.go_to(ids(ghosts)[0])
    workspace.proposer.open()
    assert workspace.close()
    findings.gate.open_gate()
    assert ghosts.all == () and ghosts.current is None and not workspace.proposer.has_to_do
    rest(qtbot, workspace)
    assert all(finder.is_closed for finder in findings.finders)


def test_the_engine_itself_finds_what_moves_and_nothing_in_the_dark(qtbot, bare_workspace, tmp_path):
    black = tmp_path / "black.png"
    Image.new("RGB", (WIDTH, HEIGHT)).save(black)
    for clip, is_dark in ((write_frames(tmp_path / "clip"), False), (black, True)):
        with qtbot.waitSignal(bare_workspace.frame_ready):
            bare_workspace.open(clip)
        bare_workspace.proposer.find()
        rest(qtbot, bare_workspace)
        ghosts = bare_workspace.proposer.ghosts
        assert ("nothing to find" in bare_workspace.proposer.told) == is_dark == (not ghosts.all)
        if not is_dark:
            ghosts.go_to(ids(ghosts)[0])
            bare_workspace.proposer.accept()
            rest(qtbot, bare_workspace)
            assert len(bare_workspace.project.labels_of(bare_workspace.view.object_id)) == N_FRAMES
