import numpy as np
import pytest
import torch

from engines.colour.colorizer import look_at, seen_size
from engines.colour.sizes import N_CLASSES
from engines.device import Compute
from tests.engines.colour.nets import tiny_network

CPU = Compute(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def outlook():
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    return look_at(tiny_network(), CPU, image)


def test_pictures_keep_their_shape_and_have_bounds():
    assert seen_size(640, 480) == (172, 128)
    assert seen_size(10, 10) == (128, 128)
    assert seen_size(100_000, 10) == (512, 128)
    assert seen_size(1, 5000) == (128, 512)


def test_everything_is_on_one_grid(outlook):
    assert outlook.shape == (32, 48)
    assert outlook.answer().shape == (32, 48, 2)
    assert outlook.classes.shape == (N_CLASSES, 32, 48)
    by_g, by_f = outlook.bits(outlook.answer())
    assert by_g.shape == by_f.shape == (32, 48) and (by_g > 0).all()


def test_rows_come_one_by_one_and_make_the_samples(outlook):
    rows = list(outlook.rows([0, 2], seed=3))
    assert len(rows) == 32 and rows[0].shape == (2, 48, 2)
    assert np.array_equal(np.stack(rows, 1), outlook.samples([0, 2], seed=3))


def test_likely_colours_cost_less_than_any(outlook):
    own = outlook.samples([0], seed=0)[0]
    shuffled = own.reshape(-1, 2)[np.random.default_rng(0).permutation(32 * 48)].reshape(own.shape)
    assert outlook.bits(own)[0].mean() < outlook.bits(shuffled)[0].mean()


def test_suggestions_differ_and_come_by_their_share(outlook):
    found = outlook.suggestions(59, 39, 5)
    assert 1 <= len(found) <= 5
    shares = [each.share for each in found]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 1 + 1e-5
    colours = np.array([each.chroma for each in found])
    gaps = np.hypot(*(colours[:, None] - colours[None]).transpose(2, 0, 1)) + 100 * np.eye(len(found))
    assert gaps.min() >= 8


def test_suggestions_follow_what_stands_before_the_place(outlook):
    chroma = np.full((*outlook.shape, 2), 40, np.float32)
    told = outlook.suggestions(30, 20, 5, chroma)
    assert told == outlook.suggestions(30, 20, 5, chroma)
    later = chroma.copy()
    later[20:] = -40
    assert outlook.suggestions(30, 20, 5, later) == told  # rows below are not known yet
    before = chroma.copy()
    before[:15] = -40
    assert outlook.suggestions(30, 20, 5, before) != told
