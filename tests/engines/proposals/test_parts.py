"""The steps of the search one by one, against what can be counted by hand or by brute force."""

import itertools

import numpy as np
import pytest

from engines.correspondence.frame_features import CellGrid
from engines.proposals.boxes import Integral, distinct, overlaps, pair_overlaps
from engines.proposals.clusters import Cluster, clusters_of
from engines.proposals.cut import border_prices, cut
from engines.proposals.edges import edges_of, groups_of
from engines.proposals.evidence import Evidence
from engines.proposals.growing import grown
from engines.proposals.linking import LinkWeights, linked
from engines.proposals.looks import described_boxes, whitened
from engines.proposals.pixel_model import PixelModel
from engines.proposals.region import region_of
from engines.proposals.segmentation import refined_box
from engines.proposals.static import holds
from engines.proposals.tubes import filled, merged, tube_overlap

RNG = np.random.default_rng(0)
NONE = np.full(4, np.nan, np.float32)


def box(*sides):
    return np.array(sides, np.float32)


def evidence(looks, score=None, boxes=None, steps=None):
    f, n = looks.shape[:2]
    looks = looks / np.linalg.norm(looks, axis=-1, keepdims=True)
    if boxes is None:  # side by side: no two of a frame overlap
        left = np.arange(n, dtype=np.float32) * 20
        boxes = np.tile(np.stack([left, 0 * left, left + 10, 0 * left + 10], -1), (f, 1, 1))
    score = np.ones((f, n), np.float32) if score is None else score
    steps = [overlaps(boxes[i + 1], boxes[i]).astype(np.float16) for i in range(f - 1)] if steps is None else steps
    return Evidence(np.arange(f), boxes, score, looks.astype(np.float32), np.ones((f, n), bool), steps, False)


def test_overlaps_are_intersection_over_union():
    one, other = box(0, 0, 10, 10)[None], np.stack([box(0, 0, 10, 10), box(5, 0, 15, 10), box(20, 20, 30, 30)])
    assert np.allclose(overlaps(one, other), [[1, 1 / 3, 0]])
    assert np.allclose(pair_overlaps(np.stack([one[0], NONE]), other[:2]), [1, 0])


def test_integral_sums_what_a_box_holds():
    values = RNG.random((12, 17, 3)).astype(np.float32)
    boxes = np.stack([box(2, 3, 9, 11), box(-5, -5, 40, 40), box(4, 4, 4, 9)])
    sums = Integral(values).sums(boxes)
    assert np.allclose(sums[0], values[3:11, 2:9].sum((0, 1)), atol=1e-4)
    assert np.allclose(sums[1], values.sum((0, 1)), atol=1e-4) and np.allclose(sums[2], 0)
    assert np.allclose(Integral(values).means(boxes)[2], 0)


def test_of_boxes_that_are_alike_the_better_stays():
    boxes = np.stack([box(0, 0, 10, 10), box(0, 0, 10, 11), box(30, 0, 40, 10)])
    assert distinct(boxes, np.array([1, 3, 2], np.float32), 0.7, 9).tolist() == [1, 2]


def test_outlines_of_a_square_are_held_by_the_box_around_it():
    picture = np.zeros((80, 100, 1), np.float32)
    picture[20:60, 30:70] = 50
    edges = edges_of(picture, 1.0, 10)
    assert len(groups_of(edges).boxes) > 0
    whole, part, beside = holds(edges, np.stack([box(26, 16, 74, 64), box(26, 16, 50, 64), box(75, 0, 99, 79)]))
    assert whole > 2 * part and beside == 0
    assert not edges_of(np.zeros((80, 100, 1), np.float32), 1.0, 10).strength.any()


def test_looks_are_those_of_the_parts_of_a_box():
    cells = np.zeros((9, 9, 2), np.float32)
    cells[..., 0] = 1
    cells[:, 6:, 1] = 1
    grid = CellGrid(9, 9, 4, 4, 1.5, 1.5)
    left, whole = described_boxes(cells, grid, np.stack([box(0, 0, 20, 36), box(0, 0, 36, 36)])).astype(np.float32)
    assert np.allclose([np.linalg.norm(left), np.linalg.norm(whole)], 1, atol=1e-2)
    assert np.allclose(left.reshape(3, 3, 2)[..., 1], 0) and whole.reshape(3, 3, 2)[0, 2, 1] > 0.2


def test_whitened_looks_are_unit_vectors():
    looks = [RNG.normal(3, 1, (n, 20)).astype(np.float16) for n in (5, 0, 30)]
    found = whitened(looks)
    assert [len(each) for each in found] == [5, 0, 30]
    assert np.allclose(np.linalg.norm(np.concatenate(found), axis=1), 1, atol=1e-4)


