"""The Colour tool: what clicks, strokes and drags make of hints, and what is seen of a frame in colour."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engines.cie_lab import luminance
from engines.colour.notation import lab_of
from tests.app.colours import PretendColourer
from tests.gestures import RIGHT, click, drag, key


@pytest.fixture
def colouring(canvas, workspace, qtbot):
    made = workspace.colouring
    made.make_colourer = PretendColourer
    made._lane.begin(workspace.clip)
    workspace.view.tool = "colour"
    qtbot.waitUntil(lambda: canvas.layers.colours.image is not None)
    return made


def test_a_click_is_a_point_and_a_stroke_a_line(canvas, colouring):
    click(canvas, 40, 30)
    drag(canvas, [(10, 80), (20, 80), (20.5, 80), (60, 90)])
    point, line = colouring.hand.hints
    assert np.allclose(point.points, [(40, 30)], atol=0.5) and point.width_px == 1
    assert np.allclose(line.points, [(10, 80), (20, 80), (60, 90)], atol=0.5) and line.width_px > 1
    assert colouring.hand.selected == 1


def test_a_press_outside_the_picture_sets_nothing_and_a_stroke_ends_at_its_border(canvas, colouring):
    click(canvas, -20, 30)
    assert colouring.hand.hints == ()
    drag(canvas, [(150, 110), (190, 150)])
    (line,) = colouring.hand.hints
    assert line.points[-1] == (159, 119)


def test_a_hint_is_selected_moved_and_deleted_on_the_picture(canvas, colouring):
    click(canvas, 40, 30)
    colouring.hand.select(None)
    click(canvas, 40, 30)
    assert colouring.hand.selected == 0 and len(colouring.hand.hints) == 1
    drag(canvas, [(40, 30), (60, 50), (80, 60)])
    (moved,) = colouring.hand.hints
    assert np.allclose(moved.points, [(80, 60)], atol=0.6)
    key(canvas, Qt.Key.Key_Delete)
    assert colouring.hand.hints == ()


def test_the_right_button_and_one_press_in_the_mode_for_it_pick_up_what_is_seen(canvas, workspace, colouring):
    workspace.view.colour_view = "original"
    click(canvas, 40, 30, RIGHT)
    red, green, blue = (int(value) for value in canvas.image[30, 40])
    assert colouring.hand.colour == lab_of((red, green, blue)) and colouring.hand.hints == ()
    workspace.view.colour_view = "coloured"
    workspace.view.colour_mode = "pick"
    click(canvas, 40, 30)
    assert workspace.view.colour_mode == "hint" and colouring.hand.hints == ()
    assert colouring.hand.colour == lab_of((0, 1, 0))


def test_a_hint_says_how_light_the_picture_is_and_asks_what_is_likely(canvas, workspace, colouring, qtbot):
    click(canvas, 40, 30)
    assert colouring.hand.colour[0] == pytest.approx(float(luminance(canvas.image[30, 40])))
    qtbot.waitUntil(lambda: colouring.likely is not None)
    assert (round(colouring.likely.x), round(colouring.likely.y)) == (40, 30)


def test_a_region_is_painted_and_taken_away_again(canvas, workspace, colouring):
    workspace.view.colour_mode = "region"
    workspace.view.brush_radius_px = 6
    drag(canvas, [(40, 40), (80, 40)])
    area = colouring.hand.region.area
    assert 12 * 40 < area < 14 * 60 and colouring.hand.hints == ()
    drag(canvas, [(40, 40), (60, 40)], RIGHT)
    assert colouring.hand.region.area < area
    canvas.grab()


def test_the_line_of_a_split_is_dragged(canvas, workspace, colouring):
    workspace.view.colour_view = "split"
    workspace.view.swipe_at = 0.5
    drag(canvas, [(79.5, 60), (40, 60), (39.5, 60)])
    assert workspace.view.swipe_at == pytest.approx(0.25, abs=0.01) and colouring.hand.hints == ()
    shot = canvas.grab().toImage()
    at = canvas.image_to_view(20, 20).toPoint(), canvas.image_to_view(120, 20).toPoint()
    left, right = (shot.pixelColor(point) for point in at)
    assert left.red() == canvas.image[20, 20, 0] and (right.red(), right.green()) == (0, 1)


def test_the_coloured_picture_is_seen_until_the_tool_is_put_away(canvas, workspace, colouring):
    point = canvas.image_to_view(20, 20).toPoint()
    assert canvas.grab().toImage().pixelColor(point).green() == 1
    assert "#000100" in canvas.describe(20, 20)
    workspace.view.tool = "select"
    assert canvas.grab().toImage().pixelColor(point).red() == canvas.image[20, 20, 0]


def test_masks_are_lines_alone_while_colours_are_judged(canvas, workspace, colouring, disc):
    workspace.paint(1, disc(80, 60, 20))
    point = canvas.image_to_view(80, 60).toPoint()
    assert canvas.grab().toImage().pixelColor(point).red() == 0
    workspace.view.tool = "brush"
    assert canvas.grab().toImage().pixelColor(point).red() > 80


def test_classes_are_named_where_they_are_seen(canvas, workspace, colouring, qtbot):
    assert "pole" not in canvas.describe(20, 20)
    workspace.view.show_classes = True
    qtbot.waitUntil(lambda: colouring.class_map is not None)
    assert "pole" in canvas.describe(20, 20)
    canvas.grab()
