"""A map of doubt comes back as it was kept, and nothing else is taken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.labels.doubt import MOST_CELLS, DoubtMap

SIZE = (400, 300)
sides = st.integers(1, MOST_CELLS)


def some_map(columns=8, rows=4, seed=0):
    chances = np.random.default_rng(seed).random((rows, columns), np.float32)
    return DoubtMap.encode(chances, (10, 20, 90, 60)), chances


@given(sides, sides, st.integers(0, 1000))
def test_a_map_is_kept_within_half_a_step(columns, rows, seed):
    kept, chances = some_map(columns, rows, seed)
    assert np.abs(np.sqrt(kept.chances()) - np.sqrt(chances)).max() <= 0.5 / 48 + 1e-6
    assert DoubtMap.from_bytes(kept.to_bytes(), SIZE) == kept
    assert len({kept, DoubtMap.from_bytes(kept.to_bytes(), SIZE)}) == 1


def test_a_map_takes_a_few_kilobytes_at_most():
    assert len(some_map(MOST_CELLS, MOST_CELLS)[0].to_bytes()) < 4096


def test_a_position_is_answered_by_its_cell():
    kept, _ = some_map()
    chances = kept.chances()
    assert kept.at(10 - 0.4, 20 - 0.4) == chances[0, 0]
    assert kept.at(89, 59) == chances[-1, -1]
    assert kept.at(35, 25) == chances[0, 2]
    assert [kept.at(*place) for place in ((9, 30), (90, 30), (50, 19), (50, 60))] == [0] * 4


@given(st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_a_damaged_map_is_refused_or_is_another_map(place, junk):
    block = bytearray(some_map()[0].to_bytes())
    place = min(place, len(block) - 1)
    block[place : place + len(junk)] = junk
    try:
        found = DoubtMap.from_bytes(bytes(block), SIZE)
    except ValueError:
        return
    left, top, right, bottom = found.box
    assert 0 <= left < right <= SIZE[0] and 0 <= top < bottom <= SIZE[1]
    assert found.chances().shape == (found.rows, found.columns)


@pytest.mark.parametrize("cut", [0, 10, 24, 30])
def test_a_map_that_is_cut_short_is_refused(cut):
    with pytest.raises(ValueError, match="map of doubt"):
        DoubtMap.from_bytes(some_map()[0].to_bytes()[:cut], SIZE)


def test_a_map_of_another_picture_is_refused():
    with pytest.raises(ValueError, match="outside 80 x 300"):
        DoubtMap.from_bytes(some_map()[0].to_bytes(), (80, 300))
