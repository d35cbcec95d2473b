"""Run-length masks say exactly what they were made from, and nothing else gets in."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engines.labels.rle import MAX_SIDE_PX, RleMask, bounding_box

SIDES = st.integers(1, 12)
MASKS = st.tuples(SIDES, SIDES).flatmap(lambda shape: arrays(bool, shape))
PAIRS = st.tuples(SIDES, SIDES).flatmap(lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape)))
BOXED = RleMask.encode(np.pad(np.ones((3, 4), bool), 2))


@given(MASKS)
def test_a_mask_comes_back_as_it_was(mask):
    coded = RleMask.encode(mask)
    assert np.array_equal(coded.decode(), mask)
    assert coded.area == mask.sum()
    assert coded.box == bounding_box(mask)
    assert (coded.height, coded.width) == mask.shape
    left, top, right, bottom = coded.box
    assert np.array_equal(coded.crop(), mask[top:bottom, left:right] if mask.any() else np.zeros((0, 0), bool))


@given(MASKS)
def test_bytes_come_back_as_the_same_mask(mask):
    coded = RleMask.encode(mask)
    assert RleMask.from_bytes(coded.to_bytes()) == coded
    assert RleMask.from_bytes(coded.to_bytes(), (coded.width, coded.height)) == coded


@given(MASKS, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_equal_masks_have_equal_codes_however_they_were_cropped(mask, left, top, right, bottom):
    whole = np.pad(mask, ((top, bottom), (left, right)))
    height, width = whole.shape
    assert RleMask.encode_crop(mask, (left, top), width, height) == RleMask.encode(whole)
    assert hash(RleMask.encode_crop(mask, (left, top), width, height)) == hash(RleMask.encode(whole))


@given(PAIRS)
def test_minus_takes_exactly_the_other_ones_pixels(pair):
    one, other = (RleMask.encode(mask) for mask in pair)
    assert one.minus(other) == RleMask.encode(pair[0] & ~pair[1])


def test_minus_returns_the_mask_itself_where_nothing_is_taken():
    beside = RleMask.encode(np.pad(np.ones((1, 1), bool), ((0, 6), (0, 7))))
    assert BOXED.minus(beside) is BOXED
    assert BOXED.minus(RleMask.empty(8, 7)) is BOXED


def test_minus_refuses_another_size():
    with pytest.raises(ValueError, match="8 x 7 and 7 x 8"):
        BOXED.minus(RleMask.empty(7, 8))


@pytest.mark.parametrize("origin", [(-1, 0), (0, -1), (5, 0), (0, 5)])
def test_a_crop_outside_the_picture_is_refused(origin):
    with pytest.raises(ValueError, match="reaches outside"):
        RleMask.encode_crop(np.ones((3, 3), bool), origin, 7, 7)


def test_a_checkerboard_has_the_most_runs_and_still_comes_back():
    mask = np.indices((64, 65)).sum(axis=0) % 2 == 0
    assert RleMask.from_bytes(RleMask.encode(mask).to_bytes()) == RleMask.encode(mask)


@given(st.binary(max_size=200))
def test_bytes_of_anything_are_a_mask_or_a_value_error(data):
    _decodes_or_is_refused(data)


@given(MASKS, st.data())
def test_changed_bytes_are_a_mask_or_a_value_error(mask, data):
    block = bytearray(RleMask.encode(mask).to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        block[data.draw(st.integers(0, len(block) - 1))] ^= data.draw(st.integers(1, 255))
    _decodes_or_is_refused(bytes(block))


@given(MASKS, st.data())
def test_shortened_and_lengthened_bytes_are_refused(mask, data):
    block = RleMask.encode(mask).to_bytes()
    for wrong in (block[: data.draw(st.integers(0, len(block) - 1))], block + data.draw(st.binary(min_size=1))):
        with pytest.raises(ValueError, match="mask"):
            RleMask.from_bytes(wrong)


@pytest.mark.parametrize(
    "runs",
    [
        [2, 10, 1],  # more than the box
        [2, 9],  # less
        [12],  # nothing set in a box that is not empty
        [0, 5, 0, 7],  # two runs where one would do
        [(1 << 32) - 1, 13],  # 32-bit sum that fits
    ],
)
def test_runs_that_no_encoder_writes_are_refused(runs):
    packed = zlib.compress(np.array(runs, "<u4").tobytes(), 1)
    for area in (12, sum(runs[1::2])):
        block = RleMask(8, 7, BOXED.box, packed, area).to_bytes()
        with pytest.raises(ValueError, match="mask runs"):
            RleMask.from_bytes(block)


def test_a_block_that_inflates_without_end_is_refused_in_bounded_memory():
    bomb = RleMask(8, 7, BOXED.box, zlib.compress(bytes(20 << 20), 9), 12).to_bytes()
    with pytest.raises(ValueError, match="damaged"):
        RleMask.from_bytes(bomb)


def test_a_size_that_is_not_the_clips_is_refused_before_anything_is_inflated():
    huge = RleMask(MAX_SIDE_PX, MAX_SIDE_PX, (0, 0, MAX_SIDE_PX, MAX_SIDE_PX), zlib.compress(bytes(64)), 5)
    with pytest.raises(ValueError, match="instead of 8 x 7"):
        RleMask.from_bytes(huge.to_bytes(), (8, 7))


def _decodes_or_is_refused(data):
    try:
        coded = RleMask.from_bytes(data)
    except ValueError:
        return
    if coded.width * coded.height < 1 << 20:
        assert coded.decode().sum() == coded.area
