"""What features say, on pictures whose features are made up: two kinds of cells."""

import numpy as np
import torch

from engines.correspondence.frame_features import CellGrid, FrameFeatures
from engines.labels.rle import RleMask
from engines.propagation.match_settings import MatchSettings
from engines.propagation.memory import FeatureMemory
from engines.propagation.types import MaskAnchor

ROWS, COLUMNS, STEP = 12, 16, 8
PLACE = (slice(3, 9), slice(5, 11))


class TwoKinds:
    """Features that point one way inside `PLACE` and another way elsewhere, on every frame."""

    def at(self, frame):
        cells = torch.zeros(ROWS, COLUMNS, 2)
        cells[..., 1] = 1
        cells[PLACE] = torch.tensor([1.0, 0.0])
        return FrameFeatures(cells.half(), None)

    def described(self, frame):
        raise AssertionError("there are no fine features")

    def grid(self, stride=None, shown=None):
        return CellGrid(ROWS, COLUMNS, STEP, STEP, 3.5, 3.5)


def label(rows, columns):
    soft = np.zeros((ROWS * STEP, COLUMNS * STEP), np.float32)
    soft[rows.start * STEP : rows.stop * STEP, columns.start * STEP : columns.stop * STEP] = 1
    return soft


def test_every_object_is_compared_with_an_anchor_of_its_own_however_near_those_of_others_are():
    right, shifted = label(*PLACE), label(PLACE[0], slice(7, 13))
    size = (COLUMNS * STEP, ROWS * STEP)
    own = MaskAnchor(1, 0, RleMask.encode(right > 0.5))
    others = [MaskAnchor(number, 30 + number, RleMask.encode(right > 0.5)) for number in range(2, 9)]
    memory = FeatureMemory(TwoKinds(), size, MatchSettings(n_anchors=3), [own, *others])
    memory.hold(1, 0, right)
    for other in others:
        memory.hold(other.object_id, other.frame, right)
    told = memory.testify(40, {1: shifted}, [])[1].places
    missing, wrong = (right > 0.5) & (shifted < 0.5), (right < 0.5) & (shifted > 0.5)
    assert told[missing].mean() > 1 > -1 > told[wrong].mean()
