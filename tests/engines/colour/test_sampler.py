import dataclasses

import numpy as np
import pytest
import torch

from engines.colour.mixture import log_likelihood, mixture_of
from engines.colour.sampler import Draws, sample_rows
from engines.colour.sizes import N_CLASSES
from tests.engines.colour.nets import TINY, tiny_network


class Forced:
    """Takes the colours of a given picture and keeps the parameters that it was asked with."""

    def __init__(self, chroma):
        self.chroma = chroma
        self.seen = np.zeros((*chroma.shape[:1], 80, *chroma.shape[2:]), np.float32)

    def choose(self, parameters, row, column):
        self.seen[:, :, row, column] = parameters
        return self.chroma[:, :, row, column]


def condition(size=TINY, shape=(6, 9)):
    rng = np.random.default_rng(3)
    return rng.standard_normal((size.embedding + N_CLASSES, *shape)).astype(np.float32)


def drawn(network, draws, n_samples):
    return np.stack(list(sample_rows(network.g, condition(), n_samples, draws)), 1)


@pytest.mark.parametrize("size", [TINY, dataclasses.replace(TINY, is_doubled=True, generator_blocks=3)])
def test_each_cell_has_the_parameters_of_the_full_pass(size):
    network = tiny_network(size)
    chroma = np.random.default_rng(0).uniform(-1, 1, (3, 2, 6, 9)).astype(np.float32)
    forced = Forced(chroma)
    rows = np.stack(list(sample_rows(network.g, condition(size), 3, forced)), 1)
    assert np.array_equal(np.moveaxis(rows, -1, 1), chroma)
    with torch.no_grad():
        full = network.g(torch.from_numpy(chroma), torch.from_numpy(condition(size))[None].expand(3, -1, -1, -1))
    assert np.abs(forced.seen - full.numpy()).max() < 1e-5


def test_a_sample_is_its_seeds_and_not_its_company_s():
    network, light = tiny_network(), np.zeros((6, 9), np.float32)
    four = drawn(network, Draws.seeded(light, 7, range(4)), 4)
    second = drawn(network, Draws.seeded(light, 7, [1]), 1)
    assert np.abs(four[1] - second[0]).max() < 1e-4
    assert np.abs(four[0] - four[1]).max() > 0.05
    assert np.abs(four - drawn(network, Draws.seeded(light, 8, range(4)), 4)).max() > 0.05


def test_without_temperature_all_samples_are_the_likeliest():
    network, light = tiny_network(), np.zeros((6, 9), np.float32)
    cold = drawn(network, Draws.seeded(light, 7, range(3), temperature=0), 3)
    assert np.abs(cold - cold[:1]).max() < 1e-6


def test_samples_come_from_the_mixture():
    parameters = np.random.default_rng(1).standard_normal((1, 80)).astype(np.float32)
    parameters[:, 30:50] += 1
    light = np.full((1, 20_000), 0.3, np.float32)
    draws = Draws.seeded(light, 0, [0])
    found = np.concatenate([draws.choose(parameters, 0, column) for column in range(20_000)])
    mixture = mixture_of(torch.from_numpy(parameters)[:, :, None, None], torch.full((1, 1, 1, 1), 0.3))
    steps = (torch.arange(-127, 129) - 0.5) / 127.5
    pairs = torch.cartesian_prod(steps, steps)[:, :, None, None]
    chance = log_likelihood(mixture, pairs).exp().flatten().numpy().reshape(256, 256)
    for axis, values in enumerate(found.T):
        expected = chance.sum(1 - axis)
        counts = np.histogram(values, bins=256, range=(-1.0039, 1.0039))[0] / len(values)
        assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() < 0.02
