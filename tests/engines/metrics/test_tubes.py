"""What ranked tubes are worth, counted by hand."""

import numpy as np
import pytest

from engines.metrics.tubes import best_within, box_overlap, tube_score

NONE = [np.nan] * 4


def test_overlap_is_the_mean_over_frames_on_which_either_is():
    truth = np.array([[0, 0, 10, 10], [0, 0, 10, 10], NONE, NONE], float)
    assert box_overlap(truth, truth) == 1
    assert box_overlap(truth, np.array([[5, 0, 15, 10], NONE, NONE, NONE], float)) == pytest.approx(1 / 6)
    assert box_overlap(truth, np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 1, 1], NONE], float)) == pytest.approx(
        2 / 3
    )
    assert box_overlap(truth * np.nan, truth * np.nan) == 0
    with pytest.raises(ValueError, match="same frames"):
        box_overlap(truth, truth[:2])


def test_the_best_of_the_first_grows_with_their_number():
    assert best_within([0.2, 0.6, 0.4], (1, 2, 10)) == {1: 0.2, 2: 0.6, 10: 0.6}
    assert best_within([], (1,)) == {1: 0}


def test_recall_counts_objects_that_are_found():
    score = tube_score([[0.2, 0.6], [0.4, 0.1]], (1, 2))
    assert score.best == pytest.approx({1: 0.3, 2: 0.5}) and score.recall == {1: 0, 2: 0.5}
    with pytest.raises(ValueError, match="no objects"):
        tube_score([])
