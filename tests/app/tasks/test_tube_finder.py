"""Pictures of tubes; the search itself is tested with its engine, and by the verb that writes what it finds."""

import numpy as np
import pytest

from app.tasks.tube_finder import THUMBNAIL_SIZE, cut_out

WIDTH, HEIGHT = THUMBNAIL_SIZE


def image(height=120, width=160):
    """Red says the column, green the row."""
    rows, columns = np.mgrid[:height, :width]
    return np.dstack((columns, rows, np.full_like(rows, 200))).astype(np.uint8)


@pytest.mark.parametrize(
    "box",
    [(60, 40, 100, 70), (0, 0, 20, 90), (150, 110, 160, 120), (0, 0, 160, 120), (50, 50, 51, 51), (-5, 3, 30, 9)],
)
def test_a_thumbnail_shows_the_box_whole_at_one_size(box):
    shown = cut_out(image(), np.array(box, np.float32))
    assert shown.shape == (HEIGHT, WIDTH, 3) and shown.dtype == np.uint8
    inside = shown[..., 2] > 100  # not the black beside a picture that is too small
    columns, rows = shown[..., 0][inside].astype(int), shown[..., 1][inside].astype(int)
    assert columns.min() <= max(0, box[0]) + 2 and columns.max() >= min(159, box[2]) - 3
    assert rows.min() <= max(0, box[1]) + 2 and rows.max() >= min(119, box[3]) - 3


def test_there_is_black_only_where_the_whole_picture_is_too_small():
    assert (cut_out(image(), np.float32([0, 0, 10, 10]))[..., 2] > 100).all()
    tall = cut_out(image(height=300, width=40), np.float32([0, 0, 40, 300]))
    assert 0.05 < (tall[..., 2] > 100).mean() < 0.5


def test_a_picture_of_one_pixel_has_a_thumbnail():
    assert cut_out(image(1, 1), np.float32([0, 0, 1, 1])).shape == (HEIGHT, WIDTH, 3)
