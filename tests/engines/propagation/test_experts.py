import numpy as np
import pytest
import torch

from engines.propagation.experts import LabelledCells, explained_by_matching, heard


def anchor(turn=0.0, n=40):
    """Return cells of two kinds, the object's pointing along the first axis turned by `turn`, the others against."""
    kind = (np.arange(n) % 4 == 0).astype(np.float32)
    ways = np.where(kind, turn, turn + np.pi)
    cells = np.column_stack([np.cos(ways), np.sin(ways)])
    return LabelledCells(torch.from_numpy(cells).half(), kind)


def test_matching_explains_what_looks_alike_and_nothing_of_what_is_turned_round():
    assert explained_by_matching([anchor(), anchor(0.1), anchor(0.2)], 5, 0.07) > 0.95
    assert explained_by_matching([anchor(), anchor(np.pi)], 5, 0.07) < 0


def test_nothing_is_said_of_one_anchor_or_of_one_side():
    assert explained_by_matching([anchor()], 5, 0.07) is None
    whole = LabelledCells(anchor().cells, np.ones(40, np.float32))
    assert explained_by_matching([whole, whole], 5, 0.07) is None


@pytest.mark.parametrize(
    ("explained", "counts"), [((0.3, 0.9), [0.5, 1.5]), ((None, 0.9), [1, 1]), ((-1.0, 0.15), [0.5, 1.5])]
)
def test_experts_count_by_what_they_explain(explained, counts):
    assert heard(explained) == pytest.approx(counts)
