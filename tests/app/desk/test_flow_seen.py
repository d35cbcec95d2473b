"""Flow in the window: of the newest pair of frames only, on a thread of its own."""

import pytest

from app.desk.workspace import Workspace
from app.errors import UserError
from tests.app.clips import write_frames
from tests.app.flowing import PretendFinder
from tests.app.inspecting import PretendInspector


@pytest.fixture
def made():
    return []


@pytest.fixture
def workspace(qtbot, tmp_path, made):
    workspace = Workspace()
    workspace.inspection.make_inspector = PretendInspector

    def make(clip, weights):
        made.append(PretendFinder(clip, weights))
        return made[-1]

    workspace.flow_seen.make_finder = make
    with qtbot.waitSignal(workspace.frame_ready):
        workspace.open(write_frames(tmp_path / "clip", 6))
    workspace.view.other_offset = 2
    workspace.view.tool = "inspect"
    yield workspace
    assert workspace.shut_down(even_unsaved=True)
    assert all(finder.is_closed for finder in made)


def test_nothing_is_worked_out_before_it_is_looked_at(qtbot, workspace, made):
    qtbot.waitUntil(lambda: workspace.inspection.is_ready)
    assert made == [] and workspace.flow_seen.found is None
    workspace.view.flow_look = "arrows"
    qtbot.waitUntil(lambda: workspace.flow_seen.found is not None)
    assert (workspace.flow_seen.found.flow.frame, workspace.flow_seen.found.flow.other) == (0, 2)
    assert made[0].threads == {"lane flow"}


def test_another_frame_overtakes_and_going_back_asks_nothing(qtbot, workspace, made):
    seen = workspace.flow_seen
    workspace.view.flow_look = "colours"
    qtbot.waitUntil(lambda: seen.found is not None)
    made[0].gate.clear()
    workspace.view.frame = 1
    assert seen.found is None
    qtbot.waitUntil(lambda: seen.share_done == 0.5)
    workspace.view.frame = 2
    qtbot.waitUntil(lambda: made[0].asked[-1] == (2, 4))
    made[0].gate.set()
    qtbot.waitUntil(lambda: seen.found is not None)
    assert seen.found.flow.frame == 2
    workspace.view.frame = 0
    assert seen.found.flow.frame == 0
    assert made[0].asked == [(0, 2), (1, 3), (2, 4)]


def test_it_ends_with_the_tool_and_while_the_clip_plays(qtbot, workspace):
    workspace.view.flow_look = "swipe"
    qtbot.waitUntil(lambda: workspace.flow_seen.found is not None)
    workspace.view.is_playing = True
    assert workspace.flow_seen.found is None
    workspace.view.is_playing = False
    assert workspace.flow_seen.found is not None
    workspace.view.tool = "brush"
    assert not workspace.flow_seen.is_on and workspace.flow_seen.found is None


def test_why_there_is_none_is_told(qtbot, workspace):
    def refuse(_clip, _weights):
        raise UserError("There are no weights", "bring some in")

    workspace.flow_seen.make_finder = refuse
    workspace.view.flow_look = "beside"
    qtbot.waitUntil(lambda: workspace.flow_seen.why_not == "There are no weights: bring some in.")
    workspace.view.flow_look = "off"
    assert workspace.flow_seen.why_not == ""
