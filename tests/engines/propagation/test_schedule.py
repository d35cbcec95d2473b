from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.propagation.schedule import feeding_sides, legs_of, n_results, paths, stretches_of
from engines.propagation.types import Stretch

DIRECTIONS = ["forward", "backward", "both"]
clips = st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1))))


@given(clips)
def test_stretches_and_anchors_tile_the_clip(clip):
    n_frames, anchors = clip
    stretches = stretches_of(3, anchors, n_frames, "both")
    covered = [frame for s in stretches for frame in range(s.first, s.last + 1)]
    assert sorted(covered + list(anchors)) == (list(range(n_frames)) if anchors else [])
    for s in stretches:
        assert {s.left, s.right} - {None} <= set(anchors)


@given(clips)
def test_a_direction_keeps_what_it_can_feed(clip):
    n_frames, anchors = clip
    both = stretches_of(1, anchors, n_frames, "both")
    assert stretches_of(1, anchors, n_frames, "forward") == [s for s in both if s.left is not None]
    assert stretches_of(1, anchors, n_frames, "backward") == [s for s in both if s.right is not None]


def test_nothing_to_carry_without_anchors_or_gaps():
    assert stretches_of(1, [], 10, "both") == []
    assert stretches_of(1, [0], 1, "both") == []
    assert stretches_of(1, range(5), 5, "both") == []


def test_anchor_outside_the_clip_is_refused():
    with pytest.raises(ValueError, match="clip of 5 frames"):
        stretches_of(1, [5], 5, "both")


@given(
    st.dictionaries(st.integers(1, 4), st.sets(st.integers(0, 29), min_size=1), max_size=4), st.sampled_from([1, -1])
)
def test_a_sweep_visits_each_frame_once_in_order(anchors, step):
    stretches = [s for object_id, at in anchors.items() for s in stretches_of(object_id, at, 30, "both")]
    legs = legs_of(stretches, "both", step)
    runs = paths(legs, step)
    wanted = {frame for leg in legs for frame in leg.frames()}
    assert [frame for run in runs for frame in run] == sorted(wanted, reverse=step == -1)
    assert all(abs(after[0] - before[-1]) > 1 for before, after in pairwise(runs))
    for leg in legs:
        assert all(leg.stretch_at(frame) is not None for frame in leg.frames() if frame != leg.anchor)
        assert leg.stretch_at(leg.anchor) is None


def test_parts_of_a_gap_share_a_leg():
    parts = [Stretch(1, 10, 11, 2, 20), Stretch(1, 4, 6, 2, 20)]
    (forward,) = legs_of(parts, "both", 1)
    assert (forward.anchor, forward.end) == (2, 11)
    assert [forward.stretch_at(f) is not None for f in (3, 4, 6, 7, 10, 11, 12)] == [
        False, True, True, False, True, True, False,
    ]  # fmt: skip
    (backward,) = legs_of(parts, "both", -1)
    assert (backward.anchor, backward.end) == (20, 4)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_results_are_counted(direction):
    stretches = stretches_of(1, [3, 7], 10, "both")  # 3 frames before, 3 between, 2 after
    assert n_results(stretches, direction) == {"forward": 5, "backward": 6, "both": 11}[direction]
    assert [feeding_sides(s, "both") for s in stretches] == [(False, True), (True, True), (True, False)]


@pytest.mark.parametrize("stretch", [Stretch(1, 2, 4, 2, 6), Stretch(1, 3, 6, 2, 6), Stretch(1, 4, 3, 2, 6)])
def test_a_stretch_that_leaves_its_anchors_is_refused(stretch):
    with pytest.raises(ValueError, match="between its anchors"):
        legs_of([stretch], "both", 1)


def test_overlapping_stretches_are_refused():
    with pytest.raises(ValueError, match="overlap on frame 5"):
        legs_of([Stretch(1, 3, 5, 2, 9), Stretch(1, 5, 8, 2, 9)], "both", 1)
