"""The workspace with real clip, project, engine and threads; only the window is missing."""

import shutil

import cv2
import numpy as np
import pytest

from app.desk.run_request import RunRequest
from app.desk.workspace import Workspace
from app.media.reader import FrameReader
from app.opening import open_anything
from app.project import verbs
from app.project.model import Provenance
from app.project.project import Project
from app.project.unsaved import is_unsaved
from engines.labels.rle import RleMask

N_FRAMES, HEIGHT, WIDTH = 8, 48, 64


def square(frame):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:30, 8 + 2 * frame : 28 + 2 * frame] = True
    return mask


@pytest.fixture
def clip_folder(tmp_path):
    rng = np.random.default_rng(0)
    background = rng.integers(0, 120, (HEIGHT, WIDTH, 3), np.uint8)
    texture = rng.integers(120, 255, (20, 20, 3), np.uint8)
    folder = tmp_path / "clip"
    folder.mkdir()
    for frame in range(N_FRAMES):
        image = background.copy()
        image[square(frame)] = texture.reshape(-1, 3)
        cv2.imwrite(str(folder / f"{frame:05d}.png"), image)
    return folder


@pytest.fixture
def workspace(qtbot):
    workspace = Workspace()
    sentences = []
    workspace.failed.connect(lambda error: sentences.append(str(error)))
    workspace.sentences = sentences
    yield workspace
    assert workspace.shut_down(even_unsaved=True)


@pytest.fixture
def opened(qtbot, workspace, clip_folder):
    open_and_wait(qtbot, workspace, clip_folder)
    return workspace


def open_and_wait(qtbot, workspace, path, **kwargs):
    with qtbot.waitSignal(workspace.frame_ready):
        workspace.open(path, **kwargs)


def paint(workspace, object_id, frame, mask):
    edit = verbs.paint_mask(
        workspace.project, object_id, frame, RleMask.encode(mask), text="paint", exclusive_over=True
    )
    workspace.do(edit)


def run_and_wait(qtbot, workspace, request=None):
    workspace.start_run(request or RunRequest(engine="copy"))
    qtbot.waitUntil(lambda: workspace.runner.active is None)


def shown(workspace, frame):
    return {found.object.object_id: found for found in workspace.seen.masks(frame)}


def test_opening_a_clip_shows_its_first_frame_and_keeps_strokes_on_disk(qtbot, opened, clip_folder):
    assert opened.clip.n_frames == N_FRAMES
    assert not opened.is_saved_by_user and opened.title == "clip"
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    path = opened.project.path
    opened.close()
    with Project.open(path) as project:
        assert (project.mask(project.label(object_id, 0).mask_id).decode() == square(0)).all()


def test_opening_the_clip_again_finds_the_strokes(qtbot, opened, clip_folder):
    object_id = opened.add_object()
    paint(opened, object_id, 3, square(3))
    assert opened.close()
    open_and_wait(qtbot, opened, clip_folder)
    assert (shown(opened, 3)[object_id].mask.decode() == square(3)).all()


def test_opening_what_is_open_changes_nothing(qtbot, opened, clip_folder):
    project = opened.project
    with qtbot.waitSignal(opened.said):
        opened.open(clip_folder)
    assert opened.project is project


def test_a_failed_opening_leaves_what_was_open(qtbot, opened, tmp_path):
    project = opened.project
    (tmp_path / "no.mp4").write_text("not a film")
    with qtbot.waitSignal(opened.failed):
        opened.open(tmp_path / "no.mp4")
    assert opened.project is project and "no.mp4" in opened.sentences[0]


def test_every_frame_arrives_and_only_the_one_in_view(qtbot, opened):
    arrived = []
    opened.frame_ready.connect(lambda frame, picture: arrived.append((frame, opened.view.frame)))
    for frame in (5, 2, 7, 0, 7):
        opened.request_frame(frame)
    qtbot.waitUntil(lambda: bool(arrived) and arrived[-1][0] == 7)
    assert all(frame == wanted for frame, wanted in arrived)
    opened.request_frame(99)
    assert opened.view.frame == N_FRAMES - 1


def test_a_run_makes_a_proposal_and_accepting_is_one_step(qtbot, opened):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    steps = opened.undo_stack.count()
    run_and_wait(qtbot, opened)
    assert opened.undo_stack.count() == steps + 1
    assert all(shown(opened, frame)[object_id].is_proposal for frame in range(1, N_FRAMES))
    assert opened.project.label(object_id, 4) is None
    opened.accept()
    assert opened.undo_stack.count() == steps + 2
    assert opened.project.label(object_id, 4).provenance is Provenance.DERIVED
    opened.undo_stack.undo()
    assert opened.project.label(object_id, 4) is None
    assert shown(opened, 4)[object_id].is_proposal
    opened.undo_stack.undo()
    assert set(shown(opened, 4)) == set()
    opened.undo_stack.redo()
    assert shown(opened, 4)[object_id].is_proposal


