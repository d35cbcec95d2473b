"""Polygon, fill, selecting and pushing, through the real canvas."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.media.picture import Picture
from engines.labels.raster import fill_polygon
from tests.gestures import CTRL, RIGHT, SHIFT, click, double_click, drag, hover, key, leave, move, press, release
from tests.widgets.canvas.pretend import HEIGHT, WIDTH
from widgets.canvas.tools.table import TOOLS

CORNERS = [(20.2, 20.4), (100.3, 25.7), (90.1, 95.8), (30.6, 80.9)]


def polygon(corners, value=True, mask=None):
    mask = np.zeros((HEIGHT, WIDTH), bool) if mask is None else mask.copy()
    fill_polygon(mask, corners, value)
    return mask


def as_seen(canvas, corners):
    return [canvas.view_to_image(canvas.image_to_view(*corner)) for corner in corners]


@pytest.fixture
def outline(canvas, workspace):
    workspace.view.tool = "polygon"
    for corner in CORNERS:
        click(canvas, *corner)
    return as_seen(canvas, CORNERS)


@pytest.mark.parametrize(
    "close",
    [
        lambda canvas: key(canvas, Qt.Key.Key_Return),
        lambda canvas: key(canvas, Qt.Key.Key_Enter),
        lambda canvas: click(canvas, CORNERS[0][0] + 0.5, CORNERS[0][1]),
    ],
    ids=["Return", "Enter", "first corner"],
)
def test_a_closed_outline_is_filled_exactly_in_one_step(canvas, workspace, outline, close):
    close(canvas)
    np.testing.assert_array_equal(workspace.mask(1), polygon(outline))
    assert workspace.undo_stack.count() == 1
    assert not canvas.tool.is_busy


def test_a_double_click_sets_the_last_corner_and_closes(canvas, workspace):
    workspace.view.tool = "polygon"
    for corner in CORNERS[:3]:
        click(canvas, *corner)
    double_click(canvas, *CORNERS[3])
    np.testing.assert_array_equal(workspace.mask(1), polygon(as_seen(canvas, CORNERS)))


def test_with_shift_the_outline_is_cut_out(canvas, workspace, outline, disc):
    workspace.paint(1, disc(60, 60, 50))
    click(canvas, *CORNERS[0], modifiers=SHIFT)
    np.testing.assert_array_equal(workspace.mask(1), polygon(outline, False, disc(60, 60, 50)))


@pytest.mark.parametrize(
    "code, modifiers", [(Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Z, CTRL)]
)
def test_backspace_and_undo_take_the_last_corner_back(canvas, workspace, outline, code, modifiers):
    key(canvas, code, modifiers)
    key(canvas, Qt.Key.Key_Return)
    np.testing.assert_array_equal(workspace.mask(1), polygon(outline[:3]))
    assert workspace.undo_stack.count() == 1


def test_escape_drops_the_outline(canvas, workspace, outline):
    key(canvas, Qt.Key.Key_Escape)
    key(canvas, Qt.Key.Key_Return)
    assert workspace.undo_stack.count() == 0
    assert not canvas.tool.corners


def test_a_corner_can_be_dragged(canvas, workspace, outline):
    drag(canvas, [CORNERS[2], (95, 100), (110, 105)])
    key(canvas, Qt.Key.Key_Return)
    moved = as_seen(canvas, [*CORNERS[:2], (110, 105), CORNERS[3]])
    np.testing.assert_array_equal(workspace.mask(1), polygon(moved))


def test_an_outline_waits_on_its_own_frame(canvas, workspace, outline):
    drawn = canvas.grab().toImage()
    workspace.view.frame = 2
    assert not canvas.tool.is_busy and canvas.tool.overlay_bounds().isEmpty()
    key(canvas, Qt.Key.Key_Return)
    key(canvas, Qt.Key.Key_Escape)
    assert workspace.undo_stack.count() == 0
    workspace.view.frame = 0
    assert canvas.tool.corners == tuple(outline)
    assert canvas.grab().toImage() == drawn
    click(canvas, 25, 50)
    key(canvas, Qt.Key.Key_Return)
    np.testing.assert_array_equal(workspace.mask(1, 0), polygon([*outline, *as_seen(canvas, [(25, 50)])]))
    assert workspace.project.label(1, 2) is None


def test_every_frame_has_an_outline_of_its_own(canvas, workspace, outline):
    workspace.view.frame = 2
    for corner in CORNERS[1:]:
        click(canvas, *corner)
    key(canvas, Qt.Key.Key_Return)
    np.testing.assert_array_equal(workspace.mask(1, 2), polygon(outline[1:]))
    workspace.view.frame = 0
    key(canvas, Qt.Key.Key_Return)
    np.testing.assert_array_equal(workspace.mask(1, 0), polygon(outline))


def test_a_corner_that_is_held_is_let_go_when_the_frame_changes(canvas, workspace, outline):
    press(canvas, *CORNERS[2])
    workspace.view.frame = 2
    move(canvas, 110, 105)
    release(canvas, 110, 105)
    assert not canvas.tool.corners
    workspace.view.frame = 0
    assert canvas.tool.corners == tuple(outline)


def test_two_corners_are_no_outline(canvas, workspace):
    workspace.view.tool = "polygon"
    click(canvas, 20, 20)
    click(canvas, 60, 20)
    key(canvas, Qt.Key.Key_Return)
    assert workspace.sayings == ["An outline needs at least three corners."]
    assert len(canvas.tool.corners) == 2


def test_another_tool_drops_outlines_and_says_so(canvas, workspace, outline):
    workspace.view.frame = 2
    click(canvas, 20, 20)
    workspace.view.tool = "brush"
    workspace.view.tool = "polygon"
    assert not canvas.tool.corners
    assert workspace.undo_stack.count() == 0
    assert workspace.sayings == ["Outlines that were not closed are dropped. They were on frame 0, 2."]


def ring(disc):
    return disc(60, 60, 30) & ~disc(60, 60, 20)


def test_filling_a_hole(canvas, workspace, disc):
    workspace.paint(1, ring(disc))
    workspace.view.tool = "fill"
    click(canvas, 62, 55)
    np.testing.assert_array_equal(workspace.mask(1), disc(60, 60, 30))
    assert workspace.undo_stack.undoText() == "fill Object 1"


def test_an_open_area_is_not_filled(canvas, workspace, disc):
    workspace.paint(1, ring(disc))
    n_steps = workspace.undo_stack.count()
    workspace.view.tool = "fill"
    click(canvas, 5, 5)
    assert "open" in workspace.sayings[0]
    click(canvas, 60, 85)
    assert "filled already" in workspace.sayings[1]
    click(canvas, -3, 500)
    assert workspace.undo_stack.count() == n_steps
    np.testing.assert_array_equal(workspace.mask(1), ring(disc))


def test_an_area_cut_off_by_the_edge_is_filled(canvas, workspace):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[:, 40] = True
    workspace.paint(1, mask)
    workspace.view.tool = "fill"
    click(canvas, 10, 10)
    assert workspace.mask(1)[:, :41].all()
    assert not workspace.mask(1)[:, 41:].any()


@pytest.mark.parametrize("how", [{"modifiers": SHIFT}, {"button": RIGHT}])
def test_removing_a_piece(canvas, workspace, disc, how):
    workspace.paint(1, disc(40, 60, 15) | disc(110, 60, 15))
    workspace.view.tool = "fill"
    click(canvas, 42, 55, **how)
    np.testing.assert_array_equal(workspace.mask(1), disc(110, 60, 15))


def test_picking_by_colour_takes_in_more_to_the_right_and_less_to_the_left(canvas, workspace):
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:, 80:] = 200
    image[40:60, 20:50] = 60
    workspace.frame_ready.emit(0, Picture(image))
    workspace.view.tool = "fill"
    start = canvas.view_to_image(canvas.image_to_view(30, 50))
    patch = np.zeros((HEIGHT, WIDTH), bool)
    patch[40:60, 20:50] = True
    left_half = np.arange(WIDTH) < 80
    click(canvas, *start, modifiers=CTRL)
    np.testing.assert_array_equal(workspace.mask(1), patch)
    workspace.undo_stack.undo()
    press(canvas, *start, modifiers=CTRL)
    wider = start[0] + 200 / canvas.viewport.scale  # a tolerance of 20 + 200 / 4
    move(canvas, wider, start[1], modifiers=CTRL)
    release(canvas, wider, start[1], modifiers=CTRL)
    np.testing.assert_array_equal(workspace.mask(1), np.broadcast_to(left_half, (HEIGHT, WIDTH)))
    workspace.undo_stack.undo()
    press(canvas, *start, modifiers=CTRL)
    key(canvas, Qt.Key.Key_Escape)
    release(canvas, *start, modifiers=CTRL)
    assert workspace.project.label(1, 0) is None


def test_a_click_selects_the_topmost_object_and_a_drag_pushes_the_picture(canvas, workspace, disc):
    workspace.add_object()
    workspace.paint(1, disc(60, 60, 30))
    workspace.paint(2, disc(80, 60, 30))
    workspace.view.tool = "select"
    for x, expected in ((40, 1), (70, 2), (100, 2), (150, 2)):
        click(canvas, x, 60)
        assert workspace.view.object_id == expected
    before = canvas.image_to_view(40, 60)
    drag(canvas, [(40, 60), (60, 70)])
    after = canvas.image_to_view(40, 60)
    assert workspace.view.object_id == 2
    assert (after - before).x() == pytest.approx(20 * canvas.viewport.scale, abs=1)
    assert (after - before).y() == pytest.approx(10 * canvas.viewport.scale, abs=1)


def test_the_table_of_tools_is_whole(canvas, workspace):
    assert len({info.key for info in TOOLS.values()}) == len(TOOLS)
    for name, info in TOOLS.items():
        workspace.view.tool = name
        assert type(canvas.tool) is info.make
        assert info.title
        assert info.tip
        hover(canvas, 30, 30)
        click(canvas, 50, 50)
        canvas.grab()
        leave(canvas)
        key(canvas, Qt.Key.Key_Escape)


def test_keys_that_a_busy_tool_needs_are_kept_from_the_shortcuts(canvas, workspace):
    def is_kept(code, modifiers=Qt.KeyboardModifier.NoModifier):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, code, modifiers)
        event.ignore()
        QApplication.sendEvent(canvas, event)
        return event.isAccepted()

    keys = [(Qt.Key.Key_Escape,), (Qt.Key.Key_Return,), (Qt.Key.Key_Backspace,), (Qt.Key.Key_Z, CTRL)]
    assert not any(is_kept(*code) for code in keys)
    press(canvas, 30, 30)
    assert all(is_kept(*code) for code in keys)
    assert not is_kept(Qt.Key.Key_B)
    release(canvas, 30, 30)
    assert is_kept(Qt.Key.Key_Space)
