"""Tubes of rendered scenes, whose truth is exact. Hand-made features will do."""

import numpy as np
import pytest

from engines.correspondence.feature_cache import FeatureCache
from engines.correspondence.feature_reader import FeatureExtractor
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import pick_compute
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from engines.propagation.copy import CopyEngine
from engines.proposals.boxes import pair_overlaps
from engines.proposals.find import MOST_KEY_FRAMES, FindSettings, find_tubes, key_frames_of
from engines.proposals.masks import survival, tube_masks
from engines.proposals.tubes import Found, Step
from engines.proposals.views import ClipViews
from engines.training.scene import SceneFrames
from tests.engines.propagation.clips import CountingClip
from tests.engines.propagation.test_flow import line, moving_disc, true_mask

CPU = pick_compute("cpu", half=False)
N_FRAMES = 12


def views(frames, cache=None):
    return ClipViews(frames, FeatureExtractor(HandmadeEncoder(), "handmade", CPU, cache))


def found_in(frames, **settings):
    *steps, found = find_tubes(views(frames), settings=FindSettings(**settings))
    assert isinstance(found, Found) and all(isinstance(step, Step) for step in steps)
    assert all(0 < step.done <= step.total for step in steps)
    return found


@pytest.fixture(scope="module")
def scene():
    return moving_disc(line((40, 45), (4, 2), N_FRAMES), turn=0.05)


@pytest.fixture(scope="module")
def disc(scene):
    return found_in(SceneFrames(scene))


def truth(scene):
    return np.array([RleMask.encode(true_mask(scene, frame, 1)).box for frame in range(N_FRAMES)], np.float32)


def test_what_moves_is_among_the_first_tubes(scene, disc):
    overlaps = [pair_overlaps(tube.boxes, truth(scene)).mean() for tube in disc.tubes]
    assert max(overlaps[:5]) > 0.65 and not disc.is_still
    scores = [tube.score for tube in disc.tubes]
    assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)
    assert all(tube.boxes.shape == (N_FRAMES, 4) and 0 <= tube.best_frame < N_FRAMES for tube in disc.tubes)


def test_its_pixels_follow_from_the_boxes_and_refine_them(scene, disc):
    best = max(disc.tubes[:5], key=lambda tube: pair_overlaps(tube.boxes, truth(scene)).mean())
    masks = list(tube_masks(views(SceneFrames(scene)), best))
    assert [each.frame for each in masks] == list(range(N_FRAMES))
    found = [region_similarity(true_mask(scene, each.frame, 1), each.mask.decode()) for each in masks]
    assert np.mean(found) > 0.7
    refined = pair_overlaps(np.stack([each.box for each in masks]), truth(scene)).mean()
    assert refined > 0.75


def test_features_and_links_are_kept_for_a_second_search(scene):
    cache, frames = FeatureCache(1 << 26), SceneFrames(scene)
    first = views(frames, cache).key_frame(3, 0)
    n_bytes = cache.n_bytes
    again = views(frames, cache).key_frame(3, 0)
    assert cache.n_bytes == n_bytes > 0
    assert np.array_equal(first.static.boxes, again.static.boxes) and np.array_equal(first.looks, again.looks)


def test_parts_of_ours_can_be_left_out(scene, disc):
    found = found_in(SceneFrames(scene), grows=False, absent=False, merges=False)
    assert len(found.tubes) >= len(disc.tubes)
    assert not any(np.isnan(tube.boxes).any() for tube in found.tubes)


def test_a_still_scene_is_ranked_by_appearance():
    found = found_in(SceneFrames(moving_disc(line((60, 50), (0, 0), 6))))
    assert found.is_still and found.tubes
    assert all(tube.score <= 0.5 for tube in found.tubes)


def test_one_frame_is_a_clip(scene):
    clip = CountingClip([SceneFrames(scene).image(0)])
    found = found_in(clip)
    assert found.is_still and found.tubes and found.tubes[0].boxes.shape == (1, 4)
    masks = list(tube_masks(views(clip), found.tubes[0]))
    assert len(masks) == 1
    assert survival(CopyEngine(), clip, 0, masks[0].mask) in (0.0, 1.0)


def test_in_black_frames_nothing_is_found():
    found = found_in(CountingClip([np.zeros((90, 120, 3), np.uint8)] * 5))
    assert found.tubes == () and found.is_still


def test_noise_and_a_cut_break_nothing(scene):
    rng = np.random.default_rng(0)
    for size in ((90, 120, 3), (8, 8, 3)):
        found_in(CountingClip([rng.integers(0, 256, size).astype(np.uint8) for _ in range(4)]))
    frames = SceneFrames(scene)
    images = [frames.image(frame) for frame in range(4)]
    other = [np.ascontiguousarray(image[::-1, :, ::-1]) for image in images]
    assert found_in(CountingClip(images + other)).tubes


def test_cancelling_stops_reading(scene):
    frames = SceneFrames(scene)
    clip = CountingClip([frames.image(frame) for frame in range(N_FRAMES)])
    steps = find_tubes(views(clip))
    next(steps)
    steps.close()
    assert max(clip.read) <= 2


def test_a_mask_that_does_not_move_comes_back_whole(scene):
    mask = RleMask.encode(true_mask(scene, 0, 1))
    assert survival(CopyEngine(), SceneFrames(scene), 0, mask) == 1
    assert survival(CopyEngine(), SceneFrames(scene), N_FRAMES - 1, mask) == 1
    assert survival(CopyEngine(), SceneFrames(scene), 0, RleMask.empty(mask.width, mask.height)) == 0


@pytest.mark.parametrize("n_frames", [1, 2, 9, 50, 600, 100_000])
def test_key_frames_are_spread_and_few(n_frames):
    frames = key_frames_of(n_frames)
    assert frames[0] == 0 and len(frames) <= MOST_KEY_FRAMES and len(set(np.diff(frames))) <= 1
    assert n_frames - frames[-1] <= max(1, np.diff([*frames, n_frames]).max())
