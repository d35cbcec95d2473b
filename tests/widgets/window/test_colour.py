"""Colour in the window: the panel and its commands, from the key of the tool to an anchor."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.desk.run_request import RunRequest
from app.project import verbs
from app.project.model import Kind
from engines.colour.notation import write_colour
from engines.labels.rle import RleMask
from tests.app.colours import PretendColourer
from tests.gestures import click
from widgets.dialogs.export import ExportDialog


@pytest.fixture
def colouring(opened, qtbot):
    made = opened.workspace.colouring
    made.make_colourer = PretendColourer
    opened.action_set["tool_colour"].trigger()
    qtbot.waitUntil(lambda: opened.canvas.layers.colours.image is not None)
    return made


def trigger(window, name):
    window.action_set.refresh_now()
    assert window.action_set[name].isEnabled(), window.action_set[name].toolTip()
    window.action_set[name].trigger()


def why_not(window, name):
    window.action_set.refresh_now()
    return "" if window.action_set[name].isEnabled() else window.action_set[name].toolTip()


def press(widget, x, y):
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        place = QPointF(x, y)
        event = QMouseEvent(
            kind, place, widget.mapToGlobal(place), Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)


def test_the_panel_comes_with_the_tool(opened, colouring):
    assert not opened.docks["colour"].isHidden()
    assert "Under the hints: the network's answer" in opened.colour_panel.under_label.text()


def test_a_run_brings_the_review_panel_to_the_front(opened, colouring, qtbot):
    assert opened.review_panel.visibleRegion().isEmpty() and not opened.colour_panel.visibleRegion().isEmpty()
    workspace, mask = opened.workspace, np.zeros((48, 64), bool)
    mask[8:30, 10:40] = True
    object_id = workspace.add_object()
    workspace.do(verbs.paint_mask(workspace.project, object_id, 0, RleMask.encode(mask)))
    workspace.start_run(RunRequest(engine="copy"))
    qtbot.waitUntil(lambda: workspace.runner.active is None, timeout=60_000)  # its lane loads the default engine first
    qtbot.waitUntil(lambda: not opened.review_panel.visibleRegion().isEmpty())
    opened.action_set["tool_select"].trigger()
    opened.action_set["tool_colour"].trigger()
    qtbot.waitUntil(lambda: opened.review_panel.visibleRegion().isEmpty())


@pytest.mark.parametrize("is_coloured", [False, True])
def test_the_tool_is_put_down_when_a_clip_without_colour_is_opened(
    opened, colouring, make_window, clip_folder, qtbot, is_coloured
):
    if is_coloured:
        trigger(opened, "colour_keep")
        qtbot.waitUntil(lambda: bool(opened.workspace.project.objects))
    assert opened.close()
    again = make_window()
    again.workspace.colouring.make_colourer = PretendColourer
    assert again.workspace.view.tool == "colour"
    again.files.open_path(clip_folder)
    qtbot.waitUntil(lambda: again.canvas.shown_frame == 0)
    assert again.workspace.view.tool == ("colour" if is_coloured else "select")
    assert again.workspace.colouring.is_on == is_coloured


def test_commands_say_what_is_missing_for_them(opened, qtbot):
    opened.workspace.view.tool = "select"
    assert "Take the Colour tool first" in why_not(opened, "colour_keep")
    opened.workspace.colouring.make_colourer = lambda clip: PretendColourer(clip, why_no_network="No weights; train.")
    opened.action_set["tool_colour"].trigger()
    qtbot.waitUntil(lambda: bool(opened.workspace.colouring.why_no_network))
    assert "No weights; train. Hints and references work without." in opened.colour_panel.told_label.text()
    for name, reason in (
        ("colour_draw", "No weights"),
        ("colour_delete_hint", "Select a hint first"),
        ("colour_anew", "no hints and no choices"),
        ("colour_use", "Draw samples"),
        ("colour_mix", "Draw samples"),
        ("colour_no_region", "No region"),
        ("colour_use_reference", "Take a reference picture first"),
        ("colour_inside", "Select an object that has masks"),
        ("colour_stop", "No samples are being drawn"),
    ):
        assert reason in why_not(opened, name)


def test_a_colour_is_written_picked_from_the_gamut_or_among_likely_ones(opened, colouring, qtbot):
    panel, hand = opened.colour_panel, colouring.hand
    click(opened.canvas, 20, 20)
    light = hand.colour[0]
    panel.entry.notation_box.setCurrentIndex(panel.entry.notation_box.findData("lab"))
    panel.entry.line.setText("50, -10, 20")
    panel.entry.line.editingFinished.emit()
    assert hand.hints[0].chroma == (-10, 20)
    panel.gamut.show_colour((light, 0, 0))
    press(panel.gamut, panel.gamut.width() * 0.6, panel.gamut.height() * 0.4)
    a, b = hand.hints[0].chroma
    assert 15 < a < 30 and 15 < b < 30
    qtbot.waitUntil(lambda: panel.likely.swatches[1].isVisibleTo(panel))
    panel.likely.swatches[1].click()
    assert hand.hints[0].chroma == (-20, 10)
    panel.grab()


def test_the_panel_says_which_hint_a_colour_is_for_and_lets_go_of_the_last_one(opened, colouring):
    panel, hand = opened.colour_panel, colouring.hand
    assert panel.entry.subject_label.text() == "Colour of the next hint"
    click(opened.canvas, 20, 20)
    assert panel.entry.subject_label.text() == "Colour of the selected hint"
    trigger(opened, "colour_next_hint")
    assert panel.entry.subject_label.text() == "Colour of the next hint"
    (before,) = hand.hints
    panel.entry.line.setText("#206020")
    panel.entry.line.editingFinished.emit()
    click(opened.canvas, 40, 30)
    first, second = hand.hints
    assert first == before and second.chroma != first.chroma


def test_what_is_no_colour_is_told_and_changes_nothing(opened, colouring):
    line, before = opened.colour_panel.entry.line, colouring.hand.colour
    line.setText("reddish")
    line.editingFinished.emit()
    assert "reddish is no colour" in opened.messages.history[-1].text
    assert colouring.hand.colour == before and line.text() == write_colour(before, "hex")


def test_the_reach_of_a_hint_is_set(opened, colouring):
    click(opened.canvas, 20, 20)
    opened.colour_panel.reach.setValue(70)
    assert colouring.hand.hints[0].reach == 0.7 and opened.colour_panel.reach_label.text() == "70 %"
    trigger(opened, "undo")
    assert opened.colour_panel.reach.value() != 70 or colouring.hand.hints[0].reach != 0.7


def test_samples_are_drawn_chosen_and_mixed(opened, colouring, qtbot):
    panel = opened.colour_panel
    panel.count_box.setValue(3)
    panel.seed_box.setValue(5)
    trigger(opened, "colour_draw")
    qtbot.waitUntil(lambda: panel.strip.model().rowCount() == 4)
    panel.strip.setCurrentIndex(panel.strip.model().index(2, 0))
    trigger(opened, "colour_use")
    assert "sample 2 from seed 5" in panel.under_label.text()
    assert "Paint a region first" in why_not(opened, "colour_mix")
    trigger(opened, "colour_region")
    click(opened.canvas, 30, 20)
    trigger(opened, "colour_mix")
    assert "another in 1 region" in panel.under_label.text() and colouring.hand.region is None
    trigger(opened, "colour_anew")
    assert opened.workspace.project.colour_drafts == {}


def test_colours_come_from_a_reference_or_from_hints_alone(opened, ask, colouring, qtbot, tmp_path):
    panel = opened.colour_panel
    trigger(opened, "colour_take_frame")
    qtbot.waitUntil(lambda: colouring.reference is not None)
    assert panel.reference.isVisibleTo(panel)
    press(panel.reference, 2, 2)
    assert np.allclose(colouring.hand.colour[1:], 0, atol=0.5)  # grey, as the reference is
    opened.workspace.view.frame = 3
    trigger(opened, "colour_use_reference")
    assert "colours of frame 0" in panel.under_label.text()
    ask.path = tmp_path / "reference.png"
    trigger(opened, "colour_open_reference")
    qtbot.waitUntil(lambda: colouring.reference.answer.path.endswith("reference.png"))
    trigger(opened, "colour_grey")
    assert "nothing: hints colour alone" in panel.under_label.text()
    trigger(opened, "colour_network")
    assert "network's answer" in panel.under_label.text()


def test_a_coloured_frame_is_kept_by_key_and_shown_in_three_ways(opened, colouring, qtbot):
    trigger(opened, "colour_keep")
    project = opened.workspace.project
    qtbot.waitUntil(lambda: any(found.kind is Kind.COLOUR for found in project.objects.values()))
    assert "Frame 0 is an anchor of Colour" in opened.messages.history[-1].text
    for view in ("original", "split", "coloured"):
        trigger(opened, "next_colour_view")
        assert opened.colour_panel.views.value == opened.workspace.view.colour_view == view
        opened.canvas.grab()


def test_flicker_is_measured_and_forgotten_when_colours_change(opened, colouring, qtbot):
    assert "No frame has colours" in why_not(opened, "colour_flicker")
    label = opened.colour_panel.flicker_label
    trigger(opened, "colour_keep")
    qtbot.waitUntil(lambda: bool(opened.workspace.project.objects))
    trigger(opened, "colour_flicker")
    qtbot.waitUntil(lambda: label.text() == "0.75, at frame 1 1.50")
    trigger(opened, "undo")
    assert label.text() == ""


def test_hints_stay_within_the_object_that_the_box_names(opened, colouring):
    object_id = opened.workspace.add_object()
    opened.action_set.refresh_now()
    name = opened.workspace.project.objects[object_id].name
    assert opened.colour_panel.inside_box.text() == f"Within {name}"
    opened.colour_panel.inside_box.click()
    click(opened.canvas, 20, 20)
    assert colouring.hand.hints[0].object_id == object_id


def test_frames_in_colour_are_exported_by_the_panels_own_button(opened, colouring, qtbot, tmp_path):
    trigger(opened, "colour_keep")
    qtbot.waitUntil(lambda: bool(opened.workspace.project.objects))
    trigger(opened, "colour_export")
    (dialog,) = opened.findChildren(ExportDialog)
    assert dialog.format_name == "colours"
    dialog.close()
    out = tmp_path / "out"
    opened.files.export_to("colours", out)
    qtbot.waitUntil(lambda: (out / "00000.png").exists())
    picture = np.array(Image.open(out / "00000.png"))
    assert np.ptp(picture.astype(int), axis=2).max() <= 2  # nearly black, as kept: of colour nothing is left there
