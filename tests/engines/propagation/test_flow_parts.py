"""The parts of the flow engine on their own."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.propagation.colour_model import ColourModel, colour_cells
from engines.propagation.flow_confidence import Signs, crispness, expected_iou
from engines.propagation.pixel_links import PixelLink, PixelLinker, working_picture
from engines.training.synthetic import random_scene

WIDTH, HEIGHT = 160, 120


@pytest.fixture(scope="module")
def scene():
    return random_scene(4, WIDTH, HEIGHT, 4, n_objects=2)


def test_links_follow_the_true_flow(scene):
    here, there = (working_picture(scene.render(f).image, WIDTH, HEIGHT) for f in (1, 0))
    link = PixelLinker(WIDTH, HEIGHT, cv2.DISOPTICAL_FLOW_PRESET_MEDIUM, 0).link(here, there)
    flow, valid = scene.flow_between(1, 0)
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    error_px = np.linalg.norm(link.positions - np.dstack([columns, rows]) - flow, axis=2)
    assert np.median(error_px[valid]) < 0.5
    believed = link.weight > 0.5
    assert np.median(error_px[valid & believed]) < 0.5 and believed[valid].mean() > 0.5
    assert link.weight[valid].mean() > 2 * link.weight[~valid].mean()
    assert 0 <= link.weight.min() <= link.weight.max() <= 1


def test_a_frame_linked_with_itself_is_believed(scene):
    picture = working_picture(scene.render(0).image, WIDTH, HEIGHT)
    link = PixelLinker(WIDTH, HEIGHT, cv2.DISOPTICAL_FLOW_PRESET_FAST, 1).link(picture, picture)
    values = np.random.default_rng(0).random((HEIGHT, WIDTH), np.float32)
    assert np.quantile(np.abs(link.fetch(values) - values), 0.95) < 0.05
    assert np.median(link.weight) > 0.9


def two_colours():
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :30] = (200, 60, 40)
    image[:, 30:] = (40, 90, 200)
    soft = np.zeros((40, 60), np.float32)
    soft[:, :30] = 1
    return image, soft


def test_colours_tell_the_object_from_its_surroundings():
    image, soft = two_colours()
    cells = colour_cells(image)
    odds = ColourModel(cells, soft, np.ones_like(soft, bool)).log_odds(cells)
    assert (odds[:, :30] > 2).all() and (odds[:, 30:] < -2).all()
    unseen = colour_cells(np.full((1, 1, 3), (20, 250, 20), np.uint8))
    assert abs(ColourModel(cells, soft, soft >= 0).log_odds(unseen)[0, 0]) < 0.1


def test_what_is_not_near_does_not_count():
    image, soft = two_colours()
    near = np.zeros_like(soft, bool)
    near[:, :35] = True
    image[:, 50:] = (200, 60, 40)  # the object's colour, far away
    cells = colour_cells(image)
    assert (ColourModel(cells, soft, near).log_odds(cells)[:, :30] > 2).all()


def test_the_running_colours_follow_the_light_and_the_anchor_is_kept():
    image, soft = two_colours()
    near = np.ones_like(soft, bool)
    model = ColourModel(colour_cells(image), soft, near)
    dim = colour_cells(image // 2)
    before = model.log_odds(dim)[0, 0]
    for _ in range(30):
        model.learn(dim, soft, near)
    assert model.log_odds(dim)[0, 0] > max(before, 2)
    assert model.log_odds(colour_cells(image))[0, 0] > 2


def test_nothing_to_learn_from_says_nothing():
    image, soft = two_colours()
    cells = colour_cells(image)
    odds = ColourModel(cells, soft * 0, np.zeros_like(soft, bool)).log_odds(cells)
    assert np.abs(odds).max() < 1e-3


signs = st.builds(Signs, st.integers(1, 500), st.floats(0, 200), st.floats(0, 1), st.floats(-6, 6))


@given(signs)
def test_confidence_falls_with_every_bad_sign(sign):
    here = expected_iou(sign)
    assert 0 <= here <= 1
    worse = [
        Signs(sign.distance + 5, sign.doubt, sign.crispness, sign.contrast),
        Signs(sign.distance, sign.doubt + 5, sign.crispness, sign.contrast),
        Signs(sign.distance, sign.doubt, sign.crispness * 0.9, sign.contrast),
        Signs(sign.distance, sign.doubt, sign.crispness, sign.contrast - 1),
    ]
    assert all(expected_iou(bad) <= here for bad in worse)


def test_crispness_by_hand():
    soft = np.array([[1, 1, 0.8], [0.4, 0, 0]], np.float32)
    # Inside are three pixels that hold 2.8; outside lie 0.4: 2.8 / (3 + 0.4).
    assert crispness(soft) == pytest.approx(2.8 / 3.4)
    assert crispness(np.zeros((2, 2), np.float32)) == 0
    assert crispness(np.ones((2, 2), np.float32)) == 1


@given(st.integers(0, 10_000))
def test_what_is_fetched_is_what_every_pixel_sees(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 70, 2)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moves = cv2.blur(rng.normal(0, 60, (height, width, 2)).astype(np.float32), (9, 9)).reshape(height, width, 2)
    link = PixelLink(np.dstack([x, y]) + moves, np.ones((height, width), np.float32))
    values = np.zeros((height, width), np.float32)
    top, left = rng.integers(0, height), rng.integers(0, width)
    values[top : top + rng.integers(0, 20), left : left + rng.integers(0, 20)] = rng.random()
    seen = cv2.remap(values, link.positions, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    assert np.array_equal(link.fetch(values), seen)
