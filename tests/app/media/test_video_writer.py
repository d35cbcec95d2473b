"""Written videos have the clip's own times and pictures, and are there whole or not at all."""

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.formats.overlay import with_alpha
from app.media.clip import open_clip
from app.media.video_writer import CODINGS, TICKS_PER_SECOND, VideoWriter
from tests.app.media.clips import drawn, number_shown


def written(path, times_s, size=(96, 64), codec="h264"):
    with VideoWriter(path, *size, times_s, codec) as writer:
        for number in range(len(times_s)):
            image = drawn(number, *size)
            writer.write(with_alpha(image) if CODINGS[codec].has_alpha else image)
    return open_clip(path)


@given(gaps_ms=st.lists(st.integers(1, 2000), max_size=15), start_ms=st.integers(0, 5000))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_times_come_back_as_they_were_given(tmp_path, gaps_ms, start_ms):
    times_s = (start_ms + np.cumsum([0, *gaps_ms])) / 1000
    clip = written(tmp_path / "out.mp4", times_s)
    np.testing.assert_allclose(clip.times_s, times_s, atol=1.1 / TICKS_PER_SECOND)
    with clip.open() as reader:
        assert [number_shown(reader.image(frame)) for frame in range(len(reader))] == list(range(len(times_s)))


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp4", "h264"), (".mov", "h264"), (".mkv", "h264"), (".webm", "vp9"), (".mov", "prores"), (".mkv", "ffv1")],
)
def test_every_container_holds_the_frames(tmp_path, suffix, codec):
    clip = written(tmp_path / f"out{suffix}", np.arange(12) / 25, codec=codec)
    assert (clip.n_frames, clip.rate_fps) == (12, pytest.approx(25, rel=0.05))


def test_lossless_coding_loses_nothing(tmp_path):
    with written(tmp_path / "out.mkv", np.arange(5) / 10, size=(97, 65), codec="ffv1").open() as reader:
        for frame in range(5):
            np.testing.assert_array_equal(reader.image(frame), drawn(frame, 97, 65))


def test_colours_survive(tmp_path):
    image = np.zeros((64, 96, 3), np.uint8)
    image[:, :32], image[:, 32:64], image[:, 64:] = (210, 40, 50), (30, 190, 70), (40, 60, 200)
    with VideoWriter(tmp_path / "out.mp4", 96, 64, [0.0]) as writer:
        writer.write(image)
    with open_clip(tmp_path / "out.mp4").open() as reader:
        middle = [slice(8, 24), slice(40, 56), slice(72, 88)]
        for columns in middle:
            np.testing.assert_allclose(reader.image(0)[:, columns], image[:, columns], atol=6)


@pytest.mark.parametrize("size", [(97, 64), (96, 65), (97, 65)])
def test_an_odd_side_gets_its_last_line_twice(tmp_path, size):
    clip = written(tmp_path / "out.mp4", np.arange(3) / 25, size=size)
    assert (clip.width, clip.height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    with clip.open() as reader:
        assert np.abs(reader.image(1)[: size[1], : size[0]].astype(int) - drawn(1, *size)).mean() < 8


def test_the_last_frame_lasts_as_long_as_the_others(tmp_path):
    path = tmp_path / "out.mp4"
    written(path, np.array([0, 1, 3, 4, 5]) / 10)
    with av.open(str(path)) as container:
        assert container.duration / av.time_base == pytest.approx(0.6, abs=0.002)


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    writer = VideoWriter(path, 96, 64, [0, 0.04])
    writer.write(drawn(0))
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 2
    writer.write(drawn(1))
    writer.close()
    assert open_clip(path).n_frames == 2
    assert list(tmp_path.iterdir()) == [path]


def test_an_abandoned_video_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), VideoWriter(tmp_path / "out.mp4", 96, 64, [0, 1]) as writer:
        writer.write(drawn(0))
        raise KeyboardInterrupt
    writer = VideoWriter(tmp_path / "out.mp4", 96, 64, [0, 1])
    writer.abort()
    writer.abort()
    assert list(tmp_path.iterdir()) == []


def test_too_few_frames_leave_nothing(tmp_path):
    with (
        pytest.raises(ValueError, match="1 frames written, but 2"),
        VideoWriter(tmp_path / "out.mp4", 96, 64, [0, 1]) as writer,
    ):
        writer.write(drawn(0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "image", [drawn(0, 64, 96), drawn(0)[..., 0], drawn(0).astype(np.float32)], ids=["turned", "grey", "floats"]
)
def test_wrong_images_are_refused(tmp_path, image):
    writer = VideoWriter(tmp_path / "out.mp4", 96, 64, [0])
    with pytest.raises(ValueError, match=r"but the video takes uint8 \(64, 96, 3\)"):
        writer.write(image)
    writer.abort()


def test_more_frames_than_times_are_refused(tmp_path):
    writer = VideoWriter(tmp_path / "out.mp4", 96, 64, [0])
    writer.write(drawn(0))
    with pytest.raises(ValueError, match="more than the 1 frames"):
        writer.write(drawn(1))
    writer.abort()


@pytest.mark.parametrize("times_s", [[], [0, 0], [1, 0]])
def test_times_must_increase(tmp_path, times_s):
    with pytest.raises(ValueError, match="must increase"):
        VideoWriter(tmp_path / "out.mp4", 96, 64, times_s)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codec", ["vp9", "prores"])
def test_a_codec_with_alpha_wants_to_be_told_of_it(tmp_path, codec):
    writer = VideoWriter(tmp_path / f"out{CODINGS[codec].suffix}", 96, 64, [0], codec)
    with pytest.raises(ValueError, match=r"but the video takes uint8 \(64, 96, 4\)"):
        writer.write(drawn(0))
    writer.abort()
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_is_not_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", {"libx264"})
    with pytest.raises(UserError, match=r"no encoder for prores \(prores_ks\): choose another codec"):
        VideoWriter(tmp_path / "out.mov", 96, 64, [0], "prores")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_codec_is_refused(tmp_path):
    with pytest.raises(ValueError, match="h264, vp9, prores, ffv1"):
        VideoWriter(tmp_path / "out.mp4", 96, 64, [0], codec="celluloid")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match=r"out\.mp4 cannot be written to .*nowhere.*: choose"):
        VideoWriter(tmp_path / "nowhere" / "out.mp4", 96, 64, [0])


@pytest.mark.parametrize("suffix", [".xyz", "", ".png"])
def test_a_container_that_holds_no_such_video_is_told(tmp_path, suffix):
    with (
        pytest.raises(UserError, match="cannot be written"),
        VideoWriter(tmp_path / f"out{suffix}", 96, 64, [0], codec="ffv1" if suffix == ".png" else "h264") as writer,
    ):
        writer.write(drawn(0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("app.media.video_writer._part_beside", lambda path: full(tmp_path))
    with (
        pytest.raises(UserError, match=r"out\.mkv cannot be written"),
        VideoWriter(tmp_path / "out.mkv", 96, 64, np.arange(60) / 25, "ffv1") as writer,
    ):
        for number in range(60):
            writer.write(np.random.default_rng(number).integers(0, 255, (64, 96, 3), dtype=np.uint8))
    assert list(tmp_path.iterdir()) == []


def full(folder):
    path = folder / "part.mkv"
    path.symlink_to("/dev/full")
    return path
