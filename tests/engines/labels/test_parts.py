"""Parts of a mask: they make up the mask, and dividing one neither loses nor doubles a pixel."""

import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import arrays

from engines.labels.parts import connected_parts, divided
from engines.labels.rle import RleMask

H, W = 9, 13
masks = arrays(bool, (H, W)).map(RleMask.encode)
some_pixels = arrays(bool, (H, W)).filter(lambda pixels: pixels.any()).map(RleMask.encode)


def boxes(*spans):
    pixels = np.zeros((40, 60), bool)
    for left, top, right, bottom in spans:
        pixels[top:bottom, left:right] = True
    return RleMask.encode(pixels)


@given(masks)
def test_the_parts_make_up_the_mask_and_share_no_pixel(mask):
    parts = connected_parts(mask)
    assert sum((part.decode().astype(int) for part in parts), np.zeros((H, W), int)).tolist() == (
        mask.decode().astype(int).tolist()
    )
    assert [part.area for part in parts] == sorted((part.area for part in parts), reverse=True)


def test_pixels_that_touch_at_a_corner_hang_together():
    assert len(connected_parts(boxes((0, 0, 2, 2), (2, 2, 4, 4), (9, 9, 10, 10)))) == 2


@given(masks, some_pixels, some_pixels)
def test_dividing_loses_and_doubles_nothing(mask, one, other):
    first, second = divided(mask, one, other)
    assert first.area + second.area == mask.area
    assert first.plus(second) == mask


def test_a_part_follows_what_it_meets_though_it_has_moved():
    one, other = boxes((2, 2, 10, 10)), boxes((30, 2, 38, 10))
    moved = boxes((6, 3, 14, 11), (34, 3, 42, 11))
    assert divided(moved, one, other) == (boxes((6, 3, 14, 11)), boxes((34, 3, 42, 11)))


def test_a_part_that_meets_neither_goes_to_the_nearer_one():
    one, other = boxes((0, 0, 5, 5)), boxes((50, 0, 55, 5))
    assert divided(boxes((8, 20, 12, 24), (40, 20, 44, 24)), one, other) == (
        boxes((8, 20, 12, 24)),
        boxes((40, 20, 44, 24)),
    )


def test_two_that_have_grown_together_are_cut_half_way():
    one, other = boxes((0, 0, 10, 5)), boxes((30, 0, 40, 5))
    first, second = divided(boxes((0, 0, 40, 5)), one, other)
    assert (first.box, second.box) == ((0, 0, 20, 5), (20, 0, 40, 5))


@given(masks, masks)
def test_plus_is_the_union_coded_as_any_other_mask(one, other):
    assert one.plus(other) == RleMask.encode(one.decode() | other.decode())
