"""Brush and eraser through the real canvas: what is painted is what the raster says, one step a stroke."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QRegion

from app.project import verbs
from app.project.model import Kind, Label, Provenance
from engines.labels.raster import stamp_segment
from engines.labels.rle import RleMask
from tests.gestures import CTRL, RIGHT, SHIFT, click, drag, hover, key, move, press, release, tablet
from tests.widgets.canvas.pretend import HEIGHT, WIDTH


def stroke(points, radius, value=True, mask=None):
    """The truth: `mask` after a stroke through `points`."""
    mask = np.zeros((HEIGHT, WIDTH), bool) if mask is None else mask.copy()
    for p0, p1 in zip(points, points[1:] or points, strict=False):
        stamp_segment(mask, p0, p1, radius, radius, value)
    return mask


PATH = [(20.3, 30.1), (50.7, 44.2), (51.1, 90.6)]


def test_a_stroke_paints_what_the_raster_says(canvas, workspace):
    drag(canvas, PATH)
    np.testing.assert_array_equal(workspace.mask(1), stroke(PATH, 4))
    assert workspace.project.label(1, 0).provenance is Provenance.ANCHOR


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scale=st.floats(0.3, 30),
    radius=st.floats(0.5, 20),
    points=st.lists(st.tuples(st.floats(-10, 170), st.floats(-10, 130)), min_size=1, max_size=4),
)
def test_it_does_so_at_any_zoom_beyond_the_edge_and_undo_restores_bit_for_bit(canvas, workspace, scale, radius, points):
    canvas.fit()
    canvas.zoom(scale / canvas.viewport.scale, canvas.image_to_view(*points[0]))
    workspace.view.brush_radius_px = radius
    before = workspace.mask(1)
    before = np.zeros((HEIGHT, WIDTH), bool) if before is None else before
    n_steps = workspace.undo_stack.index()
    drag(canvas, points)
    # Through the view and back costs a rounding in the last digit: use what the canvas made of it.
    seen = [canvas.view_to_image(canvas.image_to_view(*point)) for point in points]
    after = workspace.mask(1)
    expected = stroke(seen, radius, mask=before)
    np.testing.assert_array_equal(np.zeros_like(before) if after is None else after, expected)
    if workspace.undo_stack.index() > n_steps:
        workspace.undo_stack.undo()
        restored = workspace.mask(1)
        np.testing.assert_array_equal(np.zeros_like(before) if restored is None else restored, before)
        workspace.undo_stack.redo()


def test_a_stroke_is_one_step_with_a_name(canvas, workspace):
    drag(canvas, PATH)
    assert workspace.undo_stack.count() == 1
    assert workspace.undo_stack.undoText() == "paint Object 1"
    workspace.undo_stack.undo()
    assert workspace.project.label(1, 0) is None


@pytest.mark.parametrize("tool, button", [("eraser", Qt.MouseButton.LeftButton), ("brush", RIGHT)])
def test_eraser_and_right_button_erase(canvas, workspace, disc, tool, button):
    workspace.paint(1, disc(60, 60, 30))
    workspace.view.tool = tool
    points = [(55.0, 60.0), (90.0, 62.0)]
    drag(canvas, points, button)
    np.testing.assert_array_equal(workspace.mask(1), stroke(points, 4, False, disc(60, 60, 30)))
    assert workspace.undo_stack.undoText() == "erase from Object 1"


def test_shift_joins_to_the_last_point_by_a_straight_line(canvas, workspace):
    click(canvas, 20, 20)
    click(canvas, 100, 80, modifiers=SHIFT)
    np.testing.assert_array_equal(workspace.mask(1), stroke([(20, 20), (100, 80)], 4))


def test_pressure_scales_the_radius_and_the_other_end_erases(canvas, workspace):
    tablet(canvas, QEvent.Type.TabletPress, 40, 60, 1.0)
    tablet(canvas, QEvent.Type.TabletMove, 90, 60, 0.5)
    tablet(canvas, QEvent.Type.TabletRelease, 90, 60, 0.0)
    expected = stroke([(40, 60)], 4)
    stamp_segment(expected, (40, 60), (90, 60), 4, 2, True)
    np.testing.assert_array_equal(workspace.mask(1), expected)
    tablet(canvas, QEvent.Type.TabletPress, 40, 60, 1.0, is_eraser=True)
    tablet(canvas, QEvent.Type.TabletRelease, 40, 60, 0.0, is_eraser=True)
    np.testing.assert_array_equal(workspace.mask(1), stroke([(40, 60)], 4, False, expected))


@pytest.mark.parametrize("code, modifiers", [(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Z, CTRL)])
def test_escape_and_undo_abort_the_stroke_and_leave_no_trace(canvas, workspace, disc, code, modifiers):
    workspace.paint(1, disc(60, 60, 30))
    hover(canvas, 140, 20)
    before, n_steps = canvas.grab().toImage(), workspace.undo_stack.count()
    press(canvas, 140, 20)
    move(canvas, 60, 100)
    assert canvas.grab().toImage() != before
    key(canvas, code, modifiers)
    release(canvas, 140, 20)
    hover(canvas, 140, 20)
    assert canvas.grab().toImage() == before
    assert workspace.undo_stack.count() == n_steps
    np.testing.assert_array_equal(workspace.mask(1), disc(60, 60, 30))


@pytest.mark.parametrize("verb, word", [(verbs.set_locked, "locked"), (verbs.set_hidden, "hidden")])
def test_a_locked_or_hidden_object_is_refused_with_a_word(canvas, workspace, verb, word):
    workspace.do(verb(workspace.project, 1, True))
    drag(canvas, PATH)
    assert workspace.project.label(1, 0) is None
    assert len(workspace.sayings) == 1
    assert f"Object 1 is {word}" in workspace.sayings[0]


def test_an_object_locked_meanwhile_keeps_its_mask(canvas, workspace, disc):
    workspace.paint(1, disc(60, 60, 20))
    press(canvas, 30, 30)
    workspace.do(verbs.set_locked(workspace.project, 1, True))
    release(canvas, 30, 30)
    np.testing.assert_array_equal(workspace.mask(1), disc(60, 60, 20))
    assert "locked" in workspace.sayings[0]


def test_an_object_of_another_kind_is_not_painted_on(canvas, workspace):
    workspace.do(verbs.add_object(workspace.project, kind=Kind.COLOUR))
    workspace.view.object_id = 2
    drag(canvas, PATH)
    assert "has no mask" in workspace.sayings[0]
    assert workspace.project.label(2, 0) is None


def test_with_no_object_the_first_stroke_makes_one_in_the_same_step(canvas, workspace):
    workspace.view.object_id = None
    drag(canvas, PATH)
    assert workspace.view.object_id == 2
    np.testing.assert_array_equal(workspace.mask(2), stroke(PATH, 4))
    assert workspace.undo_stack.count() == 1
    workspace.undo_stack.undo()
    assert list(workspace.project.objects) == [1]
    assert workspace.project.label(2, 0) is None


def test_a_new_object_whose_stroke_is_aborted_never_was(canvas, workspace):
    workspace.view.object_id = None
    press(canvas, 50, 50)
    key(canvas, Qt.Key.Key_Escape)
    assert list(workspace.project.objects) == [1]
    assert workspace.undo_stack.count() == 0


@pytest.mark.parametrize("exclusive", [True, False])
def test_exclusive_paint_takes_the_pixels_from_others(canvas, workspace, disc, exclusive):
    workspace.add_object()
    workspace.paint(2, disc(60, 60, 20))
    workspace.view.object_id = 1
    workspace.view.exclusive = exclusive
    points = [(60, 60), (100, 60)]
    drag(canvas, points)
    painted = stroke(points, 4)
    np.testing.assert_array_equal(workspace.mask(1), painted)
    np.testing.assert_array_equal(workspace.mask(2), disc(60, 60, 20) & ~(painted & exclusive))


def test_what_exclusive_paint_will_take_is_seen_while_painting(canvas, workspace, disc):
    workspace.add_object()
    workspace.paint(2, disc(60, 60, 20))
    workspace.view.object_id = 1
    press(canvas, 50, 60)
    move(canvas, 70, 60)
    during = canvas.grab().toImage()
    release(canvas, 70, 60)
    assert canvas.grab().toImage() == during


def test_a_change_of_frame_commits_to_the_frame_where_the_stroke_began(canvas, workspace):
    press(canvas, 30, 30)
    move(canvas, 60, 40)
    workspace.view.frame = 3
    move(canvas, 90, 90)
    release(canvas, 90, 90)
    np.testing.assert_array_equal(workspace.mask(1, 0), stroke([(30, 30), (60, 40)], 4))
    assert workspace.project.label(1, 3) is None


def test_a_stroke_stops_playing(canvas, workspace):
    workspace.view.is_playing = True
    press(canvas, 30, 30)
    assert not workspace.view.is_playing
    release(canvas, 30, 30)


def test_nothing_is_painted_on_a_picture_that_is_not_the_frame(canvas, workspace):
    workspace.is_decoding = True
    workspace.view.frame = 2
    drag(canvas, PATH)
    assert "Frame 2 is still being decoded" in workspace.sayings[0]
    assert workspace.undo_stack.count() == 0
    workspace.deliver(2)
    drag(canvas, PATH)
    assert workspace.project.label(1, 2) is not None


def test_painting_goes_on_from_what_is_seen_and_makes_it_an_anchor(canvas, workspace, disc):
    mask_id = workspace.project.add_mask(RleMask.encode(disc(60, 60, 20)))
    derived = Label(Provenance.DERIVED, mask_id, confidence=0.5)
    edit = verbs.paint_mask(workspace.project, 1, 0, RleMask.encode(disc(60, 60, 20)))
    swap = edit.labels[1, 0]
    workspace.do(type(edit)("derive", labels={(1, 0): type(swap)(None, derived)}))
    drag(canvas, PATH)
    np.testing.assert_array_equal(workspace.mask(1), stroke(PATH, 4, mask=disc(60, 60, 20)))
    assert workspace.project.label(1, 0).provenance is Provenance.ANCHOR


def test_a_stroke_that_changes_nothing_is_no_step(canvas, workspace, disc):
    workspace.paint(1, disc(60, 60, 30))
    n_steps = workspace.undo_stack.count()
    drag(canvas, [(55, 60), (65, 60)])
    drag(canvas, [(120, 20), (130, 20)], RIGHT)
    assert workspace.undo_stack.count() == n_steps


def test_results_that_arrive_meanwhile_leave_the_mask_in_hand_alone(canvas, workspace, disc):
    workspace.add_object()
    workspace.view.object_id = 1
    press(canvas, 30, 30)
    workspace.paint(2, disc(100, 60, 20))
    move(canvas, 60, 40)
    release(canvas, 60, 40)
    np.testing.assert_array_equal(workspace.mask(1), stroke([(30, 30), (60, 40)], 4))
    np.testing.assert_array_equal(workspace.mask(2), disc(100, 60, 20))


def test_a_stroke_ends_with_its_object(canvas, workspace):
    press(canvas, 30, 30)
    workspace.do(verbs.delete_object(workspace.project, 1))
    move(canvas, 60, 40)
    release(canvas, 60, 40)
    assert not workspace.project.objects
    assert workspace.undo_stack.undoText() == "delete Object 1"


def test_a_second_button_does_not_disturb_a_stroke(canvas, workspace):
    press(canvas, 30, 30)
    press(canvas, 50, 30, RIGHT)
    release(canvas, 50, 30, RIGHT)
    move(canvas, 60, 40)
    release(canvas, 60, 40)
    np.testing.assert_array_equal(workspace.mask(1), stroke([(30, 30), (60, 40)], 4))


def test_an_event_composes_its_surroundings_and_not_the_picture(canvas, workspace, disc):
    workspace.add_object()
    workspace.paint(2, disc(80, 60, 50))
    workspace.view.object_id = 1
    screen = Screen(canvas)
    press(canvas, 80, 60)
    screen.catch_up()
    canvas.layers.masks.composed_px = 0
    move(canvas, 84, 60)
    screen.catch_up()
    side_px = (2 * 4 + 4) * canvas.viewport.scale + 24  # the brush, the way, outlines and ring
    assert 0 < canvas.layers.masks.composed_px <= 4 * side_px**2  # two objects, ring before and after
    assert canvas.layers.masks.composed_px < 0.15 * canvas.width() * canvas.height()
    release(canvas, 84, 60)


@pytest.mark.parametrize("scale", [0.4, 1.37, 2.0, 7.3, 15.0])
def test_painted_piece_by_piece_it_looks_as_if_painted_at_once(canvas, workspace, disc, scale):
    workspace.add_object()
    workspace.paint(2, disc(80, 60, 40))
    workspace.view.object_id = 1
    canvas.zoom(scale / canvas.viewport.scale, canvas.image_to_view(60.2, 50.3))
    screen = Screen(canvas)
    press(canvas, *PATH[0])
    for point in [*PATH[1:], (80, 60), (110, 100)]:
        move(canvas, *point)
        screen.catch_up()
    release(canvas, 110, 100)
    hover(canvas, 30, 60)
    workspace.view.object_id = 2
    workspace.view.tool = "select"
    screen.catch_up()
    assert_looks_alike(screen.image, canvas.grab().toImage())


def test_an_outline_that_one_comes_back_to_can_be_wiped_off(canvas, workspace):
    workspace.view.tool = "polygon"
    for corner in ((20, 20), (100, 25), (90, 95)):
        click(canvas, *corner)
    workspace.view.frame = 2
    hover(canvas, 60, 60)
    workspace.view.frame = 0
    screen = Screen(canvas)
    key(canvas, Qt.Key.Key_Escape)
    screen.catch_up()
    assert_looks_alike(screen.image, canvas.grab().toImage())


class Screen:
    """What a person sees: only what the canvas asks to be repainted is."""

    def __init__(self, canvas):
        self.canvas = canvas
        self.image = canvas.grab().toImage()
        self.dirty = QRegion()
        canvas.update = self.ask

    def ask(self, rect=None):
        self.dirty += self.canvas.rect() if rect is None else rect

    def catch_up(self):
        region = self.dirty & self.canvas.rect()
        self.dirty = QRegion()
        if not region.isEmpty():
            self.canvas.render(self.image, region.boundingRect().topLeft(), region)


def assert_looks_alike(seen, expected):
    a, b = (
        np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8).astype(int)
        for image in (seen, expected)
    )
    assert np.abs(a - b).max() <= 40  # a step of an edge's softness, never a seam
    assert (a != b).mean() < 0.002
