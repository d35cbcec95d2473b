"""The same points of two frames, where flow is sure."""

import cv2
import numpy as np

from engines.training.flow_pairs import FlowPairs

SIZE = 64


def picture(shift=0):
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.integers(0, 255, (140, 200, 3)).astype(np.float32), (0, 0), 2)
    noise = cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.roll(noise, shift, axis=1)[20:120, 20:160].copy()


def crop(x, y, scale=1.0):
    """Return the affine map from a crop to the picture."""
    return np.array([[scale, 0, x], [0, scale, y]], float)


def test_a_still_is_sure_of_itself_everywhere():
    image = picture()
    flow = FlowPairs().flow(image, image)
    assert np.array_equal(flow[..., :2], np.zeros((100, 140, 2)))
    assert (flow[..., 2] == 1).all()


def test_places_follow_warps_and_motion():
    pairs = FlowPairs()
    flow = pairs.flow(picture(), picture(6))
    places = pairs.places(flow, crop(20, 10), crop(30, 6), SIZE, 4)
    assert places.shape == ((SIZE // 4) ** 2, 3)
    sure = places[:, 2] > 0
    assert sure.mean() > 0.5
    columns, rows = np.meshgrid(np.arange(16), np.arange(16))
    truth = np.stack([columns.ravel() + (20 + 6 - 30) / 4, rows.ravel() + 1], -1)
    assert np.abs(places[sure, :2] - truth[sure]).max() < 0.25
    assert not sure[truth[:, 0] < 0].any()  # beyond the other crop


def test_what_is_not_there_any_more_is_not_sure():
    here = picture()
    there = here.copy()
    there[:, 70:] = np.random.default_rng(0).integers(0, 255, (100, 70, 3))
    flow = FlowPairs().flow(here, there)
    assert flow[:, :50, 2].mean() > 0.9
    assert flow[:, 90:, 2].mean() < 0.5
