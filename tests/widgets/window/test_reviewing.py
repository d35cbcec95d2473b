"""Reviewing in the whole window, by its keys and buttons: compare, step through what is unsure, accept, refuse."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton

from app.desk.run_request import RunRequest
from app.project import verbs
from engines.labels.rle import RleMask
from tests.gestures import drag

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def proposed(opened, qtbot):
    """The window with an object painted on frame 0 and proposed on the other seven."""
    workspace = opened.workspace
    mask = np.zeros((48, 64), bool)
    mask[8:30, 10:40] = True
    object_id = workspace.add_object()
    workspace.do(verbs.paint_mask(workspace.project, object_id, 0, RleMask.encode(mask)))
    workspace.start_run(RunRequest(engine="copy"))
    qtbot.waitUntil(lambda: workspace.runner.active is None, timeout=60_000)  # its lane loads the default engine first
    workspace.view.unsure_below = 1.0
    qtbot.waitUntil(lambda: bool(opened.review_list.entries))
    opened.action_set.refresh_now()
    return opened


def button(window, text):
    return next(each for each in window.review_panel.findChildren(QPushButton) if each.text() == text)


def test_keys_choose_how_to_compare_and_the_buttons_show_it(proposed, qtbot):
    view = proposed.workspace.view
    for key, way in ((Qt.Key.Key_W, "swipe"), (Qt.Key.Key_A, "blink"), (Qt.Key.Key_D, "difference")):
        qtbot.keyClick(proposed, key)
        assert (view.tool, view.compare_by) == ("compare", way)
        proposed.action_set.refresh_now()
        checked = [text for text in ("Swipe", "Blink", "Difference") if button(proposed, text).isChecked()]
        assert checked == [way.capitalize()]
    qtbot.keyClick(proposed, Qt.Key.Key_A)
    proposed.canvas.layers.comparison.timer.stop()  # on a slow machine it would come in between
    was = view.shows_before
    qtbot.keyClick(proposed, Qt.Key.Key_A)
    assert view.shows_before != was
    qtbot.keyClick(proposed, Qt.Key.Key_B)
    proposed.action_set.refresh_now()
    assert view.tool == "brush" and not button(proposed, "Blink").isChecked()
    qtbot.mouseClick(button(proposed, "Swipe"), Qt.MouseButton.LeftButton)
    proposed.action_set.refresh_now()
    qtbot.mouseClick(button(proposed, "Swipe"), Qt.MouseButton.LeftButton)
    proposed.action_set.refresh_now()
    assert (view.tool, view.compare_by) == ("compare", "swipe") and button(proposed, "Swipe").isChecked()


def test_a_comparison_stays_on_while_verdicts_are_given(proposed, qtbot):
    workspace, canvas = proposed.workspace, proposed.canvas
    qtbot.keyClick(proposed, Qt.Key.Key_D)
    qtbot.keyClick(proposed, Qt.Key.Key_U)
    frame = workspace.view.frame
    assert frame == proposed.review_list.entries[0][1]
    qtbot.waitUntil(lambda: canvas.shown_frame == frame)
    assert [found.added.area for found in canvas.layers.comparison.differences] == [22 * 30]
    proposed.action_set.refresh_now()
    qtbot.keyClick(proposed, Qt.Key.Key_Y)
    assert workspace.project.label(1, frame) is not None and not canvas.layers.comparison.differences
    assert canvas.layers.comparison.is_on


def test_a_key_goes_where_one_more_anchor_is_worth_most(proposed, qtbot):
    frame = proposed.review_list.suggestions[0][1].frame
    proposed.workspace.view.frame = 0
    qtbot.keyClick(proposed, Qt.Key.Key_J)
    assert proposed.workspace.view.frame == frame != 0
    assert proposed.review_panel.suggested.isEnabled()


def test_frames_chosen_on_the_timeline_are_refused_by_key_and_undone_bit_for_bit(proposed, qtbot):
    workspace, timeline = proposed.workspace, proposed.timeline
    place = {frame: timeline.axis.centre_of(frame) + 148 for frame in (2, 4)}
    y = timeline.layout_now.lane_top(0) + 12
    viewport = timeline.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, SHIFT, QPoint(round(place[2]), y))
    timeline._hand.move(QPoint(round(place[4]), y).toPointF())
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, SHIFT, QPoint(round(place[4]), y))
    assert workspace.view.range == (2, 4)
    before = dict(workspace.project.labels_of(1)), dict(workspace.project.proposals_of(1))
    proposed.action_set.refresh_now()
    qtbot.keyClick(proposed, Qt.Key.Key_X, ALT)
    assert set(workspace.project.proposals_of(1)) == {1, 5, 6, 7}
    qtbot.keyClick(proposed, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (dict(workspace.project.labels_of(1)), dict(workspace.project.proposals_of(1))) == before


def test_a_paused_run_goes_on_by_the_key_that_started_it(proposed, qtbot):
    workspace = proposed.workspace
    workspace.reject()
    proposed.plan.choose("engine", "copy")
    proposed.run_panel.pause_box.setValue(3)
    proposed.action_set.refresh_now()
    qtbot.keyClick(proposed, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: proposed.plan.is_paused and proposed.action_set["run"].text() == "Go on with the run")
    qtbot.waitUntil(lambda: set(workspace.project.proposals_of(1)) == {1, 2, 3})
    qtbot.keyClick(proposed, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: proposed.plan.is_paused and len(workspace.project.proposals_of(1)) == 6)
    proposed.action_set.refresh_now()
    qtbot.keyClick(proposed, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: workspace.runner.active is None)


def test_the_swipe_is_dragged_in_the_window(proposed, qtbot):
    proposed.workspace.request_frame(3)
    qtbot.waitUntil(lambda: proposed.canvas.shown_frame == 3)
    qtbot.keyClick(proposed, Qt.Key.Key_C)
    drag(proposed.canvas, [(32, 10), (15.5, 10)])
    assert proposed.workspace.view.swipe_at == pytest.approx(0.25)
