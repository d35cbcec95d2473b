"""Textures through the window's commands, its bar of paint and its panels."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from app.project.anchors import paint_anchors
from app.project.model import Kind
from tests.gestures import click, drag
from widgets.panels.look_bar import LookBar
from widgets.panels.paint_bar import PaintBar


@pytest.fixture
def bar(opened):
    return opened.findChild(PaintBar)


def usable(qtbot, window, name):
    qtbot.waitUntil(window.action_set[name].isEnabled)
    return window.action_set[name]


def settled(qtbot, window):
    canvas = window.canvas
    qtbot.waitUntil(lambda: not window.workspace.textures.is_working and canvas.layers.textures.hand is None)


def test_a_new_texture_is_selected_and_its_bar_is_there_only_with_it(qtbot, opened, bar):
    workspace = opened.workspace
    assert not bar.isVisible()
    usable(qtbot, opened, "add_texture").trigger()
    found = workspace.project.objects[workspace.view.object_id]
    assert found.kind is Kind.TEXTURE and workspace.view.tool == "brush"
    assert bar.isVisible()
    opened.action_set["add_object"].trigger()
    assert workspace.project.objects[workspace.view.object_id].kind is Kind.TEXTURE, "one like it"
    workspace.view.object_id = None
    assert not bar.isVisible()


def test_in_a_narrow_window_the_bar_has_a_row_of_its_own_and_the_other_keeps_its_sliders(qtbot, opened, bar):
    usable(qtbot, opened, "add_texture").trigger()
    look = opened.findChild(LookBar)
    for width, has_own_row in ((1100, True), (1600, False), (1100, True)):
        opened.resize(width, 700)
        qtbot.waitUntil(lambda below=has_own_row: (bar.y() > look.parentWidget().y()) is below)
        assert look.isVisible() and bar.isVisible()
        assert opened.width() == width


def test_the_stamp_button_is_plain_again_once_its_menu_is_gone(bar, monkeypatch):
    button = bar.stamps
    for away, is_marked in ((QPoint(-9, -9), False), (QPoint(1, 1), True)):
        button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
        at = button.mapToGlobal(away)
        monkeypatch.setattr("widgets.panels.paint_bar.QCursor", SimpleNamespace(pos=lambda at=at: at))
        button.menu().aboutToHide.emit()
        assert button.underMouse() is is_marked


def test_colour_and_opacity_of_the_bar_are_those_of_the_next_stroke(qtbot, opened, bar, ask):
    workspace = opened.workspace
    usable(qtbot, opened, "add_texture").trigger()
    bar.colour_button.click()
    assert ask.asked == ["Paint in"] and workspace.view.paint_colour == "#0a141e"
    bar.opacity_slider.setValue(50)
    assert workspace.view.paint_opacity == 0.5
    workspace.view.paint_opacity = 0.75
    assert bar.opacity_slider.value() == 75
    workspace.view.brush_radius_px = 5.0
    click(opened.canvas, 30, 20)
    settled(qtbot, opened)
    rgba = workspace.project.painting(workspace.project.label(1, 0).mask_id).decode()
    assert rgba[20, 30, 3] == pytest.approx(191, abs=1)
    assert rgba[20, 30, :3] == pytest.approx(np.array([10, 20, 30]) * 0.75, abs=1)


def test_stamps_need_a_texture_and_take_their_tool(qtbot, opened, ask, tmp_path):
    workspace = opened.workspace
    opened.action_set.refresh_now()
    assert not opened.action_set["stamp_stripes"].isEnabled()
    usable(qtbot, opened, "add_texture").trigger()
    usable(qtbot, opened, "stamp_stripes").trigger()
    assert (workspace.view.tool, workspace.view.stamp) == ("stamp", "stripes")
    Image.new("RGB", (9, 9), (1, 2, 3)).save(tmp_path / "logo.png")
    ask.path = tmp_path / "logo.png"
    opened.action_set["stamp_picture"].trigger()
    assert workspace.view.stamp == f"picture:{tmp_path / 'logo.png'}"
    opened.action_set["stamp_text"].trigger()
    assert workspace.view.stamp == "text:some words"
    qtbot.waitUntil(lambda: not workspace.textures.is_working)
    drag(opened.canvas, [(10, 10), (50, 30)])
    assert opened.canvas.tool.is_busy
    workspace.view.tool = "brush"
    settled(qtbot, opened)
    assert workspace.project.label(1, 0) is not None, "what is laid is painted when another tool is taken"


def test_presence_and_zoom_know_textures(qtbot, opened):
    workspace = opened.workspace
    usable(qtbot, opened, "add_texture").trigger()
    workspace.view.brush_radius_px = 3.0
    click(opened.canvas, 30, 20)
    settled(qtbot, opened)
    usable(qtbot, opened, "zoom_to_object").trigger()
    assert opened.canvas.viewport.scale == 8
    workspace.view.frame = 2
    usable(qtbot, opened, "presence_occluded").trigger()
    (_, anchor) = paint_anchors(workspace.project, [1])
    assert anchor.frame == 2 and not anchor.is_here
