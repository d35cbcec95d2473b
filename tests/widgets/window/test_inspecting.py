"""The Inspect tool in the whole window: keys, the bar, and what is said."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.errors import UserError
from app.project import verbs
from engines.labels.rle import RleMask
from tests.app.flowing import PretendFinder
from tests.app.inspecting import PretendInspector
from tests.gestures import click, hover

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def inspecting(opened, qtbot):
    """The window with the Inspect tool, frame 0 compared with frame 3."""
    opened.workspace.inspection.make_inspector = PretendInspector
    opened.workspace.view.other_offset = 3
    qtbot.keyClick(opened, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: opened.workspace.inspection.is_ready)
    qtbot.waitUntil(lambda: opened.side_by_side.other_view.shown_frame == 3)
    return opened


def said(window):
    return window.side_by_side.words.text()


def test_the_other_frame_comes_and_goes_with_the_tool(inspecting, qtbot):
    parts = inspecting.side_by_side.bar, inspecting.side_by_side.other_view, inspecting.side_by_side.words
    assert all(part.isVisible() for part in parts)
    other, canvas = inspecting.side_by_side.other_view, inspecting.canvas
    assert abs(other.width() - canvas.width()) <= 2
    assert other.height() == canvas.height()
    qtbot.keyClick(inspecting, Qt.Key.Key_B)
    assert not any(part.isVisible() for part in parts)
    qtbot.keyClick(inspecting, Qt.Key.Key_Q)
    inspecting.files.close()
    qtbot.waitUntil(lambda: inspecting.workspace.clip is None)
    assert not any(part.isVisible() for part in parts)


def test_the_window_stays_as_narrow_as_it_was(make_window, clip_folder, qtbot):
    window = make_window((1100, 700))
    window.files.open_path(clip_folder)
    qtbot.waitUntil(lambda: window.workspace.clip is not None)
    window.workspace.inspection.make_inspector = PretendInspector
    qtbot.keyClick(window, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: window.workspace.inspection.is_ready)
    bar = window.side_by_side.bar
    assert window.size().toTuple() == (1100, 700)
    assert abs(window.side_by_side.other_view.width() - window.canvas.width()) <= 2
    assert all(bar.rect().contains(part.geometry().translated(part.parent().pos())) for part in (bar.flow, bar.opacity))


def test_what_was_found_is_said(inspecting, qtbot):
    assert said(inspecting).startswith("Move the pointer")
    hover(inspecting.canvas, 20, 24)
    qtbot.waitUntil(lambda: "There and back" in said(inspecting))
    assert said(inspecting) == (
        "(20, 24) of frame 0 is found at (26, 24) in frame 3 with 75% of the weight. "
        "There and back again it comes home, 3.0 px off, over 3 frames."
    )
    assert inspecting.status.hover_label.text().startswith("20, 24")
    hover(inspecting.side_by_side.other_view, 30, 24)
    qtbot.waitUntil(lambda: said(inspecting).startswith("(30, 24) of frame 3 is found at (24, 24) in frame 0"))
    assert inspecting.status.hover_label.text() == "30, 24 in frame 3"


def test_flow_and_the_pixel_are_both_told_of(inspecting, qtbot):
    flow_words = inspecting.side_by_side.flow_words
    assert not flow_words.isVisible()
    inspecting.workspace.flow_seen.make_finder = PretendFinder
    inspecting.workspace.view.flow_look = "beside"
    hover(inspecting.canvas, 20, 24)
    qtbot.waitUntil(lambda: flow_words.text() == "50% of frame 0 is surely found on frame 3.")
    qtbot.waitUntil(lambda: said(inspecting).startswith("(20, 24) of frame 0 is found at"))
    assert flow_words.isVisible()
    inspecting.workspace.view.flow_look = "off"
    assert not flow_words.isVisible()


def test_a_missing_encoder_says_what_to_do(opened, qtbot):
    def refuse(_clip, _weights):
        raise UserError("No weights are called small", "bring some in with `weights import FILE`")

    opened.workspace.inspection.make_inspector = refuse
    qtbot.keyClick(opened, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: said(opened) == "No weights are called small: bring some in with `weights import FILE`.")
    hover(opened.canvas, 20, 24)
    assert "weights import" in said(opened)


def test_loading_and_playing_are_said(opened, qtbot):
    made = []

    def make(clip, weights):
        made.append(PretendInspector(clip, weights))
        made[0].gate.clear()
        return made[0]

    opened.workspace.inspection.make_inspector = make
    qtbot.keyClick(opened, Qt.Key.Key_Q)
    assert said(opened) == "Loading the encoder…"
    qtbot.waitUntil(lambda: bool(made))
    made[0].gate.set()
    qtbot.waitUntil(lambda: said(opened).startswith("Move the pointer"))
    opened.workspace.view.is_playing = True
    assert said(opened) == "Stop playing to inspect."
    opened.workspace.view.is_playing = False
    assert said(opened).startswith("Move the pointer")


def test_keys_choose_the_other_frame(inspecting, qtbot):
    view, inspection, box = inspecting.workspace.view, inspecting.workspace.inspection, inspecting.side_by_side.bar
    inspecting.action_set.refresh_now()
    qtbot.keyClick(inspecting, Qt.Key.Key_Period)
    assert (view.other_offset, inspection.other) == (4, 4)
    assert box.frame_box.text() == "+4"
    qtbot.keyClick(inspecting, Qt.Key.Key_Comma)
    qtbot.keyClick(inspecting, Qt.Key.Key_Q, SHIFT)
    assert (view.other_mode, view.other_pinned) == ("pinned", 3)
    assert box.mode.value == "pinned"
    assert box.frame_box.text() == "3"
    qtbot.keyClick(inspecting, Qt.Key.Key_Right)
    assert (view.frame, inspection.other) == (1, 3)
    qtbot.keyClick(inspecting, Qt.Key.Key_Comma)
    assert (view.other_mode, inspection.other) == ("pinned", 2)
    qtbot.keyClick(inspecting, Qt.Key.Key_Q, SHIFT)
    assert (view.other_mode, inspection.other) == ("offset", 4)
    for _ in range(20):
        qtbot.keyClick(inspecting, Qt.Key.Key_Period)
    assert inspection.other == 7
    qtbot.keyClick(inspecting, Qt.Key.Key_Q, ALT)
    assert view.feature_colours


def test_the_bar_chooses_the_other_frame(inspecting):
    view, inspection, bar = inspecting.workspace.view, inspecting.workspace.inspection, inspecting.side_by_side.bar
    bar.frame_box.setValue(-2)
    assert view.other_offset == -2
    assert inspection.other == 2  # there is no frame before the first, so as far the other way
    assert bar.offset_words.text() == "+2: the clip begins"
    bar.frame_box.setValue(2)
    assert not bar.offset_words.isVisible()
    view.frame = 7
    assert bar.offset_words.isVisible()
    assert bar.offset_words.text() == "−2: the clip ends"
    view.frame = 0
    bar.mode.buttons["pinned"].click()
    assert (view.other_mode, view.other_pinned) == ("pinned", 2)
    bar.frame_box.setValue(6)
    assert inspection.other == 6
    bar.mode.buttons["anchor"].click()
    assert inspection.other is None
    assert not bar.frame_box.isVisible()
    assert "other anchor" in said(inspecting)
    assert not bar.opacity.isEnabled()
    inspecting.action_set["feature_colours"].trigger()
    assert bar.opacity.isEnabled()
    bar.opacity.setValue(30)
    assert view.feature_opacity == pytest.approx(0.3)


def test_an_anchor_to_compare_with(inspecting):
    workspace = inspecting.workspace
    object_id = workspace.add_object()
    mask = RleMask.encode(np.ones((48, 64), bool))
    workspace.do(verbs.paint_mask(workspace.project, object_id, 5, mask))
    inspecting.side_by_side.bar.mode.buttons["anchor"].click()
    assert workspace.inspection.other == 5
    workspace.view.object_id = None
    assert workspace.inspection.other is None


def test_a_click_on_the_other_frame_leaves_the_keys_with_the_canvas(inspecting, qtbot):
    click(inspecting.side_by_side.other_view, 20, 20)
    assert inspecting.workspace.inspection.is_held
    assert inspecting.canvas.hasFocus()


def test_other_commands_say_that_the_tool_is_needed(opened):
    for name in ("other_earlier", "other_later", "other_pinned", "feature_colours"):
        assert not opened.action_set[name].isEnabled()
        assert "Inspect tool" in opened.action_set[name].toolTip()


def test_how_it_was_looked_at_is_remembered(inspecting, make_window):
    view = inspecting.workspace.view
    view.other_offset, view.feature_opacity = -4, 0.25
    inspecting.close()
    again = make_window().workspace.view
    assert (again.tool, again.other_offset, again.feature_opacity) == ("inspect", -4, 0.25)


def test_weights_chosen_for_runs_are_inspected_with(inspecting, qtbot):
    inspecting.plan.choose("weights", "large")
    assert inspecting.workspace.inspection.weights == "large"
