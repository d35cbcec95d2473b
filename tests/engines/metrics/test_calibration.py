import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from engines.metrics.calibration import expected_calibration_error, rank_area, rank_correlation


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_ranks_agree_with_scipy_ties_included(seed):
    rng = np.random.default_rng(seed)
    a, b = np.round(rng.random((2, 30)), 1)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)


def test_any_rising_curve_ranks_alike_and_a_flat_one_says_nothing():
    truth = np.linspace(0.2, 0.9, 20)
    assert rank_correlation(truth**3, truth) == pytest.approx(1)
    assert rank_correlation(1 - truth, truth) == pytest.approx(-1)
    assert rank_correlation(np.full(20, 0.5), truth) == 0


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_the_area_counts_pairs_that_stand_in_order(seed):
    rng = np.random.default_rng(seed)
    score, truth = np.round(rng.random(12), 1), rng.integers(0, 2, 12)
    pairs = [(a > b) + 0.5 * (a == b) for a in score[truth == 1] for b in score[truth == 0]]
    assert rank_area(score, truth) == pytest.approx(np.mean(pairs) if pairs else 0.5)


def test_a_place_that_is_true_in_part_counts_on_both_sides():
    whole = rank_area(np.array([0.1, 0.1, 0.7, 0.7]), np.array([0, 1, 1, 1]))
    assert rank_area(np.array([0.1, 0.7]), np.array([0.5, 1])) == pytest.approx(whole)


def test_calibration_by_hand():
    confidence = np.array([0.95, 0.91, 0.15, 1.0])
    truth = np.array([0.85, 0.95, 0.35, 1.0])
    # In the last bin confidence is 2.86, truth 2.80 over three; in the second 0.2 are missing over one.
    assert expected_calibration_error(confidence, truth) == pytest.approx((0.06 + 0.2) / 4)
    assert expected_calibration_error(truth, truth) == 0
