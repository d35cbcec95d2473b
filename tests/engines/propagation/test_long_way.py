"""The surest way back to a frame long ago."""

import numpy as np
import pytest

from engines.propagation.long_way import LongWay
from engines.propagation.pixel_links import PixelLink

SIZE = (40, 30)


def link(dx, weight=1.0):
    columns, rows = np.meshgrid(*(np.arange(length, dtype=np.float32) for length in SIZE))
    return PixelLink(np.dstack([columns + np.float32(dx), rows]), np.full(rows.shape, weight, np.float32))


def test_steps_add_up():
    way = LongWay(SIZE, 4)
    for number in range(1, 6):
        found = way.extend([(1, link(-2, 0.9))])
        inside = found.positions[:, 20:, 0]
        assert np.allclose(inside, np.arange(20, 40) - 2 * number, atol=1e-4)
        assert np.allclose(found.weight[:, 20:], 0.9**number, atol=1e-5)


def test_the_surer_way_is_taken_pixel_by_pixel():
    way = LongWay(SIZE, 2)
    way.extend([(1, link(0, 0.5))])
    doubted = link(-3, 0.2)
    doubted.weight[:10] = 0.9
    found = way.extend([(1, link(0, 1.0)), (2, doubted)])
    assert np.allclose(found.positions[:10, 10:, 0], np.arange(10, 40) - 3)  # .9 from two frames ago, not .5
    assert np.allclose(found.positions[10:, :, 0], np.arange(40))  # .5 along both single steps, not .2
    assert np.allclose(found.weight[10:], 0.5)


def test_links_to_before_its_beginning_are_passed_over():
    way = LongWay(SIZE, 4)
    found = way.extend([(1, link(-1, 0.4)), (2, link(-9, 1.0))])
    assert np.allclose(found.positions[:, 20:, 0], np.arange(20, 40) - 1)
    with pytest.raises(ValueError, match="no link"):
        way.extend([(4, link(0))])
