import numpy as np

from engines.propagation.soft_labels import without_strays


def label(*boxes):
    soft = np.zeros((60, 100), np.float32)
    for left, top, right, bottom in boxes:
        soft[top:bottom, left:right] = 1
    return soft


MAIN, NEAR, FAR, LARGE, SPECK = (5, 5, 25, 25), (28, 5, 32, 15), (80, 50, 86, 56), (60, 5, 80, 20), (27, 5, 28, 6)


def test_a_part_far_away_goes_unless_something_speaks_for_it():
    before = label(MAIN)
    soft = label(MAIN, NEAR, FAR)
    assert np.array_equal(without_strays(soft, before, None), label(MAIN, NEAR))
    assert np.array_equal(without_strays(soft, before, label(FAR) - 0.5), soft)


def test_large_parts_stay_where_they_were_before_and_specks_go():
    soft = label(MAIN, LARGE, SPECK)
    assert np.array_equal(without_strays(soft, label(MAIN, LARGE), None), label(MAIN, LARGE))
    assert np.array_equal(without_strays(soft, label(MAIN), None), label(MAIN))


def test_one_part_or_none_is_left_alone():
    for soft in (label(), label(FAR), label(MAIN) * 0.4):
        assert np.array_equal(without_strays(soft, label(MAIN), None), soft)
