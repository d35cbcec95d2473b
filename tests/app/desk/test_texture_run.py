"""Runs of textures: paint goes with the surface, between paintings one fades into the other, corrections hold.

The clip is a square that moves two pixels a frame; paint on it has to do so too. The engine is the real one.
"""

from dataclasses import replace

import numpy as np
import pytest

from app.desk.run_request import RunRequest
from app.media.clip import open_clip
from app.project import paint_verbs, verbs
from app.project.clip_location import record_of
from app.project.model import Kind, Provenance, RunState
from app.project.project import Project
from app.tasks.textures import Tailor, worn_on
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.sheets import Sheets
from tests.app.clips import HEIGHT, STEP, WIDTH, picture, square, write_frames

N_FRAMES, TEXTURE = 7, 1
RED, BLUE = (230, 30, 40), (20, 60, 230)


def paint(frame, colour=RED):
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[square(frame)] = (*colour, 255)
    return Painting.encode(rgba)


@pytest.fixture
def workspace(qtbot, tmp_path, bare_workspace):
    """A texture that is painted on the square on frame 0."""
    with qtbot.waitSignal(bare_workspace.frame_ready):
        bare_workspace.open(write_frames(tmp_path / "clip", N_FRAMES))
    bare_workspace.add_object(kind=Kind.TEXTURE)
    put(bare_workspace, 0)
    bare_workspace.rerunner.use(RunRequest())
    return bare_workspace


def put(workspace, frame, colour=RED):
    workspace.do(paint_verbs.paint_picture(workspace.project, TEXTURE, frame, paint(frame, colour)))


def wait(qtbot, workspace):
    qtbot.waitUntil(lambda: workspace.runner.active is None, timeout=60_000)


def run(qtbot, workspace, **how):
    workspace.start_run(RunRequest(**how))
    wait(qtbot, workspace)


def sheets(workspace, frame):
    label, _ = workspace.shown(TEXTURE, frame)
    return workspace.project.content(label.mask_id)


def way(sheet):
    """Return how far the middle of a sheet has gone."""
    return np.median(sheet.vertices - sheet.rest, axis=0)


def dressed(workspace, frames):
    project = workspace.project
    tailor = Tailor(project.content, picture)
    return [tailor.dressed(frame, worn_on(project, frame), picture(frame)) for frame in frames]


def test_paint_goes_with_what_it_is_painted_on_in_one_step(qtbot, workspace):
    run(qtbot, workspace)
    project, last = workspace.project, workspace.runner.last
    assert project.runs[last.record.run_id].state is RunState.FINISHED
    assert sorted(project.proposals_of(TEXTURE)) == list(range(1, N_FRAMES))
    assert last.n_done == last.n_total and last.n_labels_done == last.n_labels == N_FRAMES - 1
    for frame in range(1, N_FRAMES):
        (sheet,) = sheets(workspace, frame).sheets
        assert way(sheet) == pytest.approx((STEP * frame, 0), abs=0.6)
        assert project.proposal(TEXTURE, frame).presence is Presence.VISIBLE
    for found in dressed(workspace, [0, 3]):
        true, shown = square(found.frame), found.layer[..., 3] > 128
        assert (true == shown).mean() > 0.98
        inner = true & np.roll(true, 3, 1) & np.roll(true, -3, 1)
        assert np.abs(found.image[inner].astype(int) - RED).mean() < 25
        assert np.array_equal(found.image[found.layer[..., 3] == 0], picture(found.frame)[found.layer[..., 3] == 0])
        rows, columns = np.nonzero(inner)
        assert np.abs(found.uv[inner] - np.stack([columns - STEP * found.frame, rows], 1)).max() < 1
        assert (found.source[inner] == 0).all() and (found.source[found.layer[..., 3] == 0] == -1).all()
    workspace.undo_stack.undo()
    assert not project.proposals_of(TEXTURE)
    workspace.undo_stack.redo()
    workspace.accept()
    assert len(project.labels_of(TEXTURE)) == N_FRAMES


