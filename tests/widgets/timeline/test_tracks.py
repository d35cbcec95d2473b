"""Tracks follow the project: every change, undone too, and in slices when there is much to read."""

import random

import numpy as np
import pytest

from app.project import pending, verbs
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from widgets.timeline import tracks as tracks_module
from widgets.timeline.track import Cell
from widgets.timeline.tracks import Tracks


@pytest.fixture
def tracks(workspace):
    return Tracks(workspace)


def assert_true_to(tracks, workspace):
    """Compare every cell with what the workspace says of it."""
    project = workspace.project
    assert [object_id for object_id, _ in tracks.items()] == list(project.objects)
    for object_id, track in tracks.items():
        for frame in range(workspace.clip.n_frames):
            shown = workspace.shown(object_id, frame)
            assert (track.cells[frame] == Cell.MISSING) == (shown is None)
            if shown is not None:
                label, is_proposal = shown
                assert (track.cells[frame] == Cell.PROPOSED) == is_proposal
                assert track.confidence[frame] == pytest.approx(label.confidence)
                assert track.stale[frame] == project.is_label_stale(object_id, frame, label)


def test_tracks_stay_true_through_edits_runs_reviews_and_undo(workspace, tracks, qtbot):
    first, second = workspace.add("car"), workspace.add("tree")
    workspace.anchor(first, 3)
    workspace.anchor(first, 30)
    workspace.anchor(second, 10)
    workspace.run(qtbot)
    assert_true_to(tracks, workspace)
    workspace.accept((first,), range(20))
    workspace.anchor(first, 17, left=9)
    assert_true_to(tracks, workspace)
    assert tracks.of(first).stale[4:17].all() and not tracks.of(first).stale[:3].any()
    workspace.reject()
    workspace.do(verbs.delete_object(workspace.project, second))
    assert tracks.of(second) is None
    assert_true_to(tracks, workspace)
    dice = random.Random(1)
    for _ in range(30):
        dice.choice((workspace.undo_stack.undo, workspace.undo_stack.redo))()
        assert_true_to(tracks, workspace)


@pytest.mark.parametrize("scope", ["missing", "all"])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_what_is_to_be_run_is_what_the_project_says(workspace, tracks, qtbot, scope, direction):
    dice = random.Random(direction + scope)
    ids = [workspace.add(name) for name in ("car", "tree", "bare")]
    for _ in range(6):
        workspace.anchor(dice.choice(ids[:2]), dice.randrange(40), left=dice.randrange(20))
        if dice.random() < 0.5:
            workspace.run(qtbot, direction=direction, frames=(5, 30))
        workspace.anchor(ids[0], dice.randrange(40), left=dice.randrange(20))
        first, last = sorted((dice.randrange(40), dice.randrange(40)))
        frames = range(first, last + 1)
        expected = pending.stretches(workspace.project, ids, frames, direction, scope)
        found = [
            stretch
            for object_id, track in tracks.items()
            for stretch in track.stretches(object_id, frames, direction, scope)
        ]
        assert found == list(expected)


def test_not_here_is_an_anchor_of_its_own_kind(workspace, tracks):
    object_id = workspace.add("car")
    workspace.do(verbs.paint_mask(workspace.project, object_id, 5, RleMask.empty(64, 48)))
    assert tracks.of(object_id).cells[5] == Cell.ANCHOR
    assert tracks.of(object_id).presence(5) is Presence.OUT_OF_FRAME


def test_much_is_read_in_slices_between_which_the_window_lives(workspace, monkeypatch, qtbot):
    object_id = workspace.add("car")
    workspace.anchor(object_id, 0)
    workspace.run(qtbot)
    monkeypatch.setattr(tracks_module, "SLICE_FRAMES", 7)
    tracks = Tracks(workspace)
    assert tracks.is_reading
    assert np.count_nonzero(tracks.of(object_id).cells) == 7
    qtbot.waitUntil(lambda: not tracks.is_reading)
    assert_true_to(tracks, workspace)
