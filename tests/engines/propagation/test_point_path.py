"""The best way through given places: pure arithmetic, so that what it should be is plain."""

import numpy as np

from engines.propagation.point_path import PathSettings, Places, best_paths


def frame_of(positions, costs, onward=None, belief=1.0):
    """Places (p, k, 2) that lead where they are, if nothing else is said."""
    positions = np.array(positions, np.float32)
    onward = positions if onward is None else np.array(onward, np.float32)
    sure = np.full((*positions.shape[:2], 1), belief, np.float32)
    return Places(positions, np.array(costs, np.float32), np.concatenate([onward, sure], -1))


def taken(frames, n_points=1):
    return best_paths(frames, np.zeros(n_points, np.int64), PathSettings())


def test_what_looks_right_is_taken_where_flow_says_nothing():
    start = frame_of([[[0, 0]]], [[0]], belief=0.0)
    frames = [start, frame_of([[[10, 0], [10, 4]]], [[3, 0]])]
    assert taken(frames)[:, 0].tolist() == [0, 1]


def test_a_look_alike_far_from_where_flow_leads_is_not():
    start = frame_of([[[0, 0]]], [[0]])
    frames = [start, frame_of([[[1, 0], [60, 0]]], [[1, 0]])]
    assert taken(frames)[:, 0].tolist() == [0, 0]


def test_a_place_that_is_none_is_never_taken():
    frames = [frame_of([[[0, 0]]], [[0]]), frame_of([[[0, 0], [5, 5]]], [[np.inf, 3]])]
    assert taken(frames)[:, 0].tolist() == [0, 1]


def test_the_way_joins_the_anchor_at_its_end():
    """Two trains of places, the first a little cheaper, but only the second one leads to the end."""
    two = [[[0, 0], [0, 40]]]
    between = [frame_of(two, [[0.0, 0.5]]) for _ in range(4)]
    start = frame_of([[[0, 20]]], [[0]])
    free = taken([start, *between])
    assert free[1:, 0].tolist() == [0] * 4
    joined = taken([start, *between, frame_of([[[0, 40]]], [[0]])])
    assert joined[1:-1, 0].tolist() == [1] * 4


def test_a_joint_does_not_go_to_its_twin_when_its_neighbours_do_not():
    """Three joints move right by 10; the third one's look-alike does not, and looks a little better."""
    start = frame_of([[[0, 0]], [[0, 20]], [[20, 10]]], np.zeros((3, 1)), belief=0.0)
    places = [[[10, 0], [10, 0]], [[10, 20], [10, 20]], [[30, 10], [-20, 10]]]
    frames = [start, frame_of(places, [[0, 1], [0, 1], [0.5, 0]])]
    assert taken(frames, 3)[1].tolist() == [0, 0, 0]


def test_joints_of_other_animals_say_nothing():
    start = frame_of([[[0, 0]], [[0, 20]], [[20, 10]]], np.zeros((3, 1)), belief=0.0)
    places = [[[10, 0], [10, 0]], [[10, 20], [10, 20]], [[30, 10], [15, 10]]]
    frames = [start, frame_of(places, [[0, 1], [0, 1], [0.5, 0]])]
    path = best_paths(frames, np.array([0, 0, 1]), PathSettings())
    assert path[1, 2] == 1
