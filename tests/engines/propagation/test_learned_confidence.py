"""Confidence of what flow, colours and features carried together: every sign speaks one way only."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.propagation.learned_confidence import (
    LearnedSigns,
    agreement_of_colours,
    agreement_of_way,
    expected_iou,
    wavering,
)

share = st.floats(0, 1)
signs = st.builds(LearnedSigns, share, share, share, st.floats(0, 20))


@settings(deadline=None)
@given(signs)
def test_confidence_falls_with_every_bad_sign(sign):
    here = expected_iou(sign)
    assert 0 < here < 1
    worse = [
        replace(sign, crispness=sign.crispness * 0.9),
        replace(sign, colours=sign.colours * 0.9),
        replace(sign, way=sign.way * 0.9),
        replace(sign, wavering=sign.wavering + 0.1),
    ]
    assert all(expected_iou(bad) <= here for bad in worse)


def test_the_best_signs_are_sure_and_the_worst_unsure():
    assert expected_iou(LearnedSigns(1, 1, 1, 0)) > 0.95
    assert expected_iou(LearnedSigns(0, 0, 0, 2)) < 0.2


def label(left, width=4):
    soft = np.zeros((6, 12), np.float32)
    soft[1:5, left : left + width] = 1
    return soft


def test_colours_that_see_the_same_object_agree():
    around = np.ones((6, 12), bool)
    assert agreement_of_colours(label(2), around, label(2) - 0.5) == 1
    assert agreement_of_colours(label(2), around, label(4) - 0.5) == pytest.approx(1 / 3)
    around[:, 6:] = False
    assert agreement_of_colours(label(2), around, np.maximum(label(2), label(8)) - 0.5) == 1, "far away does not count"


def test_a_way_counts_as_far_as_it_is_believed_and_agrees():
    around, full = np.ones((6, 12), bool), np.ones((6, 12), np.float32)
    assert agreement_of_way(label(2), around, label(2), full) == pytest.approx(1)
    assert agreement_of_way(label(2), around, label(2), full / 4) == pytest.approx(1 / 4)
    assert agreement_of_way(label(2), around, label(4), full) == pytest.approx(1 / 3)
    assert agreement_of_way(label(2), around, label(2), full * 0) == 0


def test_votes_that_are_divided_waver():
    asked = np.ones((3, 4), bool)
    assert wavering(np.full((3, 4), 0.5, np.float32), asked, 6) == pytest.approx(2)
    assert wavering(np.ones((3, 4), np.float32), asked, 6) == 0
    assert wavering(np.full((3, 4), 0.5, np.float32), ~asked, 6) == 0
