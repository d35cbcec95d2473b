import numpy as np
import pytest
import torch

from engines.propagation.experts import LabelledCells
from engines.propagation.search import found_again

SHAPE = (20, 30)
PLACE = (slice(6, 14), slice(10, 18))


def picture(kind_at, turn=0.0):
    """Return cells (h, w, 3) of a background and, at `kind_at`, of an object; `turn` makes both less alike to them."""
    rng = np.random.default_rng(0)
    cells = np.zeros((*SHAPE, 3))
    cells[..., 1] = 1
    if kind_at is not None:
        cells[kind_at] = (1, 0, 0)
    cells = cells * np.cos(turn) + np.array([0, 0, np.sin(turn)])
    cells += rng.normal(0, 0.01, cells.shape)
    return torch.from_numpy(cells / np.linalg.norm(cells, axis=-1, keepdims=True)).float()


def anchor(place=PLACE):
    label = np.zeros(SHAPE, np.float32)
    label[place] = 1
    return LabelledCells(picture(place).flatten(0, 1).half(), label.ravel())


def found(queries, likeness=1.0, places=(PLACE,)):
    return found_again(queries, [anchor(place) for place in places], likeness=likeness, k=10, temperature=0.07) > 0.5


def test_finds_it_elsewhere():
    there = (slice(1, 9), slice(20, 28))
    truth = np.zeros(SHAPE, bool)
    truth[there] = True
    mask = found(picture(there))
    assert (mask & truth).sum() / (mask | truth).sum() > 0.7


@pytest.mark.parametrize("where", [None, (slice(2, 4), slice(2, 4))])
def test_finds_nothing_where_it_is_not_or_a_trace_only(where):
    assert not found(picture(where)).any()


def test_what_looks_less_like_it_than_it_did_itself_is_not_taken_for_it():
    changed = picture(PLACE, turn=0.6)
    assert not found(changed, likeness=1.0).any()
    assert found(changed, likeness=0.85).any()


def test_where_it_was_seen_smaller_it_may_come_back_as_small():
    small = (slice(2, 5), slice(2, 5))
    assert not found(picture(small)).any()
    assert found(picture(small), places=(PLACE, (slice(12, 16), slice(20, 24)))).any()
