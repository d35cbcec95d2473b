import numpy as np

from engines.propagation.soft_labels import speck_share, without_strays


def label(*boxes):
    soft = np.zeros((60, 100), np.float32)
    for left, top, right, bottom in boxes:
        soft[top:bottom, left:right] = 1
    return soft


MAIN, NEAR, FAR, LARGE, SPECK = (5, 5, 25, 25), (28, 5, 32, 15), (80, 50, 86, 56), (60, 5, 80, 20), (27, 5, 28, 6)


def test_a_part_far_away_goes_unless_something_speaks_for_it():
    before = label(MAIN)
    soft = label(MAIN, NEAR, FAR)
    assert np.array_equal(without_strays(soft, before, None, 0.01), label(MAIN, NEAR))
    assert np.array_equal(without_strays(soft, before, label(FAR) - 0.5, 0.01), soft)


def test_large_parts_stay_where_they_were_before_and_specks_go():
    soft = label(MAIN, LARGE, SPECK)
    assert np.array_equal(without_strays(soft, label(MAIN, LARGE), None, 0.01), label(MAIN, LARGE))
    assert np.array_equal(without_strays(soft, label(MAIN), None, 0.01), label(MAIN))


def test_one_part_or_none_is_left_alone():
    for soft in (label(), label(FAR), label(MAIN) * 0.4):
        assert np.array_equal(without_strays(soft, label(MAIN), None, 0.01), soft)


def test_what_is_a_speck_hangs_on_the_smallest_part_that_was_drawn():
    small = (28, 5, 32, 9)  # 16 pixels beside 400
    soft, before = label(MAIN, small), label(MAIN)
    whole, in_parts = label(MAIN) > 0, soft > 0
    assert speck_share(whole) > 16 / 400 / 2 > speck_share(label(MAIN, SPECK) > 0)
    assert np.array_equal(without_strays(soft * 0.9, before, None, speck_share(in_parts)), soft * np.float32(0.9))
    assert np.array_equal(without_strays(label(MAIN, (28, 5, 31, 8)), before, None, speck_share(whole)), label(MAIN))
    assert speck_share(label() > 0) == speck_share(label(MAIN, SPECK) > 0)
