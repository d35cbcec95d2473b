"""Meshes: they cover what they are for, and follow what is measured as rigidly as they can."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.texture.draw import rendered
from engines.texture.fit import MeshFit, dragged
from engines.texture.mesh import MOST_VERTICES, Mesh, Pins, at_rest, mesh_over

HEIGHT, WIDTH = 120, 160


def box(left, top, right, bottom):
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[top:bottom, left:right] = True
    return region


def covered(mesh, vertices=None):
    vertices = mesh.vertices if vertices is None else vertices
    return ~np.isnan(rendered(mesh, vertices, vertices, (0, 0, WIDTH, HEIGHT))[..., 0])


def turned(points, angle, scale, shift):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points @ turn.T + shift).astype(np.float32)


@given(st.integers(0, 150), st.integers(0, 110), st.integers(1, 60), st.integers(1, 60), st.sampled_from([4, 8, 15]))
def test_every_pixel_of_the_region_lies_in_the_mesh(left, top, width, height, spacing):
    region = box(left, top, left + width, top + height)
    mesh = mesh_over(region, spacing)
    assert covered(mesh)[region].all()
    corners = mesh.vertices[mesh.triangles]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    assert (areas > 0).all() and set(mesh.triangles.ravel()) == set(range(len(mesh.vertices)))


def test_large_regions_get_wider_meshes_and_nothing_gets_none():
    assert 200 < len(mesh_over(np.ones((1080, 1920), bool)).vertices) <= MOST_VERTICES
    with pytest.raises(ValueError, match="nothing"):
        mesh_over(np.zeros((9, 9), bool))


def fit_of(mesh):
    """Measure in the middle of every triangle."""
    return MeshFit(mesh, mesh.triangles, np.full(mesh.triangles.shape, 1 / 3, np.float32))


@given(st.floats(-3, 3), st.floats(0.4, 2.5), st.floats(-50, 50))
def test_a_similarity_is_found_through_holes_and_wrong_measurements(angle, scale, shift):
    mesh = mesh_over(box(30, 30, 110, 90))
    fit, rng = fit_of(mesh), np.random.default_rng(1)
    true = turned(mesh.vertices, angle, scale, (shift, -shift))
    measured, weights = fit.at(true), np.ones(len(mesh.triangles), np.float32)
    weights[mesh.vertices[mesh.triangles].mean(1)[:, 0] > 80] = 0  # a hole
    wrong = rng.random(len(weights)) < 0.2
    measured = measured + wrong[:, None] * rng.uniform(15, 30, measured.shape).astype(np.float32)
    found = fit.solve(measured, weights, true + np.float32(2))
    assert np.hypot(*(found - true).T).max() < 0.5


def test_parts_that_do_not_touch_hold_together():
    mesh = mesh_over(box(20, 20, 60, 40) | box(20, 70, 60, 90))
    fit = fit_of(mesh)
    true = turned(mesh.vertices, 0.5, 1.2, (10, 5))
    upper = mesh.vertices[mesh.triangles].mean(1)[:, 1] < 55
    guess = turned(mesh.vertices, 0.45, 1.15, (12, 8))
    found = fit.solve(fit.at(true), upper.astype(np.float32), guess)
    assert 0 < upper.sum() < len(upper) and np.hypot(*(found - true).T).max() < 1.5


def test_pinned_vertices_lie_where_they_are_pinned_and_others_follow():
    mesh = mesh_over(box(30, 30, 110, 90))
    middle = int(np.argmin(np.hypot(*(mesh.vertices - (70, 60)).T)))
    pins = Pins(3, np.array([middle], np.int32), mesh.vertices[[middle]] + np.float32([6, 0]))
    fit = fit_of(mesh)
    found = fit.solve(fit.at(mesh.vertices), np.ones(len(mesh.triangles), np.float32), mesh.vertices, pins)
    assert np.array_equal(found[middle], pins.positions[0])
    by_hand = dragged(mesh, at_rest(mesh, 3), pins).vertices
    moved = by_hand - mesh.vertices
    near = np.hypot(*(mesh.vertices - mesh.vertices[middle]).T)
    assert np.array_equal(by_hand[middle], pins.positions[0])
    assert 1 < moved[(near > 0) & (near < 12), 0].mean() < 6 and np.abs(moved[near > 35]).mean() < 1.5
    everywhere = Pins(3, np.arange(len(mesh.vertices), dtype=np.int32), mesh.vertices + np.float32(4))
    assert np.array_equal(dragged(mesh, at_rest(mesh, 3), everywhere).vertices, everywhere.positions)


def test_what_is_folded_over_shows_its_back_and_is_not_drawn():
    mesh = Mesh(np.float32([[10, 10], [50, 10], [10, 50]]), np.int32([[0, 1, 2]]))
    assert covered(mesh).any() and not covered(mesh, mesh.vertices * np.float32([-1, 1]) + np.float32([60, 0])).any()
