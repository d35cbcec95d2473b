"""Playing: the frame due is the one whose time stamp has come, whatever the rate; what is passed over is counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.timeline.clock import PlaySpan, RateMeter


@st.composite
def spans(draw):
    gaps = draw(st.lists(st.floats(0.005, 0.2), min_size=1, max_size=40))
    times = np.cumsum([draw(st.floats(-1, 5)), *gaps])
    first = draw(st.integers(0, len(times) - 1))
    last = draw(st.integers(first, len(times) - 1))
    return PlaySpan(times, first, last, draw(st.integers(first, last)), draw(st.booleans()))


@given(spans())
def test_each_frame_is_due_at_its_own_time_stamp(span):
    for frame in range(span.start, span.last + 1):
        assert span.frame_at(span.times_s[frame] - span.times_s[span.start]) == frame


@given(spans(), st.floats(0, 100))
def test_the_frame_due_lies_in_the_span_or_playing_has_ended(span, elapsed_s):
    due = span.frame_at(elapsed_s)
    assert (due is None and not span.loop) or span.first <= due <= span.last


def test_the_last_frame_is_shown_as_long_as_the_others_then_it_ends_or_begins_again():
    times = np.arange(5) * 0.1
    once, again = (PlaySpan(times, 1, 4, 3, loop) for loop in (False, True))
    assert once.frame_at(0.19) == 4 and once.frame_at(0.21) is None
    assert again.frame_at(0.21) == 1 and again.frame_at(0.35) == 2
    assert again.frame_at(0.41 + 0.4 * 1000) == 3


def test_frames_passed_over_are_counted_round_the_loop_too():
    span = PlaySpan(np.arange(10) * 0.1, 2, 8, 2, True)
    assert span.skipped(4, 5) == 0
    assert span.skipped(4, 7) == 2
    assert span.skipped(8, 2) == 0
    assert span.skipped(7, 3) == 2
    assert span.skipped(5, 5) == 0


def test_the_meter_tells_the_rate_that_was_seen():
    meter = RateMeter()
    assert meter.rate_fps == 0
    for step in range(60):
        meter.show(step * 0.05, 1 if step % 2 else 0)
    assert meter.rate_fps == pytest.approx(20)
    assert meter.n_dropped == 30
