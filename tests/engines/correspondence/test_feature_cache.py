"""Features of frames: kept, found again, and never believed when damaged."""

import threading

import pytest
import torch

from engines.correspondence.feature_cache import FeatureCache, FeatureKey
from engines.correspondence.frame_features import FrameFeatures


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
