import pytest
import torch

from engines.colour.mixture import HALF_RANGE, MIDDLE, bits_per_dimension, expected, log_likelihood, mixture_of
from engines.colour.sizes import N_PARAMETERS


@pytest.fixture(params=[0.3, 2.0])
def parameters(request):
    return request.param * torch.randn(1, N_PARAMETERS, 1, 1, generator=torch.Generator().manual_seed(1))


def everywhere():
    """All pairs of bins, (65536, 2, 1, 1)."""
    steps = (torch.arange(-127, 129) - MIDDLE) / HALF_RANGE
    return torch.cartesian_prod(steps, steps)[:, :, None, None].double()


def test_the_chances_of_all_colours_sum_to_one(parameters):
    mixture = mixture_of(parameters, torch.full((1, 1, 1, 1), 0.4))
    total = log_likelihood(mixture, everywhere()).exp().sum()
    assert total == pytest.approx(1, abs=2e-3)


def test_the_expected_colour_is_the_mean_over_all(parameters):
    narrow = parameters.clone()
    narrow[:, :50] *= 0.1  # means well inside the range, where cutting off does not count
    narrow[:, 30:50] -= 1
    mixture = mixture_of(narrow, torch.full((1, 1, 1, 1), -0.2))
    chance = log_likelihood(mixture, everywhere()).exp()
    mean = (chance * everywhere()[:, :, 0, 0].T[:, :, None, None]).sum(1).flatten()
    assert torch.allclose(mean.float(), expected(mixture).flatten(), atol=5e-3)


def test_means_follow_luminance_and_b_follows_a():
    parameters = torch.zeros(1, N_PARAMETERS, 1, 1)
    parameters[:, 50:60] = 3
    dark, light = (expected(mixture_of(parameters, torch.full((1, 1, 1, 1), lum)))[0, 0] for lum in (-0.5, 0.5))
    assert dark < -0.4 and light > 0.4
    parameters[:, 70:80] = 3
    assert expected(mixture_of(parameters, torch.full((1, 1, 1, 1), 0.5)))[0, 1] > 0.4


def test_a_sharp_answer_leaves_unlikely_logistics_out():
    parameters = torch.zeros(1, N_PARAMETERS, 1, 1)
    parameters[:, 0], parameters[:, 10] = 2, 0.8
    mixture = mixture_of(parameters, torch.zeros(1, 1, 1, 1))
    assert expected(mixture)[0, 0] < 0.4 < 0.7 < expected(mixture, 3)[0, 0]


def test_an_even_guess_costs_eight_bits():
    assert bits_per_dimension(torch.full((4,), -2 * torch.log(torch.tensor(256.0)))) == pytest.approx(8)