def test_between_two_paintings_one_fades_into_the_other(qtbot, workspace):
    put(workspace, 6, BLUE)
    run(qtbot, workspace)
    counts = [[sheet.frame for sheet in sheets(workspace, frame).sheets] for frame in range(1, 6)]
    assert counts[0] == [0] and counts[-1] == [6]
    assert counts[2] == [0, 6]
    both = sheets(workspace, 3).sheets
    assert sum(sheet.share for sheet in both) == pytest.approx(1)
    assert way(both[0]) == pytest.approx((6, 0), abs=0.6) and way(both[1]) == pytest.approx((-6, 0), abs=0.6)
    (found,) = dressed(workspace, [3])
    colour = found.layer[22, 6 + 6 + 8, :3]
    assert 60 < colour[0] < 200 and 60 < colour[2] < 200, "half of each"


def test_a_corrected_mesh_holds_and_only_what_is_beside_it_is_run_again(qtbot, workspace):
    run(qtbot, workspace)
    before = {frame: workspace.project.proposal(TEXTURE, frame) for frame in range(1, N_FRAMES)}
    (sheet,) = sheets(workspace, 3).sheets
    corrected = Sheets.of([replace(sheet, vertices=sheet.vertices + np.float32([0, 5]))])
    workspace.do(paint_verbs.lay_sheets(workspace.project, TEXTURE, 3, corrected))
    wait(qtbot, workspace)
    project = workspace.project
    assert project.label(TEXTURE, 3).provenance is Provenance.ANCHOR and sheets(workspace, 3) == corrected
    assert not any(project.is_stale(TEXTURE, frame) for frame in range(N_FRAMES))
    (near,) = sheets(workspace, 2).sheets
    assert way(near) == pytest.approx((2 * STEP, 2.5), abs=3.2), "between the picture's word and the person's"
    workspace.undo_stack.undo()
    assert {frame: project.proposal(TEXTURE, frame) for frame in range(1, N_FRAMES)} == before


def test_nothing_is_carried_across_a_frame_on_which_it_is_not(qtbot, workspace):
    workspace.do(verbs.set_presence(workspace.project, TEXTURE, 3, Presence.OCCLUDED))
    run(qtbot, workspace)
    assert sheets(workspace, 2).sheets and sheets(workspace, 4).is_nothing
    assert workspace.project.proposal(TEXTURE, 4).presence is not Presence.VISIBLE
    assert not dressed(workspace, [4])[0].layer.any()


def test_paint_that_is_changed_shows_on_all_frames_at_once(qtbot, workspace):
    workspace.rerunner.forget()
    workspace.view.rerun = False
    run(qtbot, workspace)
    put(workspace, 0, BLUE)
    (found,) = dressed(workspace, [3])
    assert found.layer[22, 6 + 6 + 8, 2] > 150, "blue"
    assert workspace.project.is_stale(TEXTURE, 3), "what is painted may be larger now"


def test_an_engine_for_masks_alone_leaves_textures_out(qtbot, workspace):
    assert workspace.runner.object_ids(RunRequest(engine="copy")) == ()
    assert workspace.runner.object_ids(RunRequest()) == (TEXTURE,)


def test_the_command_line_carries_them_into_a_copy(tmp_path, capsys):
    from main import main

    clip = open_clip(write_frames(tmp_path / "clip", 4))
    path = tmp_path / "work.throughline"
    with Project.create(path, record_of(clip, path)) as project:
        project.apply(verbs.add_object(project, kind=Kind.TEXTURE))
        project.apply(paint_verbs.paint_picture(project, TEXTURE, 1, paint(1)))
    assert main(["propagate", str(path), "--scope", "missing", "--out", str(tmp_path / "new"), "--quiet"]) == 0
    with Project.open(tmp_path / "new.throughline") as project:
        assert sorted(project.proposals_of(TEXTURE)) == [0, 2, 3]
        (sheet,) = project.content(project.proposal(TEXTURE, 0).mask_id).sheets
        assert way(sheet) == pytest.approx((-STEP, 0), abs=0.6)
