"""Which frame next: properties of the ranking, on confidences that are made up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.propagation.suggest import REACH_FRAMES, Carriage, suggest

N = 100


def carriage(confidence=0.5, anchors=None, name="car", **more):
    values = np.broadcast_to(np.asarray(confidence, np.float32), (N,)).copy()
    anchors = {0: 100, N - 1: 100} if anchors is None else anchors
    frames = sorted(anchors)
    return Carriage(name, values, np.array(frames, int), np.array([anchors[frame] for frame in frames]), **more)


def frames(*objects, count=1):
    return [found.frame for found in suggest(objects, count)]


def test_of_frames_alike_the_one_in_the_middle_reaches_most():
    assert abs(frames(carriage())[0] - N // 2) <= 1


def test_the_frame_next_to_an_unsure_stretch_comes_before_one_alone():
    confidence = np.full(N, 0.95)
    confidence[10] = 0.0  # the worst frame, alone
    confidence[60:90] = 0.6
    assert 60 <= frames(carriage(confidence))[0] < 90


def test_what_is_carried_ends_at_anchors():
    confidence = np.full(N, 1.0)
    confidence[51:60] = 0.2
    found = frames(carriage(confidence, {0: 100, 50: 100, N - 1: 100}))[0]
    assert 50 < found < 60


def test_each_counts_as_labelled_for_those_that_follow():
    found = suggest([carriage()], 5)
    gains = [each.gain for each in found]
    assert gains == sorted(gains, reverse=True)
    chosen = [each.frame for each in found]
    assert len(set(chosen)) == 5 and np.diff(sorted([0, *chosen, N - 1])).min() > 5


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 12))
def test_only_frames_without_an_anchor_of_every_object_are_suggested(seed, n_objects, count):
    rng = np.random.default_rng(seed)
    objects = []
    for _ in range(n_objects):
        confidence = rng.random(N)
        confidence[rng.random(N) < 0.2] = np.nan
        anchors = dict.fromkeys(rng.choice(N, rng.integers(1, 6), replace=False).tolist(), 50)
        objects.append(carriage(confidence, anchors))
    found = suggest(objects, count)
    everywhere = set.intersection(*(set(each.anchors.tolist()) for each in objects))
    assert not everywhere & {each.frame for each in found}
    assert len({each.frame for each in found}) == len(found) == count
    assert all(each.gain > 0 and each.frame not in objects[each.place].anchors for each in found)


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_gains_are_what_they_say_they_are(seed):
    rng = np.random.default_rng(seed)
    confidence = rng.random(N)
    anchors = dict.fromkeys(rng.choice(N, 3, replace=False).tolist(), 7)
    found = suggest([carriage(confidence, anchors)], 1)[0]
    losses = np.where(np.isin(np.arange(N), list(anchors)), 0, 1 - confidence.astype(np.float32))

    stretch = np.cumsum(np.isin(np.arange(N), list(anchors)))  # its number, on anchors the next one's
    is_apart = (stretch[:, None] != stretch) | np.isin(np.arange(N), list(anchors))[:, None]
    distances = np.abs(np.arange(N)[:, None] - np.arange(N))
    gains = np.where(is_apart, 0, losses * np.exp(-distances / REACH_FRAMES)).sum(1)
    assert found.gain == pytest.approx(gains.max()) and gains[found.frame] == pytest.approx(gains.max())


def test_a_long_clip_is_added_up_in_blocks_without_a_seam():
    n = 2000
    found = suggest([Carriage("car", np.full(n, 0.5), np.array([0, n - 1]), np.array([5, 5]))], 1)[0]
    assert found.gain == pytest.approx(0.5 * (2 / (1 - np.exp(-1 / REACH_FRAMES)) - 1))


def test_nothing_is_suggested_where_nothing_is_to_be_won():
    assert frames(carriage(1.0), count=3) == []
    assert frames(carriage(0.5, dict.fromkeys(range(N), 9)), count=3) == []
    assert suggest([], 3) == []


def test_enough_is_labelled_where_no_object_wins_a_mask_by_any_anchor():
    sure = carriage(np.where(np.arange(N) < 60, 0.99, 0.98))
    assert [each.is_enough for each in suggest([sure], 2)] == [True, True]
    assert suggest([sure] * 9, 1)[0].is_enough, "many objects that are all right make none that is not"
    confidence = np.full(N, 0.99)
    confidence[40:50] = 0.6
    mended = suggest([sure, carriage(confidence)], 3)
    assert [each.is_enough for each in mended] == [False, True, True], "the first anchor mends what was unsure"
    assert not suggest([carriage(np.nan, {0: 9, 2: 9, N - 1: 9})], 1)[0].is_enough


def test_frames_that_nothing_was_carried_to_come_first():
    confidence = np.full(N, 0.6)
    confidence[60:] = np.nan
    found = suggest([carriage(confidence, {0: 100, 59: 100})], 1)[0]
    assert found.frame > 60
    assert found.reason.startswith("nothing is carried to car here yet")


def test_an_object_without_an_anchor_leaves_the_choice_to_the_person():
    assert suggest([carriage(np.nan, {})], 1) == []
    both = [carriage(np.nan, {}), carriage(0.5)]
    assert [found.place for found in suggest(both, 3)] == [1, 1, 1]


def test_the_larger_object_counts_more_and_is_named():
    small = np.full(N, 0.9)
    large = np.full(N, 0.9)
    small[20:30], large[70:80] = 0.3, 0.3
    objects = [carriage(small, name="bird"), carriage(large, {0: 10_000, N - 1: 10_000}, name="house")]
    found = suggest(objects, 1)[0]
    assert 65 < found.frame < 85 and found.place == 1
    assert "house is unsure on" in found.reason and "from the nearest anchor" in found.reason


def test_an_object_that_is_never_there_asks_for_nothing():
    assert frames(carriage(0.5, {0: 0})) == []


def test_after_an_edit_what_is_stale_counts_as_mended_near_the_new_anchor():
    confidence = np.full(N, 0.5)
    before = frames(carriage(confidence))[0]
    anchors = {0: 100, before: 100, N - 1: 100}
    after = suggest([carriage(confidence, anchors, is_stale=np.ones(N, bool))], 1)[0]
    assert abs(after.frame - before) > 10
    fresh = suggest([carriage(confidence, anchors)], 1)[0]
    assert after.gain < fresh.gain


def test_objects_of_different_clips_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        suggest([carriage(), Carriage("dog", np.ones(3), np.array([0]), np.array([1]))], 1)


def test_words_where_all_is_sure():
    found = suggest([carriage(0.9)], 1)[0]
    assert found.reason.startswith("car is sure on all frames around")


def test_what_is_unsure_is_for_the_caller_to_say_and_changes_no_figure():
    confidence = np.full(N, 0.95)
    confidence[40:50] = 0.9
    usual, strict = (suggest([carriage(confidence)], 1, unsure_below=limit)[0] for limit in (0.8, 0.93))
    assert "is sure on all" in usual.reason and "is unsure on 10 of the" in strict.reason
    assert (usual.frame, usual.gain) == (strict.frame, strict.gain)
