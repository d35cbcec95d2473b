import math

import numpy as np
import pytest

from app.tasks.colour_flicker import Flicker, FlickerStep, measured_flicker
from engines.labels.chroma import ChromaMap

WIDTH, HEIGHT = 64, 48


class Still:
    """Four frames of the same picture."""

    width, height, fingerprint = WIDTH, HEIGHT, "still"

    def __len__(self):
        return 4

    def image(self, frame):
        rows, columns = np.indices((HEIGHT, WIDTH))
        return np.repeat((128 + 60 * np.sin(rows / 5) * np.cos(columns / 7))[..., None], 3, 2).astype(np.uint8)


def label(a):
    return lambda: ChromaMap.encode(np.full((12, 16, 2), (a, 0), np.float32), np.ones((12, 16), np.float32))


def test_the_mean_and_where_it_is_most():
    *steps, found = measured_flicker({0: label(0), 1: label(2), 2: label(8), 3: label(8)}, Still())
    assert steps == [FlickerStep(done, 3) for done in (1, 2, 3)]
    assert isinstance(found, Flicker) and found.frame == 2
    assert found.most == pytest.approx(6, abs=0.1) and found.mean == pytest.approx(8 / 3, abs=0.1)


def test_frames_without_neighbours_have_none():
    (found,) = measured_flicker({0: label(0), 2: label(8)}, Still())
    assert math.isnan(found.mean)
