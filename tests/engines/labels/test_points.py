import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.labels.points import Joint, Points
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

PLACES = st.floats(-1e5, 1e5)
JOINTS = st.builds(Joint, PLACES, PLACES, st.booleans(), st.floats(0, 1, width=32))
POINTS = st.lists(st.none() | JOINTS, max_size=20).map(Points.of)


@given(POINTS)
def test_what_is_stored_is_read_back_equal(points):
    data = points.to_bytes()
    assert Points.from_bytes(data) == points
    assert hash(Points.from_bytes(data)) == hash(points)


@given(POINTS, st.integers(0, 25), JOINTS)
def test_a_joint_is_put_and_taken_away_without_touching_the_others(points, place, joint):
    put = points.with_joint(place, joint)
    assert put.at(place) == joint
    assert all(put.at(other) == points.at(other) for other in range(30) if other != place)
    assert put.with_joint(place, points.at(place)) == points


@given(POINTS)
def test_arrays_say_the_same(points):
    positions, visible = points.arrays(25)
    assert positions.shape == (25, 2)
    again = Points.of_arrays(positions, visible)
    assert again == points.owned()


@given(POINTS, st.data())
def test_bytes_that_are_cut_or_turned_are_refused_or_read_as_something_sound(points, data):
    block = bytearray(points.to_bytes())
    if data.draw(st.booleans()):
        del block[data.draw(st.integers(0, len(block) - 1)) :]
    else:
        block[data.draw(st.integers(0, len(block) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = Points.from_bytes(bytes(block))
    except ValueError:
        return
    assert found.to_bytes() == bytes(block)


def test_points_are_told_from_masks():
    mask = RleMask.encode(np.ones((4, 5), bool))
    with pytest.raises(ValueError, match="points"):
        Points.from_bytes(mask.to_bytes())
    with pytest.raises(ValueError, match="mask"):
        RleMask.from_bytes(Points.of([Joint(1, 2)] * 3).to_bytes())


@pytest.mark.parametrize("joint", [Joint(math.nan, 0), Joint(0, math.inf), Joint(0, 0, True, 1.5)])
def test_a_joint_that_is_nowhere_is_refused(joint):
    with pytest.raises(ValueError, match="joint"):
        Points.of([joint])


def test_presence_and_box():
    seen, hidden = Joint(3.4, 5.6), Joint(10, 2, False)
    assert Points().presence is Presence.OUT_OF_FRAME
    assert Points.of([None, hidden]).presence is Presence.OCCLUDED
    assert Points.of([seen, hidden]).presence is Presence.VISIBLE
    assert Points.of([seen, None, hidden]).box == (3, 2, 11, 7)
    assert Points().box == (0, 0, 0, 0)
