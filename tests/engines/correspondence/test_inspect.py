"""Matches, paths and colours of one pixel, on features for which the answer is known exactly."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engines.correspondence.frame_features import CellGrid, FrameFeatures
from engines.correspondence.inspect import (
    FeatureColours,
    Grids,
    grids_of,
    match_heat,
    query_at,
    steps_between,
    top_matches,
    trace,
)
from engines.training.synthetic import random_scene

WIDTH, HEIGHT, STRIDE = 160, 120, 8
WAVES = 24


class TrueFeatures:
    """Features that know what each pixel shows: random waves over its layer's own picture, another set a layer.

    So a point has the same feature wherever it goes, and none other has it: what a perfect encoder would see.
    """

    def __init__(self, scene, with_fine=True):
        self.scene, self.with_fine = scene, with_fine
        rng = np.random.default_rng(0)
        n_layers = len(scene.layers)
        self.waves = rng.normal(0, 1 / 16, (n_layers, 2, WAVES))
        self.phases = rng.uniform(0, 2 * np.pi, (n_layers, WAVES))
        self.asked = []
        self.kept = {}

    def grid(self, stride=None):
        step = STRIDE if stride is None else stride
        return CellGrid(math.ceil(HEIGHT / step), math.ceil(WIDTH / step), step, step, 0.0, 0.0)

    def at(self, frame):
        self.asked.append(frame)
        if frame not in self.kept:
            self.kept[frame] = self.seen(frame)
        return self.kept[frame]

    def seen(self, frame):
        ids = self.scene.ids(frame)
        dense = np.zeros((HEIGHT, WIDTH, WAVES))
        for number, layer in enumerate(self.scene.layers):
            where = layer.motion.inverse(frame, (0, 0, WIDTH, HEIGHT))
            seen = np.cos(where @ self.waves[number] + self.phases[number])
            dense[ids == number] = seen[ids == number]
        dense /= np.linalg.norm(dense, axis=-1, keepdims=True)
        cells = torch.from_numpy(dense).half()
        fine = cells[::4, ::4] if self.with_fine else None
        return FrameFeatures(cells[::STRIDE, ::STRIDE], fine)


@pytest.fixture(scope="module")
def scene():
    return random_scene(3, WIDTH, HEIGHT, n_frames=10, pictures=[np.zeros((64, 64, 3), np.uint8)] * 3, n_objects=1)


@pytest.fixture(scope="module")
def true_reader(scene):
    return TrueFeatures(scene)


@pytest.fixture
def reader(true_reader):
    true_reader.asked.clear()
    return true_reader


def points_seen(scene, frame, others):
    """Return points of the object and where they lie on `others`, for those seen on all frames and off the rims."""
    true = [scene.render(at) for at in (frame, *others)]
    seen = np.logical_and.reduce([found.visible[1] for found in true])
    return [np.array(found.points[1])[seen] for found in true]


@pytest.mark.parametrize("with_fine", [True, False])
def test_a_pixel_matches_itself_below_a_cell(reader, with_fine):
    features, grids = reader.at(0), grids_of(reader)
    features = features if with_fine else FrameFeatures(features.coarse, None)
    errors = []
    for x, y in np.random.default_rng(0).uniform((10, 10), (WIDTH - 10, HEIGHT - 10), (60, 2)):
        query = query_at(features, grids, x, y)
        best = top_matches(query, features, grids, match_heat(query, features))[0]
        errors.append(math.hypot(best.x - x, best.y - y))
    assert np.median(errors) < 0.5
    assert np.quantile(errors, 0.9) < 1.5


def test_the_best_match_is_where_the_point_went(scene, reader):
    grids = grids_of(reader)
    here, there = points_seen(scene, 0, [6])
    assert len(here) >= 4
    target = reader.at(6)
    errors = []
    for (x, y), (true_x, true_y) in zip(here, there, strict=True):
        query = query_at(reader.at(0), grids, x, y)
        best = top_matches(query, target, grids, match_heat(query, target))[0]
        errors.append(math.hypot(best.x - true_x, best.y - true_y))
    assert np.median(errors) < 1.5


def test_heat_is_a_distribution_and_matches_share_it(scene, reader):
    features, grids = reader.at(0), grids_of(reader)
    query = query_at(features, grids, 50, 50)
    heat = match_heat(query, features)
    assert heat.dtype == np.float32
    assert heat.shape == (15, 20)
    assert heat.sum() == pytest.approx(1, abs=1e-4)
    matches = top_matches(query, features, grids, heat, 5)
    assert 2 <= len(matches) <= 5
    assert [match.weight for match in matches] == sorted((match.weight for match in matches), reverse=True)
    assert sum(match.weight for match in matches) <= 1 + 1e-4
    warmer = match_heat(query, features, temperature=1.0)
    assert warmer.max() < heat.max()


def test_a_frame_smaller_than_the_windows_has_matches_too():
    grid = CellGrid(1, 1, 8, 8, 0.0, 0.0)
    grids = Grids(grid, CellGrid(2, 2, 4, 4, 0.0, 0.0))
    features = FrameFeatures(torch.ones(1, 1, 4).half() / 2, torch.ones(2, 2, 4).half() / 2)
    query = query_at(features, grids, 300, -5)
    (match,) = top_matches(query, features, grids, match_heat(query, features))
    assert match.weight == pytest.approx(1)
    assert 0 <= match.x <= 4


def smooth(rows, columns, rng):
    """Return random unit vectors that change slowly from cell to cell, so that the best match is the true one."""
    field = torch.nn.functional.avg_pool2d(torch.randn(1, 16, rows + 2, columns + 2, generator=rng), 3, 1)[0]
    return torch.nn.functional.normalize(field.permute(1, 2, 0), dim=-1).half()


@given(
    shift=st.tuples(st.integers(-3, 3), st.integers(-3, 3)),
    at=st.tuples(st.floats(60, 100), st.floats(45, 75)),
    with_fine=st.booleans(),
)
def test_features_moved_by_whole_cells_move_the_match_by_as_much(shift, at, with_fine):
    rng = torch.Generator().manual_seed(1)
    coarse, fine = smooth(15, 20, rng), smooth(30, 40, rng) if with_fine else None
    down, right = shift
    moved = FrameFeatures(
        coarse.roll((down, right), (0, 1)), None if fine is None else fine.roll((2 * down, 2 * right), (0, 1))
    )
    grids = Grids(CellGrid(15, 20, 8, 8, 1.5, 1.5), CellGrid(30, 40, 4, 4, 0.0, 0.0))
    features = FrameFeatures(coarse, fine)
    query = query_at(features, grids, *at)
    still = top_matches(query, features, grids, match_heat(query, features), 1)[0]
    went = top_matches(query, moved, grids, match_heat(query, moved), 1)[0]
    assert (went.x - still.x, went.y - still.y) == pytest.approx((8 * right, 8 * down), abs=0.02)
    assert went.weight == pytest.approx(still.weight, abs=0.05)


def test_a_path_follows_the_point_and_comes_back(scene, reader):
    (here, *there) = points_seen(scene, 0, range(1, 9))
    assert len(here) >= 4
    off, cycle = [], []
    for number, position in enumerate(here):
        way = list(trace(reader, 0, tuple(position), 8))
        assert [at.frame for at in way] == list(range(9))
        assert (way[0].x, way[0].y) == pytest.approx(tuple(position))
        off += [
            math.hypot(at.x - there[at.frame - 1][number][0], at.y - there[at.frame - 1][number][1]) for at in way[1:]
        ]
        back = list(trace(reader, 8, (way[-1].x, way[-1].y), 0))
        assert [at.frame for at in back] == list(range(8, -1, -1))
        cycle.append(math.hypot(back[-1].x - position[0], back[-1].y - position[1]))
        assert all(at.similarity <= 1 + 1e-3 for at in way + back)
    assert np.median(off) < 1.5
    assert np.median(cycle) < 2.0


def test_a_path_to_its_own_frame_is_a_point(scene, reader):
    assert [(at.frame, at.x, at.y) for at in trace(reader, 3, (20.0, 30.0), 3)] == [(3, 20.0, 30.0)]


@given(start=st.integers(0, 10_000), end=st.integers(0, 10_000), most=st.integers(1, 30))
def test_a_long_way_takes_no_more_steps(start, end, most):
    frames = steps_between(start, end, most)
    assert len(frames) == min(most, abs(end - start))
    leaps = np.diff((start, *frames)) * (1 if end >= start else -1)
    if len(frames):
        assert frames[-1] == end
        assert leaps.min() >= 1
        assert leaps.max() - leaps.min() <= 1


def test_a_path_reads_one_frame_a_step(scene, reader):
    list(trace(reader, 9, (40.0, 40.0), 0, max_steps=3))
    assert reader.asked == [9, 6, 3, 0]


def test_colours_stay_with_what_they_colour(scene, reader):
    frames = [reader.at(frame) for frame in (0, 4, 8)]
    colours = FeatureColours.fitted(frames)
    image = colours.of(frames[0])
    assert image.dtype == np.uint8
    assert image.shape == (15, 20, 3)
    assert image.reshape(-1, 3).std(axis=0).min() > 20
    again = FeatureColours.fitted(frames)
    np.testing.assert_array_equal(again.of(frames[1]), colours.of(frames[1]))
    # A feature has its colour wherever it lies.
    moved = FrameFeatures(frames[0].coarse.roll(3, 1), None)
    np.testing.assert_array_equal(colours.of(moved), np.roll(image, 3, 1))


def test_few_channels_and_equal_features_have_colours_too():
    flat = FrameFeatures(torch.ones(4, 5, 3).half(), None)
    assert FeatureColours.fitted([flat]).of(flat).shape == (4, 5, 3)
