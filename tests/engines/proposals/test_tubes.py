"""What a person does to tubes: joining and dividing them loses no frame and adds none."""

import numpy as np
import pytest

from engines.proposals.tubes import Tube, divided, joined

NAN = np.nan


def tube(boxes, likeness, score=0.5):
    return Tube(np.array(boxes, np.float32), score, np.array(likeness, np.float32))


AWAY = (NAN, NAN, NAN, NAN)
EARLY = tube([(0, 0, 4, 4), (1, 0, 5, 4), AWAY, AWAY], (2, 1, NAN, NAN), 0.4)
LATE = tube([AWAY, (3, 2, 9, 6), (4, 2, 8, 6), AWAY], (NAN, NAN, 3, NAN), 0.6)


def test_the_best_frame_is_where_it_is_most_like_itself():
    assert (EARLY.best_frame, LATE.best_frame) == (0, 2)
    assert tube([AWAY, (0, 0, 1, 1), (0, 0, 1, 1), (0, 0, 1, 1)], (5, NAN, NAN, NAN)).best_frame == 2


def test_joined_is_there_where_any_part_is_with_the_box_around_them():
    one = joined([EARLY, LATE])
    assert one.boxes[:3].tolist() == [[0, 0, 4, 4], [1, 0, 9, 6], [4, 2, 8, 6]]
    assert one.is_there.tolist() == [True, True, True, False]
    assert (one.score, one.best_frame) == (0.6, 2)
    assert np.array_equal(joined([EARLY]).boxes, EARLY.boxes, equal_nan=True)


def test_divided_parts_joined_are_the_whole():
    whole = joined([EARLY, LATE])
    before, after = divided(whole, 1)
    assert before.is_there.tolist() == [True, False, False, False]
    assert after.is_there.tolist() == [False, True, True, False]
    again = joined([before, after])
    assert np.array_equal(again.boxes, whole.boxes, equal_nan=True)
    assert np.array_equal(again.likeness, whole.likeness, equal_nan=True)


@pytest.mark.parametrize("frame", [0, 3])
def test_nothing_is_divided_where_one_side_has_no_box(frame):
    with pytest.raises(ValueError, match="no box"):
        divided(joined([EARLY, LATE]), frame)
