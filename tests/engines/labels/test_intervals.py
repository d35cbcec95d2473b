"""Intervals are another way of saying the same pixels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engines.labels import intervals
from engines.labels.rle import RleMask, boxes_overlap

SIDES = st.integers(1, 9)
MASKS = st.tuples(SIDES, SIDES).flatmap(lambda shape: arrays(bool, shape)).filter(np.any)
BOXES = st.tuples(*[st.integers(0, 6)] * 4)


def spans_of(mask):
    coded = RleMask.encode(mask)
    return intervals.from_lengths(coded._lengths(), coded.box, coded.width)


@given(MASKS)
def test_intervals_hold_just_the_pixels_of_the_mask_each_in_one_row(mask):
    starts, ends = spans_of(mask)
    assert [pixel for start, end in zip(starts, ends, strict=True) for pixel in range(start, end)] == list(
        np.flatnonzero(mask)
    )
    assert np.all(starts // mask.shape[1] == (ends - 1) // mask.shape[1])


@given(MASKS)
def test_intervals_go_back_to_the_runs_they_came_from(mask):
    coded = RleMask.encode(mask)
    lengths, box = intervals.to_lengths(spans_of(mask), coded.width)
    assert box == coded.box
    assert np.array_equal(lengths, coded._lengths())


@given(BOXES, BOXES)
def test_boxes_overlap_where_they_have_a_pixel_in_common(one, other):
    def pixels(box):
        return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}

    assert boxes_overlap(one, other) == bool(pixels(one) & pixels(other))
