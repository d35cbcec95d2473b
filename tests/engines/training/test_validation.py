"""The judge is judged by encoders of which one knows what they must score."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engines.correspondence.encoder import Encoder, Features, unit, unnormalised
from engines.device import Compute
from engines.training.validation import GAPS, Validation, Verdict

CPU = Compute(torch.device("cpu"), torch.float32)


class Looks(Encoder):
    """Colours of a cell and those around it."""

    def forward(self, pictures):
        smooth = F.avg_pool2d(unnormalised(pictures), 9, 8, 4)
        around = [smooth.roll(shift, (2, 3)) for shift in ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))]
        cells = torch.cat(around, 1)
        return Features(unit(cells - cells.mean(1, keepdim=True)), None)


class Places(Encoder):
    """Nothing but the cell's own place."""

    def forward(self, pictures):
        rows, cols = (size // 8 for size in pictures.shape[2:])
        codes = torch.eye(rows * cols).view(1, -1, rows, cols)
        return Features(codes.expand(len(pictures), -1, -1, -1), None)


class Nothing(Encoder):
    """All cells alike."""

    def forward(self, pictures):
        rows, cols = (size // 8 for size in pictures.shape[2:])
        return Features(torch.ones(len(pictures), 1, rows, cols), None)


@pytest.fixture(scope="module")
def validation():
    return Validation(n_scenes=2)


def test_looks_find_their_way(validation):
    looks, nothing = (validation.judge(encoder, CPU) for encoder in (Looks(), Nothing()))
    assert list(looks.right) == list(GAPS)
    assert looks.right[1] > 0.4
    assert looks.right[1] > looks.right[4] > looks.right[16] > nothing.mean
    assert nothing.mean < 0.02


def test_features_that_know_only_their_place_are_seen_through(validation):
    places = validation.judge(Places(), CPU)
    assert places.stays == 1
    assert places.right[1] > 0.9 and places.right[16] < 0.1  # a frame later, hardly anything has moved
    assert validation.judge(Looks(), CPU).stays < 0.05


def test_the_same_pictures_every_time(validation):
    assert Validation(n_scenes=2).judge(Looks(), CPU) == validation.judge(Looks(), CPU)


def test_the_mean_is_over_the_gaps():
    assert Verdict({1: 0.5, 4: 0.25, 16: 0.0}, 0.1).mean == pytest.approx(0.25)
    assert np.isfinite(Verdict({1: 1.0}, 0.0).mean)
