"""The layers alone: on screens of any density, at any zoom, picture and masks lie on each other."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from app.desk.seen_labels import ShownMask
from app.project.model import Kind, Label, Object, Provenance
from engines.labels.rle import RleMask
from widgets.canvas.frame_layer import FrameLayer
from widgets.canvas.mask_layer import MaskLayer
from widgets.canvas.sampling import Grid
from widgets.canvas.viewport import Viewport

SIZE = (200, 150)
COLOUR = (255, 0, 0)


def black():
    return np.zeros((100, 140, 3), np.uint8)


def square(left, top, right, bottom, shape=(100, 140)):
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def shown(mask, object_id=1, colour=COLOUR, **flags):
    label = Label(Provenance.ANCHOR, object_id)
    look = {"is_proposal": False, "is_stale": False} | flags
    return ShownMask(Object(object_id, "thing", colour), label, RleMask.encode(mask), **look)


def painted(masks, viewport, ratio=1.0, image=None):
    """Paint both layers on a screen of 200 x 150 logical pixels, and return it, uint8 (H, W, 3)."""
    width, height = round(SIZE[0] * ratio), round(SIZE[1] * ratio)
    screen = QImage(width, height, QImage.Format.Format_RGB32)
    screen.setDevicePixelRatio(ratio)
    screen.fill(QColor(0, 0, 0))
    painter = QPainter(screen)
    frames = FrameLayer()
    frames.set_image(image)
    grid = Grid(viewport.scale * ratio, (viewport.left * ratio, viewport.top * ratio), 0, 0, width, height)
    frames.paint(painter, viewport, QRect(0, 0, *SIZE), grid, ratio)
    masks.paint(painter, grid, ratio)
    painter.end()
    pixels = np.frombuffer(screen.constBits(), np.uint8).reshape(height, width, 4)
    return pixels[..., 2::-1].astype(int)


@pytest.fixture
def layer(qapp):
    made = MaskLayer()
    made.opacity, made.has_outline = 1.0, False
    return made


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
@pytest.mark.parametrize("scale", [0.3, 0.75, 1.0, 1.6, 2.714, 3.0, 8.893])
def test_a_mask_lies_where_the_picture_shows_it(layer, scale, ratio):
    mask = square(30, 20, 60, 50)
    image = black()
    image[mask] = (0, 255, 0)  # the mask, drawn over it in red, must hide it
    viewport = Viewport(scale, 80 - 30 * scale, 60 - 20 * scale).snapped(ratio)  # its corner at (80, 60)
    alone = painted(layer, viewport, ratio, image)
    assert alone[..., 1].max() > 200
    layer.set_shown([shown(mask)])
    both = painted(layer, viewport, ratio, image)
    is_left_over = (both[..., 1] > 140) & (both[..., 0] < 60)
    assert not is_left_over.any()
    assert (both[..., 0] > 250).sum() == pytest.approx((alone[..., 1] > 250).sum(), rel=0.1)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_nothing_is_drawn_far_from_the_mask(layer, ratio):
    layer.has_outline = True
    layer.selected_id = 1
    layer.set_shown([shown(square(30, 20, 60, 50))])
    screen = painted(layer, Viewport(1.0, 0.0, 0.0), ratio, black() + np.uint8(90))
    reach = 3
    near = np.zeros(screen.shape[:2], bool)
    edges = [round(edge * ratio) for edge in (20 - reach, 50 + reach, 30 - reach, 60 + reach)]
    near[edges[0] : edges[1], edges[2] : edges[3]] = True
    assert (screen[:100, :140][~near[:100, :140]] == 90).all()


def test_opacity_mixes_picture_and_colour(layer):
    layer.opacity = 0.5
    layer.set_shown([shown(square(30, 20, 60, 50))])
    screen = painted(layer, Viewport(1.0, 0.0, 0.0), 1.0, np.full((100, 140, 3), 100, np.uint8))
    assert screen[35, 45] == pytest.approx([178, 50, 50], abs=2)
    assert (screen[10, 10] == 100).all()


def test_overlapping_masks_both_show_through(layer):
    layer.opacity = 0.5
    layer.set_shown([shown(square(20, 20, 60, 60)), shown(square(40, 20, 80, 60), 2, (0, 0, 255))])
    screen = painted(layer, Viewport(1.0, 0.0, 0.0), 1.0, black())
    assert screen[40, 30] == pytest.approx([128, 0, 0], abs=2)
    assert screen[40, 70] == pytest.approx([0, 0, 128], abs=2)
    assert screen[40, 50] == pytest.approx([64, 0, 128], abs=2)


@pytest.mark.parametrize("flags", [{"is_proposal": True}, {"is_stale": True}, {"is_proposal": True, "is_stale": True}])
@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0])
def test_proposals_and_stale_labels_differ_from_anchors_in_form_not_only_in_strength(layer, flags, scale):
    layer.has_outline = True
    viewport = Viewport(scale, 0.0, 0.0)
    looks = []
    for extra in ({}, flags):
        layer.set_shown([shown(square(5, 5, 35, 30), **extra)])
        looks.append(painted(layer, viewport, 1.0, black()))
    assert len(np.unique(looks[1][..., 0])) > len(np.unique(looks[0][..., 0]))


def test_the_selected_object_has_another_outline(layer):
    layer.has_outline = True
    layer.set_shown([shown(square(30, 20, 60, 50))])
    plain = painted(layer, Viewport(1.0, 0.0, 0.0), 1.0, black())
    layer.selected_id = 1
    selected = painted(layer, Viewport(1.0, 0.0, 0.0), 1.0, black())
    assert (selected[20, 30:60].min(axis=-1) > plain[20, 30:60].min(axis=-1)).all()  # nearer to white
    np.testing.assert_array_equal(selected[35, 40:50], plain[35, 40:50])


def test_set_shown_tells_what_changes(layer):
    one, two = shown(square(0, 0, 10, 10)), shown(square(50, 50, 60, 60), 2)
    assert layer.set_shown([one, two]) == [(0, 0, 10, 10), (50, 50, 60, 60)]
    assert layer.set_shown([one, two]) == []
    moved = shown(square(70, 50, 80, 60), 2)
    assert layer.set_shown([one, moved]) == [(50, 50, 60, 60), (70, 50, 80, 60)]
    assert set(layer.set_shown([moved, one])) == {(0, 0, 10, 10), (70, 50, 80, 60)}
    assert layer.set_shown([one]) == [(70, 50, 80, 60)]
    assert layer.set_shown([one], [two]) == [(50, 50, 60, 60)]
    assert layer.set_shown([one]) == [(50, 50, 60, 60)]


def test_a_picture_of_one_pixel_and_one_far_away_can_be_painted(layer):
    image = np.full((1, 1, 3), 200, np.uint8)
    layer.set_shown([shown(np.ones((1, 1), bool))])
    assert painted(layer, Viewport(40.0, 10.0, 10.0), 1.0, image).max() == 255
    assert painted(layer, Viewport(0.01, 10.0, 10.0), 1.0, image).max() <= 255
    painted(layer, Viewport(80.0, -9e5, 4e4), 1.0, black())


def test_void_is_hatched_both_ways_and_shows_what_it_covers():
    found = shown(square(20, 20, 80, 80))
    void = replace(found, object=replace(found.object, kind=Kind.VOID))
    is_covered = []
    for each in (found, void):
        layer = MaskLayer()
        layer.set_shown([each])
        screen = painted(layer, Viewport(1.0, 0.0, 0.0), 1.0, black())
        is_covered.append(screen[30:70, 30:70, 0] > 40)
    solid, hatched = is_covered
    assert solid.all()
    assert 0.2 < hatched.mean() < 0.7
    # Lines both ways: some run down to the right, some to the left.
    assert (hatched[1:, 1:] & hatched[:-1, :-1]).any()
    assert (hatched[1:, :-1] & hatched[:-1, 1:]).any()
