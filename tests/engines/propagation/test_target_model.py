import numpy as np
import torch

from engines.correspondence.features import FrameFeatures
from engines.propagation.target_model import TargetModel, described


def two_kinds(n, seed, turn=0.0):
    """Return unit vectors of two kinds with a constant, and which kind each is."""
    rng = np.random.default_rng(seed)
    kind = (np.arange(n) % 3 == 0).astype(np.float32)
    values = rng.normal(0, 0.1, (n, 5)).astype(np.float32)
    values[:, 0] += np.where(kind, np.cos(turn), -np.cos(turn))
    values[:, 1] += np.where(kind, np.sin(turn), -np.sin(turn))
    return np.column_stack([values, np.full(n, 0.3, np.float32)]), kind


def test_tells_what_it_was_shown_apart_and_follows_it():
    model = TargetModel(*two_kinds(60, 0))
    values, kind = two_kinds(60, 1)
    assert ((model.score(values) > 0) == (kind > 0.5)).all()
    turned, kind = two_kinds(60, 2, turn=1.9)
    before = float(np.mean((model.score(turned) > 0) == (kind > 0.5)))
    for _ in range(30):
        model.learn(turned, kind)
    assert before < 0.5 < float(np.mean((model.score(turned) > 0) == (kind > 0.5)))


def test_one_kind_alone_teaches_nothing():
    values, kind = two_kinds(30, 0)
    model = TargetModel(values, np.ones_like(kind))
    assert not model.score(values).any()
    model.learn(values, kind)
    assert model.score(values).any()


def test_coarse_features_lie_between_their_cells():
    coarse = torch.arange(6.0).view(2, 3, 1).half()
    fine = torch.zeros(3, 5, 2).half()
    values = described(FrameFeatures(coarse, fine))
    assert values.shape == (3, 5, 4)
    assert np.allclose(values[..., 0], [[0, 0.5, 1, 1.5, 2], [1.5, 2, 2.5, 3, 3.5], [3, 3.5, 4, 4.5, 5]])
    assert np.allclose(values[..., 3], 0.3)
