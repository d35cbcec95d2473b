import numpy as np
import torch

from engines.correspondence.frame_features import FrameFeatures
from engines.propagation.target_model import Lesson, TargetModel, described, left_out


def two_kinds(n, seed, turn=0.0):
    """Return unit vectors of two kinds with a constant, and which kind each is."""
    rng = np.random.default_rng(seed)
    kind = (np.arange(n) % 3 == 0).astype(np.float32)
    values = rng.normal(0, 0.1, (n, 5)).astype(np.float32)
    values[:, 0] += np.where(kind, np.cos(turn), -np.cos(turn))
    values[:, 1] += np.where(kind, np.sin(turn), -np.sin(turn))
    return np.column_stack([values, np.full(n, 0.3, np.float32)]), kind


def lesson(*args, **kwargs):
    return Lesson.of(*two_kinds(*args, **kwargs))


def right(model, values, kind):
    return float(np.mean((model.score(values) > 0) == (kind > 0.5)))


def test_tells_what_it_was_shown_apart_and_follows_it():
    model = TargetModel([lesson(60, 0)])
    assert right(model, *two_kinds(60, 1)) == 1
    turned, kind = two_kinds(60, 2, turn=1.9)
    before = right(model, turned, kind)
    for _ in range(30):
        model.learn(Lesson.of(turned, kind))
    assert before < 0.5 < right(model, turned, kind)


def test_an_anchor_that_lies_ahead_teaches_at_once():
    turned = two_kinds(60, 2, turn=1.9)
    assert right(TargetModel([lesson(60, 0)]), *turned) < 0.5
    assert right(TargetModel([lesson(60, 0), lesson(60, 3, turn=1.9)]), *turned) > 0.9


def test_one_kind_alone_teaches_nothing():
    values, kind = two_kinds(30, 0)
    assert Lesson.of(values, np.ones_like(kind)) is None
    model = TargetModel([])
    model.learn(None)
    assert not model.score(values).any()
    model.learn(Lesson.of(values, kind))
    assert model.score(values).any()


def test_what_is_explained_of_an_anchor_left_out_is_what_a_look_at_it_would_say():
    values, kind = two_kinds(60, 1)
    function = lesson(60, 0).function()
    weights = 0.5 * (kind / kind.sum() + (1 - kind) / (1 - kind).sum())
    error = float((weights * (values @ function.numpy() - (2 * kind - 1)) ** 2).sum())
    assert np.isclose(Lesson.of(values, kind).explained(function), 1 - error, atol=1e-5)


def test_anchors_that_look_alike_explain_one_another():
    assert left_out([lesson(60, 0)]) is None
    assert left_out([lesson(60, 0), lesson(60, 1), lesson(60, 2)]) > 0.9
    assert left_out([lesson(60, 0), lesson(60, 1, turn=1.9)]) < 0


def test_coarse_features_lie_between_their_cells():
    coarse = torch.arange(6.0).view(2, 3, 1).half()
    fine = torch.zeros(3, 5, 2).half()
    values = described(FrameFeatures(coarse, fine))
    assert values.shape == (3, 5, 4)
    assert np.allclose(values[..., 0], [[0, 0.5, 1, 1.5, 2], [1.5, 2, 2.5, 3, 3.5], [3, 3.5, 4, 4.5, 5]])
    assert np.allclose(values[..., 3], 0.3)
