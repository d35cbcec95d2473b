"""Inspecting without a window: what is asked and shown when the pointer, the frames and the tool change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.workspace import Workspace
from app.errors import UserError
from app.project import verbs
from app.tasks.inspect import Point, other_frame
from engines.labels.rle import RleMask
from tests.app.clips import write_frames
from tests.app.inspecting import CYCLE_PX, STEP_PX, PretendInspector

N_FRAMES = 12


@pytest.fixture
def workspace(qtbot, tmp_path):
    made = Workspace()
    made.inspection.made = []

    def make(clip, weights):
        made.inspection.made.append(PretendInspector(clip, weights))
        return made.inspection.made[-1]

    made.inspection.make_inspector = make
    with qtbot.waitSignal(made.frame_ready):
        made.open(write_frames(tmp_path / "clip", N_FRAMES))
    made.view.other_offset = 4
    made.view.tool = "inspect"
    qtbot.waitUntil(lambda: made.inspection.is_ready)
    yield made
    for inspector in made.inspection.made:
        inspector.gate.set()
        inspector.way_gate.set()
    assert made.shut_down(even_unsaved=True)


@pytest.fixture
def inspection(workspace):
    return workspace.inspection


@pytest.fixture
def inspector(inspection):
    return inspection.made[0]


def looks(inspector):
    return [(question[1], question[2]) for question in inspector.asked if question[0] == "look"]


def answered(inspection, x, y=20.0):
    """Return a condition: the way of a point in that column is there."""
    return lambda: (
        inspection.way is not None and inspection.way.point.x == x and inspection.sighting.point == inspection.way.point
    )


def test_taking_the_tool_prepares_both_frames_on_a_thread_of_its_own(inspector, inspection):
    assert inspector.asked == [("prepare", (0, 4))]
    assert inspector.threads == {"lane inspect"}
    assert inspection.other == 4


def test_a_point_here_is_found_there_with_its_way(qtbot, inspection, inspector):
    inspection.hover("here", 10.0, 20.0)
    qtbot.waitUntil(answered(inspection, 10.0))
    assert inspection.sighting.point == Point(0, 10.0, 20.0)
    assert inspection.sighting.other == 4
    assert inspection.sighting.matches[0].x == 10.0 + 4 * STEP_PX
    assert [at.frame for at in inspection.way.there] == [0, 1, 2, 3, 4]
    assert [at.frame for at in inspection.way.back] == [4, 3, 2, 1, 0]
    assert inspection.way.cycle_px == pytest.approx(CYCLE_PX)


def test_a_point_there_is_found_here(qtbot, inspection):
    inspection.hover("there", 30.0, 20.0)
    qtbot.waitUntil(answered(inspection, 30.0))
    assert (inspection.sighting.point.frame, inspection.sighting.other) == (4, 0)


def test_the_newest_question_wins(qtbot, inspection, inspector):
    inspector.gate.clear()
    for x in range(1, 30):
        inspection.hover("here", float(x), 20.0)
    inspector.gate.set()
    qtbot.waitUntil(answered(inspection, 29.0))
    assert [point.x for point, _ in looks(inspector)] == [1.0, 29.0]


def test_a_slow_path_is_given_up_for_a_newer_point(qtbot, inspection, inspector):
    inspector.way_gate.clear()
    inspection.hover("here", 5.0, 20.0)
    qtbot.waitUntil(lambda: inspection.sighting is not None and inspection.sighting.point.x == 5.0)
    inspection.hover("here", 6.0, 20.0)
    qtbot.waitUntil(lambda: inspection.sighting.point.x == 6.0)
    assert inspection.way is None
    inspector.way_gate.set()
    qtbot.waitUntil(answered(inspection, 6.0))


def test_answers_about_frames_no_longer_shown_are_dropped(qtbot, workspace, inspection, inspector):
    inspector.gate.clear()
    inspection.hover("here", 10.0, 20.0)
    qtbot.waitUntil(lambda: len(looks(inspector)) == 1)
    seen = []
    inspection.changed.connect(lambda: seen.append(inspection.sighting and inspection.sighting.point.frame))
    workspace.view.frame = 3
    inspector.gate.set()
    qtbot.waitUntil(lambda: inspection.way is not None)
    assert inspection.sighting.point == Point(3, 10.0, 20.0)
    assert 0 not in seen


def test_scrubbing_asks_again_at_the_same_place(qtbot, workspace, inspection):
    inspection.hover("here", 10.0, 20.0)
    qtbot.waitUntil(answered(inspection, 10.0))
    workspace.view.frame = 2
    assert inspection.sighting is None
    assert inspection.other == 6
    qtbot.waitUntil(answered(inspection, 10.0))
    assert (inspection.sighting.point.frame, inspection.sighting.other) == (2, 6)


def test_a_held_point_stays(qtbot, inspection):
    inspection.hold("here", 10.0, 20.0)
    inspection.hover("here", 50.0, 20.0)
    inspection.leave()
    qtbot.waitUntil(answered(inspection, 10.0))
    inspection.hold("there", 30.0, 20.0)  # lets go
    inspection.hover("there", 31.0, 20.0)
    qtbot.waitUntil(answered(inspection, 31.0))
    inspection.leave()
    assert inspection.pointed is None
    assert inspection.sighting is None


def test_outside_the_picture_there_is_nothing_to_find(qtbot, inspection, inspector):
    inspection.hover("here", 10.0, 20.0)
    qtbot.waitUntil(answered(inspection, 10.0))
    for x, y in [(-0.6, 20.0), (10.0, 47.6), (63.6, 20.0)]:
        inspection.hover("here", x, y)
        assert inspection.sighting is None
    assert len(looks(inspector)) == 1


def test_nothing_is_asked_while_it_plays(qtbot, workspace, inspection, inspector):
    workspace.view.is_playing = True
    inspection.hover("here", 10.0, 20.0)
    assert inspection.sighting is None
    assert looks(inspector) == []
    workspace.view.is_playing = False
    qtbot.waitUntil(answered(inspection, 10.0))


def test_colours_come_for_both_frames_and_are_kept(qtbot, workspace, inspection, inspector):
    assert inspection.colours_of("here") is None
    workspace.view.feature_colours = True
    qtbot.waitUntil(lambda: inspection.colours_of("here") is not None and inspection.colours_of("there") is not None)
    assert (inspection.colours_of("here").frame, inspection.colours_of("there").frame) == (0, 4)
    workspace.view.feature_colours = False
    assert inspection.colours_of("here") is None
    workspace.view.feature_colours = True
    assert inspection.colours_of("here") is not None
    assert [question for question in inspector.asked if question[0] == "colours"] == [("colours", 0), ("colours", 4)]


def test_what_cannot_be_is_told_once_and_tried_again_with_the_tool(qtbot, workspace, inspection):
    def refuse(_clip, _weights):
        raise UserError("No weights are called small", "train some")

    workspace.view.tool = "brush"
    workspace.inspection.make_inspector = refuse
    with qtbot.waitSignal(workspace.frame_ready):
        workspace.open(write_frames(workspace.clip.path.parent / "again", 3))
    workspace.view.tool = "inspect"
    qtbot.waitUntil(lambda: inspection.why_not != "")
    assert inspection.why_not == "No weights are called small: train some."
    inspection.hover("here", 10.0, 20.0)
    assert inspection.sighting is None
    inspection.make_inspector = PretendInspector
    workspace.view.tool = "brush"
    workspace.view.tool = "inspect"
    assert inspection.why_not == ""
    inspection.hover("here", 10.0, 20.0)
    qtbot.waitUntil(answered(inspection, 10.0))


def test_putting_the_tool_away_ends_it(qtbot, workspace, inspection, inspector):
    inspection.hover("here", 10.0, 20.0)
    qtbot.waitUntil(answered(inspection, 10.0))
    workspace.view.tool = "brush"
    assert (inspection.pointed, inspection.sighting, inspection.way, inspection.other) == (None, None, None, None)
    inspection.hover("here", 11.0, 20.0)
    assert inspection.pointed is None


def test_another_clip_gets_another_inspector(qtbot, workspace, inspection, inspector, tmp_path):
    with qtbot.waitSignal(workspace.frame_ready):
        workspace.open(write_frames(tmp_path / "other", 5))
    qtbot.waitUntil(lambda: inspection.is_ready)
    assert inspector.is_closed
    assert len(inspection.made) == 2
    assert inspection.other == 4


def test_other_weights_get_another_inspector_and_another_answer(qtbot, workspace, inspection, inspector):
    inspection.hold("here", 10.0, 20.0)
    qtbot.waitUntil(answered(inspection, 10.0))
    inspection.use("large")
    assert inspection.sighting is None
    qtbot.waitUntil(answered(inspection, 10.0))
    assert inspector.is_closed
    assert [made.weights for made in inspection.made] == ["", "large"]


def test_the_other_picture_is_read(qtbot, workspace, inspection):
    brought = []
    inspection.picture_ready.connect(lambda frame, _picture: brought.append(frame))
    workspace.view.other_mode, workspace.view.other_pinned = "pinned", 11
    qtbot.waitUntil(lambda: inspection.picture() is not None)
    assert inspection.other == 11
    assert set(brought) <= {4, 11}


def test_the_nearest_anchor_of_the_selected_object(workspace, inspection):
    workspace.view.other_mode = "anchor"
    assert inspection.other is None
    object_id = workspace.add_object()
    mask = RleMask.encode(np.ones((48, 64), bool))
    workspace.do(verbs.paint_mask(workspace.project, object_id, 7, mask))
    assert inspection.other == 7
    workspace.undo_stack.undo()
    assert inspection.other is None


def test_with_no_torch_asked_for_nothing_starts(qtbot, tmp_path):
    made = Workspace()
    with qtbot.waitSignal(made.frame_ready):
        made.open(write_frames(tmp_path / "clip", 2))
    made.inspection.hover("here", 10.0, 10.0)
    assert made.inspection.pointed is None
    assert not made.inspection._worker.has_begun
    assert made.shut_down(even_unsaved=True)


@given(
    n_frames=st.integers(1, 50),
    frame=st.integers(0, 49),
    offset=st.integers(-60, 60),
    pinned=st.integers(-5, 60),
)
def test_the_other_frame_exists(n_frames, frame, offset, pinned):
    frame = min(frame, n_frames - 1)
    other = other_frame(frame, n_frames, "offset", offset, pinned, [])
    assert 0 <= other < n_frames
    if 0 <= frame + offset < n_frames:
        assert other == frame + offset
    assert other_frame(frame, n_frames, "pinned", offset, pinned, []) == min(max(pinned, 0), n_frames - 1)
    assert other_frame(frame, n_frames, "anchor", offset, pinned, [frame]) is None
