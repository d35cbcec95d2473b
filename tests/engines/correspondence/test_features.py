"""Features of frames: read once, kept, found again, and never believed when damaged."""

import threading

import numpy as np
import pytest
import torch

from engines.correspondence.architectures import build_encoder
from engines.correspondence.features import (
    FeatureCache,
    FeatureExtractor,
    FeatureKey,
    FeatureReader,
    FrameFeatures,
    encoding_size,
)
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import Compute, pick_compute
from tests.engines.propagation.clips import CountingClip

CPU = pick_compute("cpu", half=False)


def noise(n_frames, width=48, height=40):
    rng = np.random.default_rng(0)
    return CountingClip([rng.integers(0, 255, (height, width, 3), np.uint8) for _ in range(n_frames)])


def some(seed, rows=3, columns=4, fine=True):
    rng = torch.Generator().manual_seed(seed)
    coarse = torch.rand(rows, columns, 5, generator=rng).half()
    return FrameFeatures(coarse, torch.rand(2 * rows, 2 * columns, 2, generator=rng).half() if fine else None)


def same(a, b):
    return (
        torch.equal(a.coarse, b.coarse)
        and (a.fine is None) == (b.fine is None)
        and (a.fine is None or torch.equal(a.fine, b.fine))
    )


def key(frame, clip="clip", size=(48, 40)):
    return FeatureKey(clip, "weights", frame, size)


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
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
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


def test_memory_is_bounded_and_lets_go_of_the_longest_unused():
    size = some(0).n_bytes
    cache = FeatureCache(3 * size)
    for frame in range(3):
        cache.put(key(frame), some(frame))
    assert same(cache.get(key(0)), some(0))
    cache.put(key(3), some(3))
    assert cache.n_bytes == 3 * size
    assert cache.get(key(1)) is None
    assert all(same(cache.get(key(frame)), some(frame)) for frame in (0, 2, 3))
    cache.put(key(2), some(5))
    assert same(cache.get(key(2)), some(5)) and cache.n_bytes == 3 * size


def test_what_is_larger_than_the_memory_is_not_kept():
    cache = FeatureCache(1)
    cache.put(key(0), some(0))
    assert cache.get(key(0)) is None and cache.n_bytes == 0


def test_disk_is_bounded_counting_what_earlier_runs_left(tmp_path):
    FeatureCache(0, tmp_path).put(key(0), some(0))
    (file,) = tmp_path.glob("*/*.features")
    n_bytes = file.stat().st_size
    cache = FeatureCache(0, tmp_path, disk_bytes=3 * n_bytes)
    for frame in range(1, 6):
        cache.put(key(frame, clip=f"clip {frame % 2}"), some(frame))
    assert [cache.get(key(f, clip=f"clip {f % 2}")) is not None for f in range(1, 6)] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert cache.get(key(0)) is None
    assert not list(tmp_path.glob("*/*.part"))


@pytest.mark.parametrize("fine", [True, False])
@pytest.mark.parametrize("damage", ["cut", "empty", "flipped"])
def test_a_damaged_file_is_a_miss(tmp_path, damage, fine):
    FeatureCache(0, tmp_path).put(key(0), some(0, fine=fine))
    assert same(FeatureCache(0, tmp_path).get(key(0)), some(0, fine=fine))
    (file,) = tmp_path.glob("*/*.features")
    data = bytearray(file.read_bytes())
    if damage == "flipped":
        data[-3] ^= 4
    file.write_bytes({"cut": data[:-7], "empty": b"", "flipped": data}[damage])
    cache = FeatureCache(0, tmp_path)
    assert cache.get(key(0)) is None
    cache.put(key(0), some(1))
    assert same(FeatureCache(0, tmp_path).get(key(0)), some(1))


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "taken").write_bytes(b"a file")
    cache = FeatureCache(0, tmp_path / "taken")
    cache.put(key(0), some(0))
    assert cache.get(key(0)) is None


def test_many_threads_at_once(tmp_path):
    cache = FeatureCache(2 * some(0).n_bytes, tmp_path)
    wrong = []

    def work(start):
        for i in range(30):
            frame = (start + i) % 5
            cache.put(key(frame), some(frame))
            found = cache.get(key(frame))
            if found is None or not same(found, some(frame)):
                wrong.append(frame)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and cache.n_bytes <= 2 * some(0).n_bytes


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