def test_an_anchor_is_never_touched_by_a_run(qtbot, opened):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    paint(opened, object_id, 5, square(5))
    run_and_wait(qtbot, opened, RunRequest(engine="copy", scope="all"))
    opened.accept()
    for frame in (0, 5):
        assert (shown(opened, frame)[object_id].mask.decode() == square(frame)).all()


def test_a_correction_makes_only_its_stretches_stale_and_undo_makes_them_fresh(qtbot, opened):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    paint(opened, object_id, 6, square(6))
    run_and_wait(qtbot, opened)
    opened.accept()
    paint(opened, object_id, 3, square(3))
    stale = [frame for frame in range(N_FRAMES) if shown(opened, frame)[object_id].is_stale]
    assert stale == [1, 2, 4, 5]
    wanted = [(part.first, part.last) for part in opened.runner.stretches(RunRequest(engine="copy"))]
    assert wanted == [(1, 2), (4, 5)]
    opened.undo_stack.undo()
    assert not any(shown(opened, frame)[object_id].is_stale for frame in range(N_FRAMES))


def test_undoing_a_run_that_goes_on_stops_it(qtbot, opened, gated_engine):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    opened.start_run(RunRequest(engine="gated"))
    gated_engine.let_pass(3)
    qtbot.waitUntil(lambda: opened.runner.active.n_done == 3)
    opened.undo_stack.undo()
    gated_engine.open_gate()
    assert opened.runner.active is None
    assert not opened.project.proposals_of(object_id)


def test_cancelling_keeps_what_is_done(qtbot, opened, gated_engine):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    opened.start_run(RunRequest(engine="gated"))
    gated_engine.let_pass(3)
    qtbot.waitUntil(lambda: opened.runner.active.n_done == 3)
    opened.cancel_run()
    gated_engine.open_gate()
    qtbot.waitUntil(lambda: opened.runner.active is None)
    assert set(opened.project.proposals_of(object_id)) == {1, 2, 3}


def test_what_a_cancelled_run_saw_from_one_side_only_is_taken_up_again(qtbot, opened, gated_engine):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    paint(opened, object_id, 6, square(6))
    opened.start_run(RunRequest(engine="gated"))
    gated_engine.let_pass(3)
    qtbot.waitUntil(lambda: opened.runner.active.n_done == 3)
    opened.cancel_run()
    gated_engine.open_gate()
    qtbot.waitUntil(lambda: opened.runner.active is None)
    wanted = [(part.first, part.last) for part in opened.runner.stretches(RunRequest(engine="copy"))]
    assert wanted == [(1, 5), (7, 7)]
    run_and_wait(qtbot, opened)
    assert not opened.runner.stretches(RunRequest(engine="copy"))


def test_painting_during_a_run_stays_painted(qtbot, opened, gated_engine):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    opened.start_run(RunRequest(engine="gated"))
    gated_engine.let_pass(2)
    qtbot.waitUntil(lambda: opened.runner.active.n_done == 2)
    paint(opened, object_id, 2, square(7))
    paint(opened, object_id, 5, square(7))
    gated_engine.open_gate()
    qtbot.waitUntil(lambda: opened.runner.active is None)
    for frame in (2, 5):
        assert (shown(opened, frame)[object_id].mask.decode() == square(7)).all()
    assert shown(opened, 4)[object_id].is_stale


def test_accepting_waits_for_the_end_of_the_run(qtbot, opened, gated_engine):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    opened.start_run(RunRequest(engine="gated"))
    gated_engine.let_pass(1)
    qtbot.waitUntil(lambda: opened.runner.active.n_done == 1)
    with qtbot.waitSignal(opened.said):
        opened.accept()
    assert opened.project.label(object_id, 1) is None
    gated_engine.open_gate()


def test_closing_during_a_run_leaves_a_whole_project(qtbot, opened, gated_engine):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    path = opened.project.path
    opened.start_run(RunRequest(engine="gated"))
    gated_engine.let_pass(2)
    qtbot.waitUntil(lambda: opened.runner.active.n_done == 2)
    gated_engine.open_gate()
    assert opened.close()
    with Project.open(path) as project:
        assert set(project.proposals_of(object_id)) >= {1, 2}
        assert not project.notices


def test_saving_as_moves_the_project_and_keeps_undo(qtbot, opened, tmp_path):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    unsaved = opened.project.path
    target = tmp_path / "mine.throughline"
    with qtbot.waitSignal(opened.project_moved):
        opened.save_as(target)
    assert is_unsaved(unsaved) and not unsaved.exists()
    assert opened.is_saved_by_user and opened.title == "mine.throughline"
    opened.undo_stack.undo()
    assert not shown(opened, 0)
    opened.undo_stack.redo()
    opened.close()
    open_and_wait(qtbot, opened, target)
    assert (shown(opened, 0)[object_id].mask.decode() == square(0)).all()


