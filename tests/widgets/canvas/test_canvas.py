"""What is shown and where: zoom, pan, pictures that come late, masks and their looks."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication

from app.project import verbs
from app.project.edits import Edit, Swap
from app.project.model import Label, Provenance
from engines.labels.rle import RleMask
from tests.gestures import CTRL, MIDDLE, drag, hover, key, key_down, key_up, leave, press, wheel
from tests.widgets.canvas.pretend import HEIGHT, WIDTH


def colour_at(canvas, x, y):
    position = canvas.image_to_view(x, y).toPoint()
    return QColor(canvas.grab().toImage().pixel(position)).getRgb()[:3]


def show_proposal(workspace, object_id, mask, frame=0):
    label = Label(Provenance.DERIVED, workspace.project.add_mask(RleMask.encode(mask)), confidence=0.5)
    workspace.do(Edit("propose", proposals={(object_id, frame): Swap(None, label)}))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(100, 700), st.floats(100, 500), st.lists(st.integers(-6, 6), min_size=1, max_size=8))
def test_the_wheel_zooms_about_the_cursor(canvas, x, y, turns):
    canvas.fit()
    under = canvas.view_to_image(QPointF(x, y))
    if not (0 < under[0] < WIDTH and 0 < under[1] < HEIGHT):
        return
    for turn in turns:
        wheel(canvas, *canvas.view_to_image(QPointF(x, y)), turn)
        now = canvas.image_to_view(*under)
        if 0.2 < canvas.viewport.scale < 79:  # at the limits the picture is held in reach instead
            assert (now.x(), now.y()) == pytest.approx((x, y), abs=0.51)


def test_zoom_pan_and_fit(canvas, workspace):
    scales = []
    canvas.zoomed.connect(scales.append)
    canvas.actual_size()
    assert canvas.viewport.scale == pytest.approx(1)
    canvas.zoom_in()
    canvas.zoom_out()
    assert scales[-1] == pytest.approx(1)
    canvas.zoom(3)
    before = canvas.image_to_view(10, 10)
    drag(canvas, [(10, 10), (30, 20)], MIDDLE)
    assert (canvas.image_to_view(10, 10) - before).x() == pytest.approx(60, abs=1)
    assert workspace.undo_stack.count() == 0
    canvas.fit()
    corners = [canvas.image_to_view(-0.5, -0.5), canvas.image_to_view(WIDTH - 0.5, HEIGHT - 0.5)]
    assert all(canvas.rect().contains(corner.toPoint()) for corner in corners)


def test_a_fitted_picture_stays_fitted_and_another_keeps_its_middle(canvas):
    canvas.resize(500, 300)
    assert canvas.image_to_view(WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5).x() == pytest.approx(250, abs=1)
    canvas.zoom(4)
    middle = canvas.view_to_image(QPointF(250, 150))
    canvas.resize(640, 480)
    assert canvas.view_to_image(QPointF(320, 240)) == pytest.approx(middle, abs=0.2)


def test_space_held_pans_and_space_tapped_plays(canvas, workspace):
    before = canvas.image_to_view(10, 10)
    key_down(canvas, Qt.Key.Key_Space)
    drag(canvas, [(50, 50), (60, 50)])
    key_up(canvas, Qt.Key.Key_Space)
    assert (canvas.image_to_view(10, 10) - before).x() == pytest.approx(10 * canvas.viewport.scale, abs=1)
    assert not workspace.view.is_playing
    assert workspace.undo_stack.count() == 0
    key(canvas, Qt.Key.Key_Space)
    assert workspace.view.is_playing
    key(canvas, Qt.Key.Key_Space)
    assert not workspace.view.is_playing


def test_arrows_push_the_picture(canvas):
    before = canvas.image_to_view(10, 10)
    key(canvas, Qt.Key.Key_Left)
    assert canvas.image_to_view(10, 10).x() > before.x()


def test_the_wheel_with_ctrl_sizes_the_brush(canvas, workspace):
    scale = canvas.viewport.scale
    wheel(canvas, 50, 50, 2, CTRL)
    assert workspace.view.brush_radius_px == pytest.approx(4 * 1.15**2)
    wheel(canvas, 50, 50, -3, CTRL)
    assert workspace.view.brush_radius_px == pytest.approx(4 / 1.15)
    assert canvas.viewport.scale == scale


def test_zooming_to_the_selected_object(canvas, workspace, disc):
    canvas.zoom_to_object()
    assert "nothing of the selected" in workspace.sayings[0]
    workspace.paint(1, disc(120, 40, 10))
    canvas.zoom_to_object()
    assert canvas.image_to_view(120, 40).x() == pytest.approx(400, abs=canvas.viewport.scale)
    assert canvas.viewport.scale == 8


def test_what_is_under_the_pointer_is_told(canvas, workspace, disc):
    workspace.paint(1, disc(60, 60, 10))
    told = []
    canvas.hovered.connect(told.append)
    hover(canvas, 60.3, 61.2)
    hover(canvas, 10, 20)
    hover(canvas, -30, 20)
    leave(canvas)
    assert told == ["60, 61   #647914   Object 1", "10, 20   #325014", "", ""]


def test_what_is_told_of_a_pointer_that_rests_follows_frame_labels_and_zoom(canvas, workspace, disc):
    hover(canvas, 60, 61)
    told = []
    canvas.hovered.connect(told.append)
    before = canvas.describe(60, 61)
    workspace.paint(1, disc(60, 60, 10))
    assert told[-1] == f"{before}   Object 1"
    workspace.view.frame = 3
    assert told[-1] == canvas.describe(60, 61) and told[-1] not in (before, f"{before}   Object 1")
    canvas.zoom(2, canvas.image_to_view(0, 0))
    assert told[-1].startswith("30, 3")
    leave(canvas)
    n_told = len(told)
    workspace.view.frame = 0
    assert told[-1] == "" and len(told) == n_told, "the pointer is elsewhere"


def test_the_old_picture_stays_until_the_new_one_comes(canvas, workspace, disc):
    workspace.paint(1, disc(60, 60, 20), frame=3)
    before = canvas.grab().toImage()
    workspace.is_decoding = True
    workspace.view.frame = 3
    assert canvas.shown_frame == 0
    assert canvas.grab().toImage() == before
    workspace.deliver(3)
    assert canvas.shown_frame == 3
    assert canvas.grab().toImage() != before
    assert [shown.object.object_id for shown in canvas.layers.masks.shown] == [1]


def test_a_damaged_frame_says_so(canvas, workspace):
    def is_amber(rgb):
        return rgb[0] > 220 and 150 < rgb[1] < 230 and rgb[2] < 120

    def top():
        return QColor(canvas.grab().toImage().pixel(100, 20)).getRgb()[:3]

    assert not is_amber(top())
    workspace.damage = "Frame 2 is damaged; what is shown is the last whole one."
    workspace.view.frame = 2
    assert is_amber(top())
    workspace.damage = ""
    workspace.view.frame = 3
    assert not is_amber(top())


def test_an_empty_canvas_is_friendly_and_takes_no_gesture(canvas, workspace):
    workspace.close()
    image = canvas.grab().toImage()
    assert len({image.pixel(x, y) for x in range(250, 550) for y in (270, 280, 320, 330)}) > 3  # words
    press(canvas, 10, 10)
    wheel(canvas, 10, 10, 1)
    key(canvas, Qt.Key.Key_Space)
    canvas.fit()
    canvas.zoom_in()
    assert not workspace.view.is_playing
    assert not canvas.acceptDrops()  # the window takes what is dropped


def test_saving_under_another_name_changes_nothing_to_be_seen(canvas, workspace):
    canvas.zoom(2)
    before = canvas.grab().toImage()
    workspace.clip_changed.emit()
    assert canvas.grab().toImage() == before


def test_closing_the_clip_empties_the_canvas(canvas, workspace, disc):
    workspace.paint(1, disc(60, 60, 20))
    press(canvas, 30, 30)
    workspace.close()
    assert canvas.image is None
    assert canvas.layers.masks.shown == ()
    assert canvas.layers.masks.hand is None
    canvas.grab()


def test_masks_are_seen_where_they_are_in_their_colour(canvas, workspace, disc):
    workspace.view.opacity = 1.0
    workspace.paint(1, disc(60, 60, 20))
    plain = colour_at(canvas, 100, 60)
    assert colour_at(canvas, 60, 60) == workspace.project.objects[1].colour
    assert plain == tuple(canvas.image[60, 100])
    workspace.view.opacity = 0.0
    assert colour_at(canvas, 60, 60) == tuple(canvas.image[60, 60])
    workspace.view.opacity = 1.0
    workspace.do(verbs.set_hidden(workspace.project, 1, True))
    assert colour_at(canvas, 60, 60) == tuple(canvas.image[60, 60])


@pytest.mark.parametrize("field, value", [("outline", False), ("object_id", None), ("onion_skin", True)])
def test_what_the_view_asks_for_is_seen(canvas, workspace, disc, field, value):
    workspace.paint(1, disc(60, 60, 20))
    workspace.paint(1, disc(90, 60, 20), frame=1)
    before = canvas.grab().toImage()
    setattr(workspace.view, field, value)
    assert canvas.grab().toImage() != before


def test_a_proposal_looks_different_and_can_be_left_out(canvas, workspace, disc):
    workspace.paint(1, disc(60, 60, 20))
    anchor = canvas.grab().toImage()
    workspace.undo_stack.undo()
    show_proposal(workspace, 1, disc(60, 60, 20))
    proposal = canvas.grab().toImage()
    assert proposal != anchor
    workspace.view.show_proposals = False
    assert colour_at(canvas, 60, 60) == tuple(canvas.image[60, 60])


def test_only_what_changed_is_repainted(canvas, workspace, disc):
    workspace.add_object()
    workspace.paint(1, disc(30, 30, 10))
    workspace.paint(2, disc(120, 90, 10))
    asked = []
    canvas.update = lambda *rect: asked.append(rect)
    workspace.paint(2, disc(120, 90, 12))
    assert asked
    assert all(not rect[0].contains(canvas.image_to_view(30, 30).toPoint()) for rect in asked)


def test_masks_decoded_are_kept_within_bounds(disc):
    from widgets.canvas.crops import CropCache

    cache = CropCache(budget_bytes=2000)
    masks = [RleMask.encode(disc(x, 60, 10)) for x in (20, 40, 60, 80, 100, 120)]
    masks += [RleMask.encode(disc(60, 60, radius)) for radius in (12, 14, 16)]
    for mask in masks:
        np.testing.assert_array_equal(cache.crop(mask)[0] > 0, mask.crop())
        assert cache.n_bytes <= 2000


def test_every_event_of_the_mouse_may_come_without_a_press(canvas):
    position = canvas.image_to_view(30, 30)
    for name in ("brush", "eraser", "polygon", "fill", "select", "pan"):
        canvas.workspace.view.tool = name
        for kind in (QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease):
            event = QMouseEvent(
                kind,
                position,
                position,
                Qt.MouseButton.LeftButton,
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(canvas, event)
    assert canvas.workspace.undo_stack.count() == 0
