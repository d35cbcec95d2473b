"""Two frames side by side through the real widgets: what one does the other does, and what is found has its place."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from tests.app.inspecting import CYCLE_PX, STEP_PX
from tests.gestures import MIDDLE, click, drag, hover, leave, wheel
from tests.widgets.canvas.pretend import HEIGHT, WIDTH


def colour_at(view, x, y):
    """Return the colour on the screen at an image position."""
    at = view.image_to_view(x, y).toPoint()
    return QColor(view.grab().toImage().pixel(at)).getRgb()[:3]


def answered(inspection, x, y):
    """Return a condition: the way of the point at about (x, y) is there."""

    def holds():
        way = inspection.way
        return way is not None and way.point == inspection.sighting.point and abs(way.point.x - x) < 0.6

    return holds


def looked_at(view, inspection, qtbot, x, y):
    hover(view, x, y)
    qtbot.waitUntil(answered(inspection, x, y))


def test_both_show_their_frames_at_the_same_place(canvas, other_view):
    assert (canvas.shown_frame, other_view.shown_frame) == (0, 2)
    for x, y in [(0, 0), (80.5, 33), (WIDTH - 1, HEIGHT - 1)]:
        assert other_view.image_to_view(x, y) == canvas.image_to_view(x, y)
    assert colour_at(canvas, 60, 60) == (100, 120, 20)
    assert colour_at(other_view, 60, 60) == (100, 120, 80)


def test_hovering_draws_the_match_on_the_other_side(qtbot, canvas, other_view, inspection):
    before = colour_at(other_view, 100, 100)
    looked_at(canvas, inspection, qtbot, 40, 56)
    assert inspection.sighting.point.frame == 0
    assert sum(colour_at(other_view, 100, 100)) < 0.8 * sum(before)  # dimmed: no heat
    column, row = inspection.sighting.grid.centre(*inspection.sighting.grid.cell(40 + 2 * STEP_PX, 56))
    around = [(column + dx, row + dy) for dx in (-4, -3, 3, 4) for dy in (-4, -3, 3, 4)]
    hot = np.mean([colour_at(other_view, *place)[0] for place in around])
    assert hot > colour_at(other_view, 60, 100)[0] + 30
    assert colour_at(canvas, 100, 100) == (140, 160, 20)  # nothing far from the marks


def test_hovering_there_draws_the_match_here(qtbot, canvas, other_view, inspection):
    looked_at(other_view, inspection, qtbot, 80, 60)
    assert (inspection.sighting.point.frame, inspection.sighting.other) == (2, 0)
    assert colour_at(other_view, 20, 20) == (60, 80, 80)
    assert sum(colour_at(canvas, 20, 20)) < 0.8 * (60 + 80 + 20)


def test_leaving_takes_everything_away(qtbot, canvas, other_view, inspection):
    clean = canvas.grab().toImage(), other_view.grab().toImage()
    looked_at(canvas, inspection, qtbot, 40, 60)
    assert canvas.grab().toImage() != clean[0]
    leave(canvas)
    assert inspection.sighting is None
    assert canvas.grab().toImage() == clean[0]
    assert other_view.grab().toImage() == clean[1]


def test_the_way_back_ends_where_it_is_drawn(qtbot, canvas, inspection):
    canvas.zoom(3)
    x, y = canvas.view_to_image(QPointF(200, 300))
    looked_at(canvas, inspection, qtbot, x, y)
    end = inspection.way.back[-1]
    assert end.y == pytest.approx(inspection.way.point.y + CYCLE_PX)
    red, green, blue = colour_at(canvas, end.x, end.y)
    assert red > 200 and 130 < green < 200 and blue < 110  # the colour of the way back


@pytest.mark.parametrize("turn", [3, -2])
def test_zooming_one_zooms_the_other(canvas, other_view, turn):
    wheel(canvas, 100, 40, turn)
    assert other_view.viewport.scale == canvas.viewport.scale
    assert other_view.image_to_view(80, 60) == canvas.image_to_view(80, 60)


def test_the_wheel_on_the_other_zooms_both_about_the_pointer(canvas, other_view):
    under = other_view.image_to_view(100, 40)
    wheel(other_view, 100, 40, 4)
    assert canvas.viewport.scale == other_view.viewport.scale
    assert (other_view.image_to_view(100, 40) - under).manhattanLength() < 2.5
    assert canvas.image_to_view(50, 50) == other_view.image_to_view(50, 50)


def test_dragging_one_drags_the_other(canvas, other_view):
    canvas.zoom(4)
    before = other_view.image_to_view(80, 60)
    drag(canvas, [(80, 60), (70, 60)])
    after = other_view.image_to_view(80, 60)
    assert (after - before).x() == pytest.approx(-10 * canvas.viewport.scale, abs=1.5)
    drag(other_view, [(80, 60), (80, 65)], MIDDLE)
    assert canvas.image_to_view(80, 60) == other_view.image_to_view(80, 60)
    assert (other_view.image_to_view(80, 60) - after).y() == pytest.approx(5 * canvas.viewport.scale, abs=1.5)


def test_views_of_different_width_show_the_same_middle(canvas, other_view):
    canvas.side_by_side.setSizes([250, 550])
    QApplication.sendPostedEvents()
    assert canvas.is_fitted
    assert other_view.viewport.scale > canvas.viewport.scale
    canvas.zoom(4)
    middle = canvas.view_to_image(QPointF(canvas.width() / 2, canvas.height() / 2))
    there = other_view.image_to_view(*middle)
    assert (there.x(), there.y()) == pytest.approx((other_view.width() / 2, other_view.height() / 2), abs=1)


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_click_holds_the_point_and_another_lets_it_go(qtbot, canvas, other_view, inspection, side):
    view = canvas if side == "here" else other_view
    click(view, 40, 60)
    qtbot.waitUntil(answered(inspection, 40, 60))
    hover(view, 120, 30)
    leave(view)
    assert inspection.sighting.point.x == pytest.approx(40, abs=0.6)
    click(view, 100, 60)
    assert not inspection.is_held
    looked_at(view, inspection, qtbot, 120, 30)


def test_a_drag_holds_nothing(canvas, other_view, inspection):
    for view in (canvas, other_view):
        drag(view, [(40, 40), (60, 50)])
        assert not inspection.is_held


def test_scrubbing_moves_both(qtbot, canvas, other_view, workspace, inspection):
    looked_at(canvas, inspection, qtbot, 40, 60)
    workspace.view.frame = 1
    assert (canvas.shown_frame, other_view.shown_frame) == (1, 3)
    qtbot.waitUntil(lambda: inspection.sighting is not None and inspection.sighting.point.frame == 1)


def test_a_pinned_frame_stays(canvas, other_view, workspace):
    workspace.view.other_mode, workspace.view.other_pinned = "pinned", 4
    workspace.view.frame = 1
    assert (canvas.shown_frame, other_view.shown_frame) == (1, 4)


def test_features_as_colours_lie_over_both(qtbot, canvas, other_view, workspace, inspection):
    workspace.view.feature_opacity = 1.0
    workspace.view.feature_colours = True
    qtbot.waitUntil(lambda: inspection.colours_of("here") is not None and inspection.colours_of("there") is not None)
    for view in (canvas, other_view):
        for x, y in [(60, 60), (WIDTH - 1, HEIGHT - 1), (1, HEIGHT - 2)]:
            assert colour_at(view, x, y) == (255, 0, 255)
    workspace.view.feature_opacity = 0.5
    assert colour_at(canvas, 60, 60) == pytest.approx(((100 + 255) / 2, 60, (20 + 255) / 2), abs=2)
    workspace.view.feature_colours = False
    assert colour_at(canvas, 60, 60) == (100, 120, 20)


def test_where_there_is_no_other_frame_there_is_none_to_be_seen(canvas, other_view, workspace):
    workspace.view.other_mode = "anchor"
    assert other_view.shown_frame is None
    hover(other_view, 40, 40)
    click(other_view, 40, 40)
    wheel(other_view, 40, 40, 1)
    assert workspace.inspection.pointed is None


def test_another_tool_paints_as_ever(canvas, workspace, inspection):
    workspace.view.tool = "brush"
    drag(canvas, [(40, 60), (50, 60)])
    assert workspace.undo_stack.count() == 1
    assert inspection.pointed is None


def test_inspecting_is_no_edit(qtbot, canvas, workspace, inspection):
    looked_at(canvas, inspection, qtbot, 40, 60)
    click(canvas, 40, 60)
    drag(canvas, [(40, 60), (50, 60)])
    assert workspace.undo_stack.count() == 0


def test_while_the_pointer_moves_only_answers_are_painted(qtbot, canvas, inspection):
    looked_at(canvas, inspection, qtbot, 40, 60)
    told = []
    inspection.changed.connect(lambda: told.append(inspection.sighting and inspection.sighting.point.x))
    positions = np.linspace(41, 60, 12)
    for x in positions:
        hover(canvas, x, 60)
    qtbot.waitUntil(answered(inspection, 60, 60))
    assert len(told) <= 2 * len(set(told))
