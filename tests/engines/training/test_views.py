"""Known warps are known exactly: what is drawn at a place is what the maps say lies there."""

import cv2
import numpy as np
import pytest
import torch

from engines.training.losses import grid, places, splat
from engines.training.views import ViewSettings, between, random_affine, render

SIZE = 64
PLAIN = ViewSettings(size_px=SIZE, max_gain=0.0, max_offset=0.0, grey_share=0.0, shift=0.05, scales=(0.9, 1.4))


def dot(at, width=160, height=120):
    """A black picture with one soft round dot at `at` (x, y)."""
    cols, rows = np.meshgrid(np.arange(width), np.arange(height))
    light = np.exp(-((cols - at[0]) ** 2 + (rows - at[1]) ** 2) / (2 * 2.5**2))
    return np.repeat((255 * light[..., None]).astype(np.uint8), 3, 2)


def middle(view):
    weight = view[..., 0].astype(np.float64)
    cols, rows = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    return np.array([(weight * cols).sum(), (weight * rows).sum()]) / weight.sum()


@pytest.mark.parametrize("seed", range(4))
def test_a_point_of_one_view_lands_where_the_map_says_in_the_other(seed):
    rng = np.random.default_rng(seed)
    first, second = (random_affine(rng, PLAIN, 160, 120, np.array([0.5, 0.5])) for _ in range(2))
    to = between(first, second)
    n_seen = 0
    for here in np.mgrid[16:49:16, 16:49:16].reshape(2, -1).T:
        there = to @ [*here, 1]
        if there.min() < 12 or there.max() > SIZE - 12:
            continue  # too near an edge for all of the dot to be seen
        n_seen += 1
        picture = dot(first @ [*here, 1])
        assert np.allclose(middle(render(rng, PLAIN, picture, first)[0]), here, atol=0.1)
        assert np.allclose(middle(render(rng, PLAIN, picture, second)[0]), there, atol=0.1)
    assert n_seen >= 3


def test_maps_there_and_back_cancel():
    rng = np.random.default_rng(0)
    first, second = (random_affine(rng, ViewSettings(), 300, 200, np.array([0.3, 0.6])) for _ in range(2))
    there, back = between(first, second), between(second, first)
    points = rng.uniform(0, 144, (5, 2))
    there_and_back = (back[:, :2] @ (there[:, :2] @ points.T + there[:, 2:]) + back[:, 2:]).T
    assert np.allclose(there_and_back, points)
    assert np.allclose(between(first, first), np.eye(2, 3), atol=1e-9)


def test_views_are_not_larger_than_the_picture():
    rng = np.random.default_rng(0)
    for _ in range(50):
        affine = random_affine(rng, ViewSettings(), 100, 60, rng.uniform(0, 1, 2))
        assert np.sqrt(abs(np.linalg.det(affine[:, :2]))) * 144 <= 60 / 0.9 + 1e-6


def test_what_the_network_sees_differs_in_colour_only():
    settings = ViewSettings(size_px=SIZE, grey_share=1.0)
    rng = np.random.default_rng(0)
    picture = rng.integers(60, 180, (120, 160, 3), np.uint8)
    seen, true = render(rng, settings, picture, random_affine(rng, settings, 160, 120, np.array([0.5, 0.5])))
    assert seen.shape == true.shape == (SIZE, SIZE, 3)
    assert np.ptp(seen, axis=2).max() == 0 and np.ptp(true, axis=2).max() > 0
    light = cv2.cvtColor(true, cv2.COLOR_RGB2GRAY)
    assert np.corrcoef(light.ravel(), seen[..., 0].ravel())[0, 1] > 0.99


def test_cells_are_where_their_pixels_are():
    """A shift by two cells and a half moves every cell by two and a half, and those beyond the edge are outside."""
    n, stride = 8, 8
    shift = torch.tensor([[[1.0, 0, 20], [0, 1, 0]]])
    to, inside = places(shift, n, stride)
    assert torch.allclose(to[0], grid(n) + torch.tensor([2.5, 0]))
    assert inside[0].view(n, n)[:, :5].all() and not inside[0].view(n, n)[:, 5:].any()


def test_a_place_is_spread_over_its_four_cells():
    place = torch.tensor([[2.25, 5.5], [0.0, 0.0], [7.0, 7.0]])
    spread = splat(place, 8)
    assert torch.allclose(spread.sum(-1), torch.ones(3))
    assert torch.allclose(spread @ grid(8), place)
    assert (spread[0] > 0).sum() == 4 and spread[1, 0] == 1 and spread[2, -1] == 1
