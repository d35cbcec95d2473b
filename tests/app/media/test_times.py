"""Times of frames strictly increase and are the file's own wherever those do."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.media.packets import NO_TIME
from app.media.times import clock, median_rate_fps, presentation_times_s, strictly_increasing

stamps = st.lists(st.integers(0, 10**6), min_size=1, max_size=40)


@given(stamps)
def test_any_stamps_become_increasing_times(ticks):
    times_s = strictly_increasing(np.array(ticks) / 1000, 0.04)
    assert len(times_s) == len(ticks) and times_s[0] == ticks[0] / 1000
    assert np.all(np.diff(times_s) > 0)


@given(stamps)
def test_increasing_stamps_are_kept_bit_for_bit(ticks):
    times_s = np.unique(ticks) / 1000
    np.testing.assert_array_equal(strictly_increasing(times_s, 0.04), times_s)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30))
def test_equal_stamps_spread_without_moving_the_others(ticks):
    ticks = np.sort(np.array(ticks, float))
    times_s = strictly_increasing(ticks, 1.0)
    first_of_its_time = np.flatnonzero(np.diff(ticks, prepend=-1) > 0)
    np.testing.assert_allclose(times_s[first_of_its_time], ticks[first_of_its_time], atol=1e-9)


def test_a_jump_back_is_closed_up_by_the_usual_step():
    np.testing.assert_allclose(strictly_increasing(np.array([0, 1, 2, 0, 1, 2.0]), 9.0), [0, 1, 2, 3, 4, 5])


def test_missing_stamps_are_filled_in():
    pts = np.array([0, NO_TIME, NO_TIME, 3, 5], np.int64)
    np.testing.assert_allclose(presentation_times_s(pts, Fraction(1, 10), Fraction(25)), [0, 0.1, 0.2, 0.3, 0.5])


def test_no_stamps_at_all_leave_the_rate():
    pts = np.full(4, NO_TIME, np.int64)
    np.testing.assert_allclose(presentation_times_s(pts, Fraction(1, 10), Fraction(50)), [0, 0.02, 0.04, 0.06])


def test_a_single_frame_keeps_its_stamp():
    np.testing.assert_allclose(presentation_times_s(np.array([7]), Fraction(1, 10), Fraction(25)), [0.7])


def test_the_rate_is_that_of_most_frames():
    assert median_rate_fps(np.array([0, 0.1, 0.2, 5.0, 5.1]), 25) == 1 / np.median([0.1, 0.1, 4.8, 5.1 - 5.0])
    assert median_rate_fps(np.zeros(1), 25) == 25


def test_clock_rounds_to_milliseconds_and_drops_empty_hours():
    assert clock(0) == "0:00.000"
    assert clock(59.9996) == "1:00.000"
    assert clock(3723.5) == "1:02:03.500"
    assert clock(-0.5) == "-0:00.500"
    assert clock(61.2, with_fraction=False) == "1:01"
