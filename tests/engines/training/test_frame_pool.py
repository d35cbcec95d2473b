import cv2
import numpy as np
import pytest

from engines.training.frame_pool import FramePool, joined, media_files, read_files, read_pool


def write_clip(file, n_frames, width=64, height=48):
    """A clip whose frame i is about 20 * i grey."""
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"MJPG"), 25, (width, height))
    for frame in range(n_frames):
        writer.write(np.full((height, width, 3), 20 * frame, np.uint8))
    writer.release()
    return file


@pytest.fixture
def folder(tmp_path):
    write_clip(tmp_path / "b.avi", 5)
    write_clip(tmp_path / "a.avi", 3)
    red_bgr = np.zeros((40, 90, 3), np.uint8)
    red_bgr[..., 2] = 200
    cv2.imwrite(str(tmp_path / "red.png"), red_bgr)
    (tmp_path / "inside").mkdir()
    write_clip(tmp_path / "inside" / "c.avi", 2)
    for name in ("empty.mp4", "empty.png", "broken.webm", "broken.jpg"):
        (tmp_path / name).write_bytes(b"" if name.startswith("empty") else b"no picture at all")
    (tmp_path / "notes.txt").write_text("read me")
    return tmp_path


def numbered(*lengths):
    """A pool of clips whose frames say which they are: 100 * clip + frame, and no still."""
    return FramePool(
        [
            np.arange(n, dtype=np.uint16)[:, None, None, None] + np.zeros((1, 4, 4, 3), np.uint16) + 100 * i
            for i, n in enumerate(lengths)
        ],
        [],
    )


def test_clips_and_stills_are_read_in_order_and_broken_files_passed_over(folder):
    pool = read_pool([folder])
    assert [len(clip) for clip in pool.clips] == [3, 5]
    assert pool.n_frames == 8
    assert pool.clips[1].shape == (5, 48, 64, 3)
    assert np.abs(pool.clips[1].mean((1, 2, 3)) - 20 * np.arange(5)).max() < 4
    (still,) = pool.stills
    assert still.shape == (40, 90, 3) and still[0, 0].tolist() == [200, 0, 0]


def test_large_pictures_are_reduced_small_ones_stay(folder):
    pool = read_pool([folder], short_side_px=24)
    assert pool.clips[0].shape[1:] == (24, 32, 3)
    assert pool.stills[0].shape == (24, 54, 3)
    assert read_pool([folder], short_side_px=48).clips[0].shape[1:] == (48, 64, 3)


def test_folders_are_joined_in_the_order_given(folder):
    pool = read_pool([folder / "inside", folder])
    assert [len(clip) for clip in pool.clips] == [2, 3, 5]
    assert [file.name for file in media_files(folder / "inside")] == ["c.avi"]
    assert media_files(folder / "a.avi") == [folder / "a.avi"]


def test_nothing_to_read_is_said(tmp_path, folder):
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    with pytest.raises(ValueError, match="nothing"):
        read_pool([nothing])
    with pytest.raises(FileNotFoundError):
        read_pool([tmp_path / "nowhere"])
    assert read_files([folder / "empty.png"]).stills == []


@pytest.mark.parametrize("max_gap", [1, 3, 50])
def test_samples_stay_in_their_clip(max_gap):
    pool = numbered(2, 3, 20)
    rng = np.random.default_rng(0)
    gaps = set()
    for _ in range(200):
        numbers = [int(frame[0, 0, 0]) for frame in pool.sample(rng, 3, max_gap, 0.5)]
        steps = set(np.diff(numbers).tolist())
        assert len({number // 100 for number in numbers}) == 1
        assert len(steps) == 1 and abs(min(steps)) <= max_gap
        gaps |= steps
    assert min(gaps) < 0 < max(gaps)


def test_stills_are_drawn_as_often_as_asked():
    pool = FramePool(numbered(8).clips, [np.full((4, 4, 3), 999, np.uint16)])
    rng = np.random.default_rng(0)
    drawn = [pool.sample(rng, 3, 2, 0.25) for _ in range(400)]
    still = [frames for frames in drawn if frames[0][0, 0, 0] == 999]
    assert 70 < len(still) < 130
    assert all(frame is frames[0] for frames in still for frame in frames)
    assert FramePool([], pool.stills).sample(rng, 2, 1, 0.0)[0][0, 0, 0] == 999


@pytest.mark.parametrize(
    ("length", "wanted"), [(40, [0, 4, 8, 30]), (31, [0, 4, 8, 30]), (16, [0, 2, 4, 15]), (1, [0] * 4)]
)
def test_moments_shrink_in_short_clips(length, wanted):
    rng = np.random.default_rng(0)
    for _ in range(20):
        numbers = [int(frame[0, 0, 0]) for frame in numbered(length).moment(rng, (0, 4, 8, 30))]
        assert [number - numbers[0] for number in numbers] == wanted
        assert numbers[-1] < length


def test_a_moment_of_a_still_is_the_still():
    still = np.zeros((4, 4, 3), np.uint8)
    assert all(frame is still for frame in FramePool([], [still]).moment(np.random.default_rng(0), (0, 1, 2)))


def test_a_part_is_the_same_for_the_same_seed():
    pool = joined([numbered(2, 3), numbered(4, 5)])
    assert [len(clip) for clip in pool.part(n_clips=2).clips] == [len(clip) for clip in pool.part(n_clips=2).clips]
    assert len(pool.part(n_clips=9).clips) == 4
    assert len(pool.part(n_clips=0).clips) == 0 and pool.part().n_frames == pool.n_frames
