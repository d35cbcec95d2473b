"""Matching against brute force on small grids, and what must come out of pictures that only move."""

import pytest
import torch
from torch.nn import functional

from engines.correspondence import affinity
from engines.correspondence.affinity import (
    Keys,
    TopMatches,
    Window,
    match_bytes,
    match_everywhere,
    match_full_softmax,
    match_windows,
    mix,
    top_of,
)
from engines.spread import in_turn


def features(seed, rows, columns, channels=8):
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(rows, columns, channels, generator=generator), dim=-1)


def grid(rows, columns):
    return torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij"), -1)


def brute_force(queries, references, window, centres=None, unrestricted=()):
    """Return all scores (queries, keys of all references), -inf outside the windows."""
    rows, columns, channels = queries.shape
    centres = grid(rows, columns) if centres is None else centres
    parts = []
    for number, keys in enumerate(references):
        scores = queries.reshape(-1, channels) @ keys.reshape(-1, channels).T
        offset = grid(*keys.shape[:2]).reshape(1, -1, 2) - centres.reshape(-1, 1, 2)
        if window.shape == "square":
            inside = (offset.abs() <= window.radius).all(-1)
        else:
            inside = (offset**2).sum(-1) < window.radius**2
        if number not in unrestricted:
            scores = scores.masked_fill(~inside, -torch.inf)
        parts.append(scores)
    return torch.cat(parts, 1)


def assert_same_matches(best, scores):
    expected = scores.topk(best.k, dim=1)
    found = best.scores.sort(1, descending=True)
    assert torch.allclose(found.values, expected.values, atol=1e-5)
    has_key = expected.values.isfinite()
    numbers = best.index.gather(1, found.indices)
    assert torch.equal(numbers[has_key], expected.indices[has_key])


@pytest.fixture(params=[affinity.TILE_SCORES, 500], ids=["one tile", "many tiles"])
def tiles(request, monkeypatch):
    monkeypatch.setattr(affinity, "TILE_SCORES", request.param)


@pytest.mark.parametrize("window", [Window(2), Window(0), Window(3, "circle"), Window(1, "circle"), Window(30)])
@pytest.mark.parametrize("size", [(9, 13), (4, 4), (1, 7)])
def test_windows_over_several_references_as_by_brute_force(window, size, tiles):
    queries, references = features(0, *size), [features(seed, *size) for seed in (1, 2, 3)]
    n_cells = size[0] * size[1]
    best = TopMatches(n_cells, 6)
    everywhere = references[1].flatten(0, 1)
    match_everywhere(queries.flatten(0, 1), everywhere, best, torch.arange(n_cells) + n_cells)
    match_windows(queries, [Keys(references[0]), Keys(references[2], 2 * n_cells)], window, best)
    assert_same_matches(best, brute_force(queries, references, window, unrestricted=(1,)))


