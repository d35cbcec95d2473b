"""Runs of colour: an anchor's colours go both ways, later anchors count, and a run is a proposal as any other."""

import cv2
import numpy as np
import pytest
from PIL import Image

from app.desk.run_request import RunRequest
from app.project import paint_verbs
from app.project.anchors import paint_anchors
from app.project.model import Kind, Provenance, RunState
from engines.cie_lab import to_lab
from engines.colour.reference import grey_of
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.training.pictures import load_picture

N_FRAMES, WIDTH, HEIGHT, COLOUR = 5, 96, 72, 1


def true(frame):
    whole = cv2.resize(load_picture("coffee"), (130, 90), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(whole[10 : 10 + HEIGHT, 3 * frame : 3 * frame + WIDTH])


@pytest.fixture
def workspace(qtbot, tmp_path, bare_workspace):
    """A grey film of five frames, the middle one in colour."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for frame in range(N_FRAMES):
        Image.fromarray(grey_of(true(frame))).save(folder / f"{frame:05d}.png")
    with qtbot.waitSignal(bare_workspace.frame_ready):
        bare_workspace.open(folder)
    bare_workspace.add_object(kind=Kind.COLOUR)
    put(bare_workspace, 2, true(2))
    return bare_workspace


def put(workspace, frame, image):
    painting = Painting.encode(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA))
    workspace.do(paint_verbs.paint_picture(workspace.project, COLOUR, frame, painting))


def run(qtbot, workspace, **how):
    workspace.start_run(RunRequest(quality="draft", **how))
    qtbot.waitUntil(lambda: workspace.runner.active is None, timeout=60_000)


def chroma(workspace, frame):
    label, _ = workspace.shown(COLOUR, frame)
    content = workspace.project.content(label.mask_id)
    assert isinstance(content, ChromaMap)
    return cv2.resize(content.decode()[0], (WIDTH, HEIGHT))


def test_colours_go_both_ways_and_are_a_proposal_in_one_step(qtbot, workspace):
    n_steps = workspace.undo_stack.count()
    run(qtbot, workspace)
    assert workspace.runner.last.record.run_id in workspace.project.runs
    assert workspace.project.runs[1].state is RunState.FINISHED
    assert workspace.runner.last.n_done == workspace.runner.last.n_total
    for frame in (0, 1, 3, 4):
        label, is_proposal = workspace.shown(COLOUR, frame)
        assert is_proposal and label.provenance is Provenance.DERIVED and label.confidence > 0.7
        wanted = to_lab(true(frame))[..., 1:]
        assert np.sqrt(np.mean((chroma(workspace, frame) - wanted) ** 2)) < 0.5 * np.sqrt(np.mean(wanted**2))
    assert workspace.undo_stack.count() == n_steps + 1
    workspace.undo_stack.undo()
    assert workspace.shown(COLOUR, 0) is None


def test_a_later_anchor_renews_what_lies_beside_it(qtbot, workspace):
    run(qtbot, workspace)
    before = chroma(workspace, 4)
    put(workspace, 3, np.ascontiguousarray(true(3)[..., ::-1]))  # red and blue exchanged
    assert workspace.project.is_stale(COLOUR, 4) and not workspace.project.is_stale(COLOUR, 1)
    run(qtbot, workspace)
    assert not workspace.project.is_stale(COLOUR, 4)
    after = chroma(workspace, 4)
    assert before[..., 1].mean() > 5 > -5 > after[..., 1].mean()


def test_in_one_direction_earlier_frames_stay_as_they_are(qtbot, workspace):
    run(qtbot, workspace, direction="forward")
    assert workspace.shown(COLOUR, 0) is None and workspace.shown(COLOUR, 4) is not None


def test_an_accepted_frame_colours_others_too(qtbot, workspace):
    run(qtbot, workspace)
    workspace.accept()
    project = workspace.project
    assert isinstance(project.content(project.label(COLOUR, 1).mask_id), ChromaMap)
    (anchor,) = paint_anchors(project, [COLOUR])
    assert anchor.frame == 2


def test_an_engine_for_masks_leaves_colour_out(workspace):
    assert workspace.runner.object_ids(RunRequest(engine="copy")) == ()
    assert workspace.runner.object_ids(RunRequest()) == (COLOUR,)
