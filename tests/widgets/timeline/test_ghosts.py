"""Lanes of tubes that nobody has accepted: below the objects, and the mouse on them."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from app.desk.proposing_ghosts import Ghost
from tests.app.finding import findings
from tests.widgets.timeline.test_view import CTRL, LEFT, at, drag, lane_y, send, timeline
from tests.widgets.tubes import give_mask, put_tubes
from widgets.timeline.layout import HEADER_W
from widgets.timeline.track import Cell

__all__ = ["findings", "timeline"]  # fixtures


@pytest.fixture
def tubes(timeline, workspace):
    """Three tubes below one object, which has the first lane."""
    workspace.add("car")
    return put_tubes(workspace)


def header(lane):
    return QPointF(HEADER_W / 2, lane_y(lane))


def test_tubes_have_lanes_below_the_objects_as_many_as_are_asked_for(timeline, workspace, tubes):
    assert [type(each) for each in timeline.lanes[1:]] == [Ghost] * 3
    assert timeline.layout_now.n_lanes == 4
    workspace.view.most_tubes = 1
    assert timeline.lanes[1:] == [tubes[0]]


def test_the_bar_shows_where_a_tube_has_boxes(tubes):
    from widgets.timeline.ghosts import track_of

    track = track_of(tubes[1])
    assert track.cells.tolist() == [Cell.MISSING] * 20 + [Cell.PROPOSED] * 20
    assert track.confidence[30] == pytest.approx(0.6)


def test_all_of_it_can_be_painted_with_and_without_a_picture(timeline, workspace, tubes):
    before = timeline.grab().toImage()
    workspace.proposer.ghosts.pixels(tubes[0]).thumbnail = None
    workspace.proposer.ghosts.select((tubes[1].ghost_id,))
    assert timeline.grab().toImage() != before


def test_the_pointer_on_a_lane_shows_its_tube_and_tells_of_it(timeline, workspace, tubes):
    told = []
    timeline.hovered.connect(told.append)
    send(timeline, QEvent.Type.MouseMove, at(timeline, 5, lane_y(2)))
    assert workspace.proposer.ghosts.pointed == tubes[1].ghost_id
    assert told[-1].startswith("Tube 2") and told[-1].endswith("not here, score 0.60")
    send(timeline, QEvent.Type.MouseMove, at(timeline, 30, lane_y(2)))
    assert "box, no mask yet" in told[-1]
    give_mask(workspace, tubes[1], 30)
    send(timeline, QEvent.Type.MouseMove, at(timeline, 30, lane_y(2)))
    assert ": mask" in told[-1]
    QApplication.sendEvent(timeline.viewport(), QEvent(QEvent.Type.Leave))
    assert workspace.proposer.ghosts.pointed is None


def test_a_click_in_the_header_goes_to_the_best_frame_one_in_the_lane_to_that_frame(timeline, workspace, tubes):
    drag(timeline, [header(2)])
    assert workspace.proposer.ghosts.selected == (tubes[1].ghost_id,)
    assert workspace.view.frame == tubes[1].tube.best_frame == 30
    drag(timeline, [at(timeline, 7, lane_y(1))])
    assert workspace.proposer.ghosts.selected == (tubes[0].ghost_id,)
    assert workspace.view.frame == 7


def test_ctrl_and_click_selects_one_more_and_one_less(timeline, workspace, tubes):
    ghosts = workspace.proposer.ghosts
    drag(timeline, [header(1)])
    drag(timeline, [header(3)], modifiers=CTRL)
    assert ghosts.selected == (tubes[0].ghost_id, tubes[2].ghost_id)
    drag(timeline, [header(1)], modifiers=CTRL)
    assert ghosts.selected == (tubes[2].ghost_id,)


def test_an_objects_lane_selects_the_object_as_before(timeline, workspace, tubes):
    workspace.view.object_id = None
    drag(timeline, [header(0)])
    assert workspace.view.object_id == timeline.objects[0].object_id
    assert workspace.proposer.ghosts.selected == ()


def test_a_double_click_makes_the_masks(timeline, workspace, tubes, findings, qtbot):
    drag(timeline, [header(3)])
    send(timeline, QEvent.Type.MouseButtonDblClick, header(3), LEFT, LEFT)
    qtbot.waitUntil(lambda: not workspace.proposer.is_busy)
    assert sorted(findings.masked) == list(range(9))


def test_the_right_button_asks_for_the_tubes_menu_there_and_the_objects_elsewhere(timeline, workspace, tubes):
    asked = []
    timeline.menu_requested.connect(lambda _place: asked.append("object"))
    timeline.ghost_menu_requested.connect(lambda _place: asked.append("tube"))
    for lane in (0, 2):
        place = at(timeline, 3, lane_y(lane)).toPoint()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, QPoint(9, 9))
        QApplication.sendEvent(timeline.viewport(), event)
    assert asked == ["object", "tube"]


def test_the_selected_lane_comes_into_view(timeline, workspace, tubes, qtbot):
    timeline.resize(timeline.width(), 100)
    workspace.proposer.ghosts.go_to(tubes[2].ghost_id)
    assert timeline.verticalScrollBar().value() > 0
    workspace.close()
    assert timeline.lanes == []
    assert timeline.cursor().shape() != Qt.CursorShape.ClosedHandCursor