def test_a_cluster_has_one_box_of_each_segment_and_prefers_the_good():
    looks = RNG.normal(0, 0.2, (30, 3, 8))
    looks += np.eye(3, 8)[None] * 3
    score = np.tile(np.array([0.2, 1.0, 0.1], np.float32), (30, 1))
    best, *_ = found = clusters_of(evidence(looks, score), 5)
    assert {b for _, b in best.members} == {1}
    assert all(len({f * 10 // 30 for f, _ in each.members}) == len(each.members) <= 9 for each in found)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert clusters_of(evidence(looks, score), 1) == [best]


def test_growing_follows_an_object_that_changes_where_one_classifier_loses_it():
    f, n, turn = 60, 5, np.linspace(0, np.pi, 60)
    looks = RNG.normal(0, 0.05, (f, n, 12))
    looks[:, 0, 0] += np.cos(turn)
    looks[:, 0, 1] += np.sin(turn)
    looks[:, 1, 0] -= 1  # looks as the object does in the end
    looks[:, 2, 0] += 0.5
    looks[:, 2, 2] += 0.9
    looks[:, 3:, 5] += 1
    given = evidence(looks)
    seeds = Cluster((1, 0), ((0, 0), (1, 0), (2, 0)), 1.0)
    right = [np.mean(grown(given, seeds, rounds=rounds).argmax(1) == 0) for rounds in (0, None)]
    assert right[1] > right[0]


def test_growing_reaches_the_ends_of_the_shortest_clip():
    given = evidence(RNG.normal(0, 1, (2, 3, 6)))
    assert np.isfinite(grown(given, Cluster((0, 0), ((0, 0),), 1.0))).all()


def test_linking_is_the_best_of_all_ways():
    f, n = 4, 2
    given = evidence(RNG.normal(0, 1, (f, n, 6)), steps=[RNG.random((n, n)).astype(np.float16) for _ in range(f - 1)])
    scores = RNG.normal(0, 1, (f, n)).astype(np.float32)
    weights = LinkWeights(smooth=1.3, object=0.0, absent=-0.4, switch=0.7)
    worth = (scores - np.median(scores.max(1))) / scores.std()

    def total(way):
        value = sum(weights.absent if b == n else worth[i, b] for i, b in enumerate(way))
        for i, (a, b) in enumerate(itertools.pairwise(way)):
            both_away = weights.smooth / 2 if a == b == n else -weights.switch
            value += both_away if n in (a, b) else weights.smooth * float(given.steps[i][b, a])
        return value

    best = max(itertools.product(range(n + 1), repeat=f), key=total)
    assert linked(given, scores, weights)[0].tolist() == [-1 if b == n else b for b in best]


def test_a_region_has_a_band_that_teaches_nothing():
    found = region_of(box(20, 20, 40, 30), 100, 50, 16)
    assert (found.rows, found.columns) == (slice(10, 40), slice(0, 60))
    assert found.inside.sum() == 200 and not (found.inside & found.outside).any()
    assert found.outside[0, 0] and not found.outside[8, 30] and found.depth.max() <= 1
    with pytest.raises(ValueError, match="does not meet"):
        region_of(box(-9, -9, -2, -2), 100, 50, 16)


def test_the_pixel_model_tells_two_kinds_apart():
    label = np.arange(400) < 60
    values = RNG.normal(0, 1, (400, 5)).astype(np.float32)
    values[label, 2] += 4
    odds = PixelModel(values, label).log_odds(values)
    assert np.mean((odds > 0) == label) > 0.95
    with pytest.raises(ValueError, match="one side"):
        PixelModel(values, np.ones(400, bool))


def test_a_cut_is_the_cheapest_labelling():
    for _ in range(4):
        odds = RNG.normal(0, 2, (3, 3)).astype(np.float32)
        prices = border_prices(RNG.random((3, 3)).astype(np.float32), 1.0, 2.0)

        def cost(label, odds=odds, prices=prices):
            across = np.abs(np.diff(label, axis=1)) * prices[0, :, :-1]
            return -(label * odds).sum() + across.sum() + (np.abs(np.diff(label, axis=0)) * prices[1, :-1]).sum()

        ways = [np.reshape(way, (3, 3)).astype(np.float32) for way in itertools.product((0, 1), repeat=9)]
        found = (cut(odds, prices, 400) > 0.5).astype(np.float32)
        assert cost(found) <= min(map(cost, ways)) + 0.02


def test_edges_make_borders_cheap():
    edges = np.zeros((2, 4), np.float32)
    edges[:, 2] = 1
    right, below = border_prices(edges, 1.0, 3.0)
    assert right[0, 1] < right[0, 0] == 1 and not right[:, -1].any() and not below[-1].any()


def test_refined_boxes_hold_the_large_pieces_that_touch_the_box():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 10:20] = mask[10:20, 25:33] = True
    mask[30:33, 12:15] = True  # small
    mask[2:38, 50:58] = True  # large, but elsewhere
    assert refined_box(mask, box(8, 8, 30, 34)).tolist() == [10, 10, 33, 20]
    assert refined_box(mask, box(36, 0, 45, 5)) is None


def test_tubes_are_filled_straight_and_away_where_the_nearer_key_frame_says_so():
    tube = filled(np.stack([box(0, 0, 10, 10), box(4, 0, 14, 10), NONE]), np.array([0, 4, 8]), 11)
    assert tube[:5, 0].tolist() == [0, 1, 2, 3, 4] and tube[6, 0] == 4
    assert np.isnan(tube[7:]).all()
    assert np.isnan(filled(np.zeros((0, 4), np.float32), np.zeros(0, int), 3)).all()


def test_tubes_that_are_one_are_merged_into_the_better():
    one = np.tile(box(0, 0, 10, 10), (5, 1))
    other = one + 1
    away = one.copy()
    away[2:] = NONE
    assert tube_overlap(one, one) == 1 and tube_overlap(one, away) == pytest.approx(0.4)
    assert tube_overlap(away * np.nan, away * np.nan) == 0
    assert merged([one, other, away], [0.1, 0.5, 0.3], 0.6) == [1, 2]
