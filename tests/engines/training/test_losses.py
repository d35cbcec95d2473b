import pytest
import torch
from torch.nn import functional as F

from engines.training.losses import (
    cells_of,
    equivariance_loss,
    reconstruction_loss,
    spread,
    transition,
    walk_loss,
)

N = 36


@pytest.fixture
def perfect():
    """Cells that are all different: one-hot, (1, N, N)."""
    return torch.eye(N)[None]


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_cells_go_row_by_row():
    features = torch.arange(24.0).view(1, 2, 3, 4)
    assert cells_of(features).shape == (1, 12, 2)
    assert cells_of(features)[0, 5].tolist() == [features[0, 0, 1, 1], features[0, 1, 1, 1]]


def test_infonce_is_nothing_for_perfect_features_and_much_for_shuffled_ones(perfect, generator):
    target = torch.eye(N)[None]
    strangers = torch.zeros(5, N)
    assert equivariance_loss(perfect, perfect, target, strangers) < 1e-3
    assert equivariance_loss(perfect, perfect.roll(1, 1), target, strangers) > 10
    alike = torch.ones(1, N, N) / N**0.5
    assert equivariance_loss(alike, alike, target, alike[0, :5]) == pytest.approx(torch.tensor(N + 5.0).log().item())


def test_strangers_that_look_the_same_cost(perfect):
    target = torch.eye(N)[None]
    alone = equivariance_loss(perfect, perfect, target, torch.zeros(N, N))
    assert equivariance_loss(perfect, perfect, target, perfect[0]) > alone + 0.6  # log 2


def test_a_walk_with_perfect_features_comes_home(perfect, generator):
    moved = perfect.roll(3, 1)  # the same things at other places
    there, back = transition(perfect, moved, 0.0, generator), transition(moved, perfect, 0.0, generator)
    assert torch.allclose(there.sum(-1), torch.ones(1, N))
    home = torch.eye(N)[None]
    assert walk_loss([there, back], home) < 1e-3
    assert walk_loss([there, back], home.roll(1, 1)) > 5
    assert walk_loss([there], home) > 5


def test_cut_edges_are_not_walked(perfect, generator):
    alike = torch.ones(1, N, 1)
    step = transition(alike, alike, 0.5, generator)
    assert torch.allclose(step.sum(-1), torch.ones(1, N))
    assert 0.3 < (step < 1e-6).float().mean() < 0.7


def test_colours_are_put_together_from_matches(perfect):
    colours = torch.rand(1, N, 3, generator=torch.Generator().manual_seed(1))
    assert reconstruction_loss(perfect, perfect, colours, colours) < 1e-3
    assert reconstruction_loss(perfect, perfect.roll(1, 1), colours, colours) > 0.1


def test_spread_is_the_mean_cosine_of_pairs():
    cells = F.normalize(torch.randn(9, 4, generator=torch.Generator().manual_seed(2)), dim=1)
    cosines = cells @ cells.T
    wanted = (cosines.sum() - cosines.trace()) / (9 * 8)
    assert spread(cells) == pytest.approx(float(wanted), abs=1e-6)
    assert spread(cells[:1].expand(9, -1)) == pytest.approx(1, abs=1e-5)