def test_a_project_whose_clip_has_moved_is_asked_about_and_found_again(qtbot, opened, clip_folder, tmp_path):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    target = tmp_path / "mine.throughline"
    opened.save_as(target)
    opened.close()
    moved = clip_folder.rename(tmp_path / "elsewhere")
    with qtbot.waitSignal(opened.failed):
        opened.open(target)
    assert "clip" in opened.sentences[-1]
    open_and_wait(qtbot, opened, target, clip_path=moved)
    assert object_id in shown(opened, 0)
    opened.close()
    open_and_wait(qtbot, opened, target)


def test_what_was_opened_and_nobody_takes_is_closed_again(clip_folder):
    opening = open_anything(clip_folder)
    left = next(opening)
    opening.close()
    again = next(open_anything(clip_folder))  # a project left open would be locked
    again.project.close()
    assert again.project.path == left.project.path


def paused(qtbot, workspace):
    """Paint frame 0 and run until two unsure frames in a row hold it up; return the object's id."""
    object_id = workspace.add_object()
    paint(workspace, object_id, 0, square(0))
    with qtbot.waitSignal(workspace.said, check_params_cb=lambda text: text.startswith("Paused: Object 1 has 2 ")):
        workspace.start_run(RunRequest(engine="copy", pause_after=2, unsure_below=1.0))
    assert workspace.runner.active.is_paused and set(workspace.project.proposals_of(object_id)) == {1, 2}
    return object_id


def test_a_run_that_is_unsure_waits_and_goes_on_when_told(qtbot, opened):
    object_id = paused(qtbot, opened)
    run = opened.runner.active
    for n_found in (4, 6):
        opened.go_on(run.request)
        qtbot.waitUntil(lambda n=n_found: run.is_paused and len(opened.project.proposals_of(object_id)) == n)
    opened.go_on(run.request)
    qtbot.waitUntil(lambda: opened.runner.active is None)
    assert set(opened.project.proposals_of(object_id)) == set(range(1, N_FRAMES))
    opened.undo_stack.undo()
    assert not opened.project.proposals_of(object_id), "with its pauses it is one step"


def test_going_on_after_a_correction_runs_from_the_correction(qtbot, opened):
    object_id = paused(qtbot, opened)
    paint(opened, object_id, 2, square(2))
    opened.go_on(RunRequest(engine="copy"))
    qtbot.waitUntil(lambda: opened.runner.active is None)
    assert (shown(opened, 7)[object_id].mask.decode() == square(2)).all()
    assert not opened.runner.stretches(RunRequest(engine="copy")), "nothing is stale"


@pytest.mark.parametrize("end", ["cancel_run", "undo", "close"])
def test_a_run_that_waits_can_be_ended(qtbot, opened, end):
    object_id = paused(qtbot, opened)
    if end == "undo":
        opened.undo_stack.undo()
    else:
        getattr(opened, end)()
    qtbot.waitUntil(lambda: opened.runner.active is None)
    if end == "cancel_run":
        assert set(opened.project.proposals_of(object_id)) == {1, 2}
        run_and_wait(qtbot, opened)
        assert set(opened.project.proposals_of(object_id)) == set(range(1, N_FRAMES))


def test_a_run_decodes_no_picture_that_is_at_hand(qtbot, opened, monkeypatch):
    object_id = opened.add_object()
    paint(opened, object_id, 0, square(0))
    qtbot.waitUntil(lambda: all(opened.picture(frame) is not None for frame in range(N_FRAMES)))
    pictures, decoded = opened.cached_pictures, []
    assert pictures(3).image is opened.picture(3).image
    real = FrameReader.read
    monkeypatch.setattr(
        FrameReader, "read", lambda self, frame, *more: decoded.append(frame) or real(self, frame, *more)
    )
    run_and_wait(qtbot, opened, RunRequest(engine="flow", quality="draft"))
    assert decoded == [] and not opened.project.is_stale(object_id, N_FRAMES - 1)
    opened.close()
    assert pictures(3) is None, "a run that is still ending never sees pictures of another clip"


def test_undoing_an_added_object_selects_what_was_selected_before(opened):
    first, second, third = (opened.add_object() for _ in range(3))
    opened.view.object_id = first
    opened.undo_stack.undo()
    assert opened.view.object_id == first
    opened.view.object_id = second
    opened.undo_stack.undo()
    assert opened.view.object_id == first
    opened.undo_stack.undo()
    assert opened.view.object_id is None
    opened.undo_stack.redo()
    assert opened.view.object_id == first and third not in opened.project.objects


def test_a_copy_of_the_open_clip_is_told_to_be_one(qtbot, opened, clip_folder, tmp_path):
    copy = shutil.copytree(clip_folder, tmp_path / "copy")
    with qtbot.waitSignal(opened.failed) as told:
        opened.open(copy)
    assert f"copy shows the same pictures as {clip_folder.name}" in str(told.args[0])
    opened.close()
    open_and_wait(qtbot, opened, copy)
