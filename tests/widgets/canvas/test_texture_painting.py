"""Painting textures in colour, through the real canvas: strokes become anchors, coded off the GUI thread."""

import numpy as np
from PySide6.QtCore import Qt

from app.project import paint_verbs, verbs
from app.project.model import Provenance
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.sheets import Sheet, Sheets
from engines.propagation.types import PaintResult, Stretch
from tests.gestures import RIGHT, SHIFT, click, drag, key, move, press, release
from tests.widgets.canvas.pretend import HEIGHT, WIDTH
from tests.widgets.canvas.textures import painted, wait

RED, BLUE = (255, 0, 0), (0, 0, 255)


def test_a_stroke_is_an_anchor_in_the_colour_of_the_view_and_one_step(qtbot, canvas, workspace, texture):
    drag(canvas, [(30, 30), (60, 30)])
    assert canvas.layers.textures.hand is not None  # it is seen at once
    wait(qtbot, workspace, canvas)
    label = workspace.project.label(texture, 0)
    assert (label.provenance, label.presence) == (Provenance.ANCHOR, Presence.VISIBLE)
    rgba = painted(workspace, texture)
    assert tuple(rgba[30, 45]) == (*RED, 255)
    assert not rgba[45, 45].any()
    edge = rgba[21:40, 45, 3]
    assert set(edge[[0, -1]]) == {0} and 0 < edge[edge > 0].min() < 255, "the rim is soft"
    assert workspace.undo_stack.count() == 1
    assert "paint" in workspace.undo_stack.undoText()
    (shown,) = canvas.layers.textures.shown
    assert shown.object.object_id == texture
    workspace.undo_stack.undo()
    assert workspace.project.label(texture, 0) is None
    assert not canvas.layers.textures.shown and canvas.layers.textures.hand is None


def test_strokes_that_follow_one_another_before_they_are_coded_all_count(qtbot, canvas, workspace, texture):
    click(canvas, 20, 20)
    workspace.view.paint_colour = "#0000ff"
    click(canvas, 60, 20)
    click(canvas, 100, 100)
    wait(qtbot, workspace, canvas)
    rgba = painted(workspace, texture)
    assert [tuple(rgba[y, x, :3]) for x, y in ((20, 20), (60, 20), (100, 100))] == [RED, BLUE, BLUE]
    assert workspace.undo_stack.count() == 3
    workspace.undo_stack.undo()
    workspace.undo_stack.undo()
    rgba = painted(workspace, texture)
    assert rgba[20, 20].any() and not rgba[20, 60].any()
    click(canvas, 30, 60) if canvas.layers.textures.hand is None else wait(qtbot, workspace, canvas)


def test_opacity_is_that_of_the_whole_stroke(qtbot, canvas, workspace, texture):
    workspace.view.paint_opacity = 0.5
    drag(canvas, [(30, 30), (60, 30), (30, 30), (60, 30)])
    wait(qtbot, workspace, canvas)
    assert abs(int(painted(workspace, texture)[30, 45, 3]) - 128) <= 1
    drag(canvas, [(30, 30), (60, 30)])
    wait(qtbot, workspace, canvas)
    assert abs(int(painted(workspace, texture)[30, 45, 3]) - 191) <= 2, "a second stroke goes over the first"


def test_the_right_button_and_the_eraser_take_paint_away_whatever_the_opacity(qtbot, canvas, workspace, texture):
    drag(canvas, [(30, 30), (60, 30)])
    workspace.view.paint_opacity = 0.3
    click(canvas, 45, 30, RIGHT)
    wait(qtbot, workspace, canvas)
    rgba = painted(workspace, texture)
    assert not rgba[30, 45].any() and rgba[30, 30].any()
    workspace.view.tool = "eraser"
    drag(canvas, [(20, 30), (70, 30)])
    drag(canvas, [(20, 28), (70, 28)])
    drag(canvas, [(20, 33), (70, 33)])
    wait(qtbot, workspace, canvas)
    assert workspace.project.label(texture, 0) is None


def test_shift_draws_a_straight_line_and_escape_drops_a_stroke(qtbot, canvas, workspace, texture):
    click(canvas, 20, 60)
    click(canvas, 120, 60, modifiers=SHIFT)
    wait(qtbot, workspace, canvas)
    assert painted(workspace, texture)[60, 20:120, 3].all()
    n_steps = workspace.undo_stack.count()
    press(canvas, 80, 20)
    move(canvas, 80, 100)
    key(canvas, Qt.Key.Key_Escape)
    release(canvas, 80, 100)
    wait(qtbot, workspace, canvas)
    assert workspace.undo_stack.count() == n_steps
    assert not painted(workspace, texture)[20, 80].any()


def test_a_stroke_counts_on_the_frame_that_it_began_on(qtbot, canvas, workspace, texture):
    press(canvas, 40, 40)
    workspace.view.frame = 3
    release(canvas, 40, 40)
    qtbot.waitUntil(lambda: not workspace.textures.is_working)
    assert painted(workspace, texture, 0) is not None
    assert workspace.project.label(texture, 3) is None
    assert canvas.layers.textures.hand is None


def test_a_locked_texture_is_not_painted_and_other_tools_say_why(canvas, workspace, texture):
    workspace.do(verbs.set_locked(workspace.project, texture, True))
    click(canvas, 40, 40)
    assert "locked" in workspace.sayings[-1]
    workspace.do(verbs.set_locked(workspace.project, texture, False))
    workspace.view.tool = "fill"
    click(canvas, 40, 40)
    assert "no mask" in workspace.sayings[-1]
    assert workspace.project.label(texture, 0) is None


def test_paint_that_a_run_has_carried_is_drawn_through_its_mesh_and_painted_on(qtbot, canvas, workspace, texture):
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[20:60, 20:60] = (*RED, 255)
    workspace.do(paint_verbs.paint_picture(workspace.project, texture, 0, Painting.encode(rgba)))
    rest = np.array([[10, 10], [70, 10], [10, 70], [70, 70]], np.float32)
    sheets = Sheets.of([Sheet(0, rest, np.array([[0, 1, 2], [1, 3, 2]]), rest + np.float32([40, 30]), np.full(4, 255))])
    run_id = workspace.project.begin_run("ours", "forward", "normal", [Stretch(texture, 1, 5, 0, None)]).run_id
    workspace.project.add_results(run_id, [PaintResult(texture, 2, sheets, 0.8, Presence.VISIBLE)])
    workspace.clip.open = lambda: None  # every picture is at hand
    workspace.view.frame = 2
    qtbot.waitUntil(lambda: len(canvas.layers.textures.shown) == 1)
    (shown,) = canvas.layers.textures.shown
    assert canvas.layers.textures.object_at(80, 70).object_id == texture
    assert canvas.layers.textures.object_at(30, 30) is None, "it has moved"
    assert shown.layer.rgba[..., 3].any()
    workspace.view.paint_colour = "#0000ff"
    click(canvas, 120, 20)
    wait(qtbot, workspace, canvas)
    both = painted(workspace, texture, 2)
    assert tuple(both[20, 120, :3]) == BLUE, "the stroke"
    assert both[70, 80, 0] > 100 and both[70, 80, 3] > 250, "and what was seen there"
    assert workspace.project.anchor_frames(texture) == [0, 2]


def test_what_is_being_coded_when_the_project_closes_is_in_it(canvas, workspace, texture):
    click(canvas, 40, 40)
    workspace.textures.settle()
    assert painted(workspace, texture) is not None
