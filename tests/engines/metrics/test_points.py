import numpy as np
import pytest

from engines.metrics.points import box_size, errors_px, identity_switches, mask_size, tap_score

ALL = np.ones((2, 3), bool)


def test_sizes():
    assert mask_size(400) == 20
    assert box_size(np.array([[0.0, 0], [30, 40]])) == pytest.approx(30)
    assert box_size(np.zeros((0, 2))) == 0


def test_what_was_not_predicted_is_infinitely_far():
    found = errors_px(np.zeros((2, 2)), np.array([[3.0, 4], [np.nan, np.nan]]))
    assert found.tolist() == [5, np.inf]


def test_the_truth_has_full_tap_scores():
    truth = np.random.default_rng(0).random((2, 3, 2)) * 100
    score = tap_score(truth, ALL, truth, ALL, ALL, (100, 100))
    assert (score.average_jaccard, score.position_accuracy, score.occlusion_accuracy) == (1, 1, 1)


def test_tap_distances_are_on_a_picture_of_256():
    truth = np.zeros((1, 1, 2))
    one = np.ones((1, 1), bool)
    off = np.array([[[3.0, 0]]])
    # 3 px are 3 on a picture 256 wide, within 4, 8 and 16; 6 on one half as wide, within 8 and 16; the same upright.
    assert tap_score(truth, one, off, one, one, (256, 100)).position_accuracy == pytest.approx(3 / 5)
    assert tap_score(truth, one, off, one, one, (128, 256)).position_accuracy == pytest.approx(2 / 5)
    assert tap_score(truth, one, off[..., ::-1], one, one, (256, 128)).position_accuracy == pytest.approx(2 / 5)


def test_a_hidden_point_that_is_called_visible_is_a_false_positive():
    truth = np.zeros((1, 2, 2))
    visible = np.array([[True, False]])
    score = tap_score(truth, visible, truth, np.ones((1, 2), bool), np.ones((1, 2), bool), (256, 256))
    assert score.average_jaccard == pytest.approx(1 / 2)
    assert score.position_accuracy == 1
    assert score.occlusion_accuracy == pytest.approx(1 / 2)


def test_a_visible_point_far_off_counts_against_both():
    """As in the published code: it is missed, and what was said instead is wrong too."""
    truth = np.zeros((1, 2, 2))
    predicted = np.array([[[0.0, 0], [100, 0]]])
    both = np.ones((1, 2), bool)
    assert tap_score(truth, both, predicted, both, both, (256, 256)).average_jaccard == pytest.approx(1 / 3)


def test_only_what_counts_is_judged():
    truth = np.zeros((1, 2, 2))
    predicted = np.array([[[0.0, 0], [100, 0]]])
    both = np.ones((1, 2), bool)
    assert tap_score(truth, both, predicted, both, np.array([[True, False]]), (256, 256)).average_jaccard == 1


def animals(*places):
    """Frames of two animals of two joints, the second one 100 px below the first; `places` tells on which each lies."""
    own = np.array([[[0.0, 0], [10, 0]], [[0, 100], [10, 100]]])
    return np.stack([own[list(place)] for place in places])


def test_identities_that_are_kept_and_switched():
    truth = animals((0, 1), (0, 1), (0, 1), (0, 1))
    assert identity_switches(truth, truth + 3) == (0, 0)
    assert identity_switches(truth, animals((0, 1), (1, 0), (1, 0), (0, 1))) == (4, 4)
    assert identity_switches(truth, animals((0, 1), (0, 0), (0, 0), (0, 0))) == (1, 3)


def test_unknown_joints_do_not_speak():
    truth = animals((0, 1), (0, 1))
    truth[1, :, 1] = np.nan
    predicted = animals((0, 1), (0, 1))
    predicted[1, 0] = np.nan
    assert identity_switches(truth, predicted) == (0, 0)