@pytest.mark.parametrize("window", [Window(2), Window(3, "circle")])
def test_windows_centred_elsewhere_as_by_brute_force(window, tiles):
    rows, columns = 10, 14
    queries, keys = features(0, rows, columns), features(1, 12, 11)
    where = grid(rows, columns)
    moved = where + torch.tensor([3, -5]) + torch.stack([where[..., 1] // 7, where[..., 0] // 5], -1)  # smooth
    best = TopMatches(rows * columns, 4)
    match_windows(queries, [Keys(keys, centres=moved)], window, best)
    assert_same_matches(best, brute_force(queries, [keys], window, moved))


def test_only_what_is_wanted_is_matched():
    queries, keys = features(0, 12, 12), features(1, 12, 12)
    wanted = torch.zeros(12, 12, dtype=torch.bool)
    wanted[5, 6] = True
    best = TopMatches(144, 3)
    match_windows(queries, [Keys(keys)], Window(2), best, wanted)
    answered = best.scores.isfinite().any(1).view(12, 12)
    assert answered[4:8, 4:8].all() and answered.sum() == 16


def test_weights_are_a_softmax_and_zero_where_there_is_no_key():
    best = TopMatches(2, 3)
    best.add(torch.tensor([1]), torch.tensor([[0.3, 0.9]]), torch.tensor([7, 5]))
    weights = best.weights(0.1)
    assert torch.equal(weights[0], torch.zeros(3))
    assert weights[1].sum() == pytest.approx(1)
    by_key = dict(zip(best.index[1].tolist(), weights[1].tolist(), strict=True))
    assert by_key[5] / by_key[7] == pytest.approx(torch.tensor(6.0).exp().item(), rel=1e-4)


def test_identical_frames_give_back_the_labels(tiles):
    cells, labels = features(0, 8, 9), torch.rand(72, 3)
    best = TopMatches(72, 5)
    match_windows(cells, [Keys(cells)], Window(3), best)
    assert torch.allclose(mix(best.index, best.weights(0.01), labels), labels, atol=1e-2)


@pytest.mark.parametrize("move", [(0, 3), (2, -1), (-3, 0)])
def test_a_picture_moved_by_whole_cells_moves_labels_by_exactly_that(move, tiles):
    cells, labels = features(0, 10, 12), (torch.rand(10, 12, 2) > 0.5).float()
    best = TopMatches(120, 1)
    match_windows(cells.roll(move, (0, 1)), [Keys(cells)], Window(3), best)
    found = mix(best.index, best.weights(0.05), labels.flatten(0, 1)).view(10, 12, 2)
    rows = slice(max(move[0], 0), 10 + min(move[0], 0))
    columns = slice(max(move[1], 0), 12 + min(move[1], 0))
    assert torch.equal(found[rows, columns], labels.roll(move, (0, 1))[rows, columns])


@pytest.mark.parametrize("k", [5, 72])
def test_the_thesis_weights_are_those_of_a_full_softmax_cut_short(k, tiles):
    queries, keys = features(0, 6, 7).flatten(0, 1), features(1, 8, 9).flatten(0, 1)
    weights, index = match_full_softmax(queries, keys, k, 0.0442)
    full = (queries.double() @ keys.T.double() / 0.0442).softmax(1)
    expected = full.topk(k, dim=1)
    order = weights.sort(1, descending=True)
    assert torch.allclose(order.values.double(), expected.values, atol=1e-6)
    assert torch.equal(index.gather(1, order.indices)[:, :5], expected.indices[:, :5])
    assert (weights.sum(1) <= 1 + 1e-5).all()


def test_keys_in_another_order_change_only_their_numbers():
    queries, keys = features(0, 5, 5).flatten(0, 1), features(1, 6, 6).flatten(0, 1)
    order = torch.randperm(36, generator=torch.Generator().manual_seed(3))
    there, moved = TopMatches(25, 4), TopMatches(25, 4)
    match_everywhere(queries, keys, there, torch.arange(36))
    match_everywhere(queries, keys[order], moved, torch.arange(36))
    assert torch.equal(there.index.sort(1).values, order[moved.index].sort(1).values)


@pytest.mark.parametrize("n_scores", [3, 160, 161, 1024, 4003])
def test_the_best_of_many_scores_are_those_that_sorting_finds(n_scores):
    scores = torch.randn(2, 7, n_scores, generator=torch.Generator().manual_seed(n_scores))
    scores[0, 0, : n_scores // 2] = -torch.inf
    k = min(10, n_scores)
    values, places = top_of(scores, k)
    assert torch.equal(values.sort(descending=True).values, scores.sort(descending=True).values[..., :k])
    assert torch.equal(scores.gather(-1, places), values)
    assert all(len(set(row.tolist())) == k for row in places.flatten(0, 1))


def test_it_does_not_matter_which_tile_is_done_first(tiles):
    queries, keys = features(0, 9, 13), features(1, 9, 13)
    found = []
    for spread in (in_turn, lambda works: in_turn(works[::-1])):
        best = TopMatches(9 * 13, 6)
        match_everywhere(queries.flatten(0, 1), keys.flatten(0, 1), best, torch.arange(9 * 13), spread)
        match_windows(queries, [Keys(keys, 9 * 13)], Window(2), best, None, spread)
        found.append((best.scores, best.index))
    assert all(torch.equal(*pair) for pair in zip(*found, strict=True))


def test_memory_is_known_beforehand_and_does_not_grow_with_the_references():
    assert match_bytes(6480, 6480, 64, 10) < 200e6
    assert match_bytes(6480, 6480, 1024, 10) < 400e6
