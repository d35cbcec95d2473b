"""Features of a clip's frames: encoded once, and where their cells lie."""

import numpy as np
import pytest
import torch

from engines.correspondence.architectures import build_encoder
from engines.correspondence.feature_cache import FeatureCache
from engines.correspondence.feature_reader import FeatureExtractor, FeatureReader, encoding_size
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import Compute, pick_compute
from tests.engines.propagation.clips import CountingClip

CPU = pick_compute("cpu", half=False)


def noise(n_frames, width=48, height=40):
    rng = np.random.default_rng(0)
    return CountingClip([rng.integers(0, 255, (height, width, 3), np.uint8) for _ in range(n_frames)])


@pytest.mark.parametrize(
    "encoder", [HandmadeEncoder(), build_encoder("small").eval(), build_encoder("resnet18").eval()]
)
def test_features_are_unit_vectors_of_the_grid(encoder):
    clip = noise(1, 50, 37)
    reader = FeatureReader(clip, FeatureExtractor(encoder, "w", CPU))
    features = reader.at(0)
    grid = reader.grid()
    assert features.coarse.shape == (grid.rows, grid.columns, encoder.n_channels) == (5, 7, encoder.n_channels)
    assert features.coarse.dtype == torch.float16
    assert torch.allclose(features.coarse.float().norm(dim=-1), torch.ones(5, 7), atol=2e-3)
    if encoder.n_fine_channels:
        assert features.fine.shape == (reader.grid(4).rows, reader.grid(4).columns, encoder.n_fine_channels)


def test_handmade_features_tell_colours_apart():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, :32], image[:, 32:] = (200, 60, 40), (40, 60, 200)
    coarse = FeatureReader(CountingClip([image]), FeatureExtractor(HandmadeEncoder(), "w", CPU)).at(0).coarse.float()
    assert coarse[2, 1] @ coarse[5, 1] > 0.999
    assert coarse[2, 1] @ coarse[2, 6] < 0.7


def test_the_second_run_encodes_nothing(tmp_path):
    clip = noise(3)
    keeping = FeatureExtractor(HandmadeEncoder(), "w", CPU, FeatureCache(1 << 20, tmp_path))
    first = [FeatureReader(clip, keeping).at(f) for f in range(3)]
    assert clip.read == [0, 1, 2]
    cache = FeatureCache(1 << 20, tmp_path)
    again = [FeatureReader(clip, FeatureExtractor(HandmadeEncoder(), "w", CPU, cache)).at(f) for f in range(3)]
    assert clip.read == [0, 1, 2]
    assert all(
        torch.equal(a.coarse, b.coarse) and torch.equal(a.fine, b.fine) for a, b in zip(first, again, strict=True)
    )
    FeatureReader(clip, FeatureExtractor(HandmadeEncoder(), "other weights", CPU, cache)).at(1)
    FeatureReader(clip, FeatureExtractor(HandmadeEncoder(), "w", CPU, cache), size=(24, 20)).at(1)
    assert clip.read == [0, 1, 2, 1, 1]


def test_what_another_precision_or_device_computed_is_not_taken(tmp_path):
    clip, half = noise(1), Compute(torch.device("cpu"), torch.bfloat16)
    cache = FeatureCache(1 << 20, tmp_path)
    for compute in (CPU, half, CPU, half):
        FeatureReader(clip, FeatureExtractor(HandmadeEncoder(), "w", compute, cache)).at(0)
    assert clip.read == [0, 0]
    assert len(list(tmp_path.glob("*/*.features"))) == 2


def test_cells_and_pixels_agree_whatever_the_size():
    clip = CountingClip([np.zeros((1080, 1920, 3), np.uint8)])
    assert encoding_size(854, 480) == (854, 480)
    width, height = encoding_size(1920, 1080)
    assert width * height <= 480 * 864 * 1.01 and abs(width / height - 16 / 9) < 0.01
    grid = FeatureReader(clip, FeatureExtractor(HandmadeEncoder(), "w", CPU)).grid()
    x, y = grid.centre(0, 0)
    assert x == pytest.approx(0.5 * 1920 / width - 0.5) and y == pytest.approx(0.5 * 1080 / height - 0.5)
    assert all(grid.cell(*grid.centre(row, column)) == (row, column) for row in (0, 7, 50) for column in (0, 9, 100))
    assert grid.cell(-50, 5000) == (grid.rows - 1, 0)
