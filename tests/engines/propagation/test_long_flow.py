"""Flow between frames far apart, against scenes whose truth is exact. Hand-made features will do."""

import numpy as np
import pytest

from engines.correspondence.feature_reader import FeatureExtractor
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import pick_compute
from engines.propagation.flow_choice import Choice, reversed_flow
from engines.propagation.long_flow import MOST_STATIONS, LongFlow, LongFlows, stations
from engines.training.pictures import default_pictures
from engines.training.scene import SceneFrames
from engines.training.synthetic import random_scene
from tests.engines.propagation.clips import CountingClip

N_FRAMES = 10


@pytest.fixture(scope="module")
def scene():
    return random_scene(6, 224, 128, N_FRAMES, default_pictures(), 3)


@pytest.fixture(scope="module")
def flows(scene):
    extractor = FeatureExtractor(HandmadeEncoder(), "handmade", pick_compute("cpu", half=False))
    return LongFlows(SceneFrames(scene), extractor)


@pytest.fixture(scope="module")
def found(flows):
    return flows.between(N_FRAMES - 1, 0)


def test_leads_to_the_same_surface_and_knows_where_it_is_hidden(scene, found):
    true, valid = scene.flow_between(N_FRAMES - 1, 0)
    found = found.resized(224, 128)
    error = np.linalg.norm(found.flow - true, axis=-1)
    assert np.median(error[valid]) < 0.5
    seen = found.seen
    assert (seen & valid).sum() > 0.75 * valid.sum()
    assert (error[seen & valid] < 2).mean() > 0.95
    assert valid[seen].mean() > 0.95
    assert found.certainty.min() >= 0 and found.certainty.max() <= 1
    assert np.isfinite(found.flow).all()


def test_certain_is_right_more_often_than_uncertain(scene, found):
    true, valid = scene.flow_between(N_FRAMES - 1, 0)
    found = found.resized(224, 128)
    right = valid & (np.linalg.norm(found.flow - true, axis=-1) < 2)
    shares = [
        right[(found.certainty >= a) & (found.certainty <= b)].mean() for a, b in [(0, 0.3), (0.3, 0.8), (0.9, 1)]
    ]
    assert shares == sorted(shares)


def test_goes_both_ways_and_nowhere(flows):
    back = flows.between(3, N_FRAMES - 1)
    assert (back.frame, back.other) == (3, N_FRAMES - 1)
    assert back.seen.mean() > 0.5
    still = flows.between(3, 3)
    assert not still.flow.any() and still.seen.all()


def test_needs_no_features(scene):
    found = LongFlows(SceneFrames(scene), None).between(4, 0).resized(224, 128)
    true, valid = scene.flow_between(4, 0)
    assert np.median(np.linalg.norm(found.flow - true, axis=-1)[valid]) < 0.5


def test_a_warp_shows_the_other_frame_from_here(scene, found):
    here, there = (scene.render(frame).image.astype(int) for frame in (N_FRAMES - 1, 0))
    warped = found.warped(there.astype(np.uint8)).astype(int)
    assert np.abs(warped - here).mean() < 0.5 * np.abs(there - here).mean()


def test_resizing_scales_displacements():
    flow = LongFlow(1, 0, np.full((4, 6, 2), 2, np.float32), np.ones((4, 6), np.float32))
    larger = flow.resized(12, 4)
    assert larger.flow.shape == (4, 12, 2)
    assert np.allclose(larger.flow, (4, 2))
    assert flow.resized(6, 4) is flow


def test_far_frames_are_reached_in_few_leaps():
    assert stations(3, 0) == (2, 1, 0)
    assert stations(5, 5) == (5,)
    far = stations(0, 1000)
    assert len(far) == MOST_STATIONS and far[-1] == 1000 and list(far) == sorted(set(far))


def test_reads_each_station_once():
    images = [np.full((40, 64, 3), 90 + frame, np.uint8) for frame in range(5)]
    clip = CountingClip(images)
    assert [flow is None for flow in LongFlows(clip, None).on_the_way(4, 0)] == [True] * 3 + [False]
    assert clip.read == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("pair", [(-1, 0), (0, 5)])
def test_refuses_frames_outside_the_clip(pair):
    with pytest.raises(IndexError, match="of a clip of 5"):
        LongFlows(CountingClip.blank(5), None).between(*pair)


def test_the_reverse_of_a_shift_is_the_other_shift():
    flow = np.full((20, 30, 2), (3, -2), np.float32)
    assert np.allclose(reversed_flow(Choice(flow, np.zeros((20, 30), np.float32))), (-3, 2), atol=1e-4)
