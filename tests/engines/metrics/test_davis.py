"""J and F against cases worked out by hand, and against the toolkit's own way of computing them."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.metrics.davis import (
    boundary_f,
    boundary_map,
    mean_score,
    region_similarity,
    score_object,
    statistics,
)

SHAPE = (40, 50)  # diagonal 64.03: tolerance 0.008 of it rounds up to 1 px


def box(left, top, right, bottom, shape=SHAPE):
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def toolkit_f(truth, prediction, bound_th=0.008):
    """DAVIS's db_eval_boundary, line by line, with its disk dilation."""

    def seg2bmap(seg):
        e, s, se = np.zeros_like(seg), np.zeros_like(seg), np.zeros_like(seg)
        e[:, :-1] = seg[:, 1:]
        s[:-1, :] = seg[1:, :]
        se[:-1, :-1] = seg[1:, 1:]
        b = seg ^ e | seg ^ s | seg ^ se
        b[-1, :] = seg[-1, :] ^ e[-1, :]
        b[:, -1] = seg[:, -1] ^ s[:, -1]
        b[-1, -1] = 0
        return b

    radius = math.ceil(bound_th * np.linalg.norm(prediction.shape))
    yy, xx = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disk = (xx**2 + yy**2 <= radius**2).astype(np.uint8)
    fg, gt = seg2bmap(prediction), seg2bmap(truth)
    fg_dil = cv2.dilate(fg.astype(np.uint8), disk) > 0
    gt_dil = cv2.dilate(gt.astype(np.uint8), disk) > 0
    n_fg, n_gt = fg.sum(), gt.sum()
    if n_fg == 0 and n_gt > 0:
        precision, recall = 1, 0
    elif n_fg > 0 and n_gt == 0:
        precision, recall = 0, 1
    elif n_fg == 0 and n_gt == 0:
        precision, recall = 1, 1
    else:
        precision, recall = (fg & gt_dil).sum() / n_fg, (gt & fg_dil).sum() / n_gt
    return 0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def test_j_of_two_boxes_that_share_a_third():
    assert region_similarity(box(0, 0, 20, 10), box(10, 0, 30, 10)) == 100 / 300


def test_empty_masks_agree():
    empty, full = np.zeros(SHAPE, bool), box(5, 5, 9, 9)
    assert region_similarity(empty, empty) == 1 and boundary_f(empty, empty) == 1
    assert region_similarity(full, empty) == 0 and boundary_f(full, empty) == 0
    assert region_similarity(empty, full) == 0 and boundary_f(empty, full) == 0


def test_boundary_of_a_box_lies_on_its_upper_left_outside():
    boundary = boundary_map(box(3, 2, 6, 5, (8, 9)))
    expected = np.zeros((8, 9), bool)
    expected[1, 2:6] = expected[4, 2:6] = True  # above the top row; the bottom row itself
    expected[1:5, 2] = expected[1:5, 5] = True
    assert np.array_equal(boundary, expected)


def test_last_corner_is_never_boundary():
    assert not boundary_map(box(8, 7, 9, 8, (8, 9)))[-1, -1]


def test_f_of_a_box_shifted_by_two_pixels():
    # Both boundaries are rings of 40 pixels, columns 9..19 and 11..21, rows 9..19; matched within 1 px.
    truth, prediction = box(10, 10, 20, 20), box(12, 10, 22, 20)
    matched_on_sides = 2 * 10  # columns 11..20 of the top and the bottom row; column 21 is too far
    # Of the upright sides at columns 11 and 21 only rows 10 and 18 of column 11 lie beside a true level side.
    expected = (matched_on_sides + 2) / 40
    assert boundary_f(truth, prediction) == pytest.approx(expected)


def test_f_within_tolerance_is_one():
    assert boundary_f(box(10, 10, 20, 20), box(11, 10, 21, 20)) == 1


def test_tolerance_at_480p_is_eight_pixels():
    shape = (480, 854)  # 0.008 of 979.7 px is 7.84, so 8
    truth = box(0, 0, 400, 480, shape)
    assert boundary_f(truth, box(0, 0, 408, 480, shape)) == 1
    assert boundary_f(truth, box(0, 0, 409, 480, shape)) == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(1, 1), (1, 7), (23, 31), (60, 80), (400, 500)]))
def test_f_equals_the_toolkit(seed, shape):
    rng = np.random.default_rng(seed)

    def blob():
        noise = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), rng.uniform(0.5, 9))
        return noise > np.quantile(noise, rng.uniform(0, 1))

    truth, prediction = blob(), blob()
    assert boundary_f(truth, prediction) == pytest.approx(toolkit_f(truth, prediction), abs=1e-12)
    assert boundary_f(truth, prediction) == boundary_f(prediction, truth)


def test_first_and_last_frame_do_not_count():
    good, bad = box(10, 10, 20, 20), np.zeros(SHAPE, bool)
    pairs = [(good, bad), (good, good), (good, good), (good, bad)]
    score = score_object(iter(pairs))
    assert score.j.mean == score.f.mean == score.j_and_f == 1
    assert score.j_frames.tolist() == [0, 1, 1, 0]
    with pytest.raises(ValueError, match="2 frames"):
        score_object(pairs[:2])


def test_statistics_by_hand():
    values = np.array([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    found = statistics(values)
    assert found.mean == pytest.approx(0.65)
    assert found.recall == 5 / 8  # 0.5 itself is not above the threshold
    # linspace(1, 8, 5) rounds to 1, 3, 5, 6, 8: the first bin is frames 1..3, the last 6..8.
    assert found.decay == pytest.approx((1 + 0.9 + 0.8) / 3 - (0.5 + 0.4 + 0.3) / 3)


def test_mean_counts_objects_alike():
    good, bad = box(10, 10, 20, 20), np.zeros(SHAPE, bool)
    short = score_object([(good, good)] * 3)
    long = score_object([(good, bad)] * 30)
    assert mean_score([short, long]) == (0.5, 0.5)
    with pytest.raises(ValueError, match="no objects"):
        mean_score([])


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="one size"):
        boundary_f(np.zeros((4, 5), bool), np.zeros((5, 4), bool))
