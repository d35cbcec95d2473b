"""Textures drawn: exactly through their meshes, shaded, and hidden where they are hidden."""

import cv2
import numpy as np
import pytest

from engines.texture.draw import draw_texture, draw_textures, shares, surface_of, uv_map
from engines.texture.mesh import Placement, Texture, at_rest, mesh_over

HEIGHT, WIDTH = 96, 128
RED, BLUE = (200, 40, 30), (20, 60, 220)


def ground(light=1.0):
    rng = np.random.default_rng(3)
    picture = cv2.GaussianBlur(rng.integers(40, 200, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 2)
    return np.clip(light * picture, 0, 255).astype(np.uint8)


def texture(colour=RED, frame=0, alpha=255):
    paint = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    paint[30:70, 40:90] = (*colour, alpha)
    return Texture(frame, paint, ground(), mesh_over(paint[..., 3] > 0))


def moved(own, shift, frame=1, visible=1.0):
    vertices = own.mesh.vertices + np.float32(shift)
    return Placement(frame, vertices, np.full(len(vertices), visible, np.float32), 1.0)


def test_paint_lies_where_the_mesh_lies():
    own = texture()
    drawn = draw_texture(own, moved(own, (12, -7)), np.roll(ground(), (-7, 12), (0, 1)))
    expected = np.roll(own.paint, (-7, 12), (0, 1))
    assert np.abs(drawn.layer[..., 3].astype(int) - expected[..., 3]).max() <= 1
    shown = expected[..., 3] > 0
    assert np.abs(drawn.layer[shown][:, :3].astype(int) - RED).max() <= 3
    assert np.array_equal(drawn.image[~shown], np.roll(ground(), (-7, 12), (0, 1))[~shown])


@pytest.mark.parametrize("alpha", [255, 3])
def test_maps_lead_back_to_the_painted_frame(alpha):
    own = texture(alpha=alpha)
    turn = cv2.getRotationMatrix2D((64, 48), 30, 1.3)
    placed = Placement(1, cv2.transform(own.mesh.vertices[None], turn)[0], moved(own, (0, 0)).visible, 1.0)
    found = uv_map(own, placed, ground())
    here = np.dstack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))).astype(np.float32)
    true = cv2.transform(here, cv2.invertAffineTransform(turn))
    known = np.isfinite(found[..., 0])
    paint = np.uint8(255) * (own.paint[..., 3] > 0)
    painted = cv2.remap(paint, true.astype(np.float32), None, cv2.INTER_LINEAR) > 127
    assert (known == painted).mean() > 0.995 and np.abs(found - true)[known].max() < 1e-3


@pytest.mark.parametrize("light", [0.5, 1.5])
def test_paint_is_lit_as_the_surface_is(light):
    own = texture((100, 80, 60))
    layer = draw_texture(own, moved(own, (0, 0)), ground(light)).layer
    found = layer[40:60, 50:80, :3].astype(float).mean((0, 1))
    assert found == pytest.approx(light * np.array([100, 80, 60]), rel=0.1)


def test_hidden_paint_is_neither_drawn_nor_mapped():
    own = texture()
    hidden = moved(own, (0, 0), visible=0.0)
    assert not draw_texture(own, hidden, ground()).layer[..., 3].any()
    assert np.isnan(uv_map(own, hidden, ground())).all()
    half = moved(own, (0, 0))
    half.visible[own.mesh.vertices[:, 0] > 65] = 0
    picture = ground()
    picture[:, 66:] = (250, 240, 20)  # what hides it: its edge is that of what is seen
    alpha = draw_texture(own, half, picture).layer[..., 3]
    assert (alpha[32:68, 42:60] > 200).all() and (alpha[32:68, 72:] < 50).all()
    assert (alpha[32:68, 64] > alpha[32:68, 68]).all()


def test_paint_beyond_the_picture_is_cut_off():
    own = texture()
    for shift in ((300, 0), (-60, -50), (0, -200)):
        drawn = draw_texture(own, moved(own, shift), ground())
        assert drawn.image.shape == (HEIGHT, WIDTH, 3) and uv_map(own, moved(own, shift), ground()).shape[2] == 2
    left, top, right, bottom = surface_of(own.mesh, moved(own, (300, 0)), ground()).box
    assert right <= left or bottom <= top


def test_one_texture_fades_into_the_other_and_alpha_stays():
    one, other = texture(RED), texture(BLUE, 8)
    placed = [(one, at_rest(one.mesh, 4), 0.25), (other, at_rest(other.mesh, 4), 0.75)]
    layer = draw_textures(placed, ground()).layer[50, 60]
    assert layer[3] == 255 and layer[:3] == pytest.approx(0.25 * np.array(RED) + 0.75 * np.array(BLUE), abs=3)


def test_shares_add_up_and_go_from_anchor_to_anchor():
    assert shares(3, []) == {} and shares(0, [4, 9]) == {4: 1.0} and shares(12, [4, 9]) == {9: 1.0}
    assert shares(4, [4, 9]) == {4: 1.0}
    between = [shares(frame, [0, 20]) for frame in range(21)]
    assert all(sum(each.values()) == pytest.approx(1) for each in between)
    of_first = [each.get(0, 0.0) for each in between]
    assert of_first == sorted(of_first, reverse=True) and of_first[5] == 1 and of_first[15] == 0
