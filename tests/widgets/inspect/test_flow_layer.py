"""Long-range flow over the pictures: colours, arrows, and the other frame warped, beside it and in a swipe."""

import numpy as np
import pytest
from PySide6.QtGui import QColor

from tests.app.flowing import STEP_PX, PretendFinder
from tests.gestures import drag, hover
from tests.widgets.canvas.pretend import HEIGHT, WIDTH
from widgets.canvas import marks
from widgets.canvas.flow_layer import arrows
from widgets.inspect.telling import flow_told

WARPED, COLOURS = (250, 10, 10), (10, 250, 10)


def colour_at(view, x, y):
    at = view.image_to_view(x, y).toPoint()
    return QColor(view.grab().toImage().pixel(at)).getRgb()[:3]


@pytest.fixture
def look(qtbot, workspace, canvas):
    workspace.flow_seen.make_finder = PretendFinder

    def choose(name):
        workspace.view.flow_look = name
        qtbot.waitUntil(lambda: name == "off" or workspace.flow_seen.found is not None)

    return choose


def test_colours_lie_over_the_frame(look, canvas, other_view):
    plain = np.array(colour_at(canvas, 90, 60)), colour_at(other_view, 90, 60)
    look("colours")
    assert np.abs(np.array(colour_at(canvas, 90, 60)) - (0.25 * plain[0] + 0.75 * np.array(COLOURS))).max() <= 2
    assert colour_at(other_view, 90, 60) == plain[1]
    look("off")
    assert colour_at(canvas, 90, 60) == tuple(plain[0])


def test_arrows_lead_to_where_pixels_are_on_the_other_frame(look, workspace, canvas):
    plain = canvas.grab().toImage()
    look("arrows")
    assert canvas.grab().toImage() != plain
    starts, ends = arrows(workspace.flow_seen.found, (WIDTH, HEIGHT), 16)
    assert np.allclose(ends - starts, (2 * STEP_PX, 0))
    assert starts[:, 0].max() < WIDTH / 2, "none where a pixel is not seen there"
    assert len(starts) > 10 and (starts >= -0.5).all()


def test_a_warp_is_told_with_the_number_of_its_frame(look, other_view, monkeypatch):
    told = []
    monkeypatch.setattr(marks, "paint_label", lambda _painter, _box, text, *_colour: told.append(text))
    for name, words in (("arrows", "frame 2"), ("beside", "frame 2, warped to frame 0")):
        look(name)
        told.clear()
        other_view.grab()
        assert told == [words]


def test_the_warp_is_seen_beside(look, canvas, other_view):
    here = colour_at(canvas, 60, 90)
    look("beside")
    assert colour_at(other_view, 60, 90) == WARPED
    assert max(colour_at(other_view, 110, 90)) < 0.6 * max(WARPED), "darker where it is a guess"
    assert colour_at(canvas, 60, 90) == here


def test_the_warp_is_seen_right_of_a_line_that_can_be_drawn_along(look, workspace, canvas, other_view):
    here, there = colour_at(canvas, 10, 90), colour_at(other_view, 120, 90)
    workspace.view.swipe_at = 0.25
    look("swipe")
    assert colour_at(canvas, 10, 90) == here
    assert colour_at(canvas, 70, 90) == WARPED
    assert colour_at(other_view, 120, 90) == there
    drag(canvas, [(WIDTH / 4 - 0.5, 30), (30, 30), (20, 30)])
    assert workspace.view.swipe_at == pytest.approx(20.5 / WIDTH, abs=0.02)
    assert colour_at(canvas, 60, 90) == WARPED
    where = canvas.viewport
    drag(canvas, [(100, 30), (110, 40)])
    assert workspace.view.swipe_at == pytest.approx(20.5 / WIDTH, abs=0.02), "elsewhere the picture is pushed"
    assert canvas.viewport != where or canvas.is_fitted


def test_what_is_found_is_said(look, workspace):
    assert flow_told(workspace.flow_seen) == ""
    look("arrows")
    assert flow_told(workspace.flow_seen) == "50% of frame 0 is surely found on frame 2."


def test_heat_lies_over_no_flow(look, inspection, canvas, other_view, qtbot):
    plain = colour_at(canvas, 40, 90)
    hover(other_view, 90, 60)
    qtbot.waitUntil(lambda: inspection.way is not None)
    assert max(colour_at(canvas, 40, 90)) < 0.8 * max(plain), "without flow heat stands out from a dimmed picture"
    look("beside")
    assert colour_at(canvas, 40, 90) == plain
    hover(canvas, 90, 60)
    qtbot.waitUntil(lambda: inspection.way is not None and inspection.way.point.frame == 0)
    assert colour_at(other_view, 40, 20) == WARPED


def test_a_frame_is_seen_as_uncoloured_as_the_one_warped_to_it(look, workspace, canvas, monkeypatch):
    plain = colour_at(canvas, 10, 90)
    green = np.full((HEIGHT, WIDTH, 3), COLOURS, np.uint8)
    monkeypatch.setattr(workspace.colouring, "picture", lambda _frame: green)
    workspace.colouring.picture_changed.emit()
    for view in ("coloured", "split"):
        workspace.view.colour_view, workspace.view.swipe_at = view, 0.0
        assert colour_at(canvas, 10, 90) == COLOURS
        look("swipe")
        workspace.view.swipe_at = 0.5
        assert colour_at(canvas, 10, 90) == plain
        look("off")
