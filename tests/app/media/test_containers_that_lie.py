"""Files whose index, flags or header are not what they seem."""

import wave
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from av.video.frame import VideoFrame

from app.errors import UserError
from app.media.clip import open_clip
from tests.app.media.clips import STEP, Recipe, drawn, linear, make, number_shown, remux, with_later_start, with_matrix
from tests.app.media.test_exact_frames import check

both_ways = pytest.mark.parametrize("mode", ["short", "long"], indirect=True)


@both_ways
def test_all_pictures_flagged_as_keys(made, tmp_path, mode):
    # Without the table of key pictures (stss), every picture of an MP4 counts as one.
    content = made("h264 with B-frames").read_bytes()
    path = tmp_path / "all_keys.mp4"
    path.write_bytes(content.replace(b"stss", b"free"))
    check(open_clip(path), linear(path), cache_pictures=3)


@both_ways
@pytest.mark.parametrize("skip", [1, 7])
def test_copy_that_begins_in_the_middle_of_a_group(made, tmp_path, skip, mode):
    path = remux(made("h264 in open groups"), tmp_path / "late.mkv", skip=skip)
    truth = linear(path)
    assert 0 < len(truth) < 40
    check(open_clip(path), truth, cache_pictures=3)


@both_ways
@pytest.mark.parametrize("name", ["h264 in open groups, ts", "mpeg2 in ts"])
def test_recording_that_begins_in_the_middle_of_a_group(made, tmp_path, name, mode):
    path = tmp_path / "late.ts"
    path.write_bytes(made(name).read_bytes()[9 * 188 :])  # a transport stream is packets of 188 bytes
    truth = linear(path)
    assert 0 < len(truth) < 40
    check(open_clip(path), truth, cache_pictures=3)


@both_ways
def test_edit_list_that_cuts_off_the_beginning(made, tmp_path, mode):
    source = made("h264 in open groups")
    cut = with_later_start(source, tmp_path / "cut.mp4", 13 * STEP)
    truth = linear(cut)
    assert [number_shown(image) for image in truth] == list(range(13, 40))
    check(open_clip(cut), truth, cache_pictures=3)


def test_copy_without_recoding_that_begins_before_zero(made, tmp_path):
    path = remux(made("h264 in open groups"), tmp_path / "before_zero.mp4", shift=13 * STEP)
    check(open_clip(path), linear(path), cache_pictures=3)


@pytest.mark.parametrize(
    "matrix", [(0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)], ids=["90 clockwise", "180", "90 counter-clockwise"]
)
def test_turned_as_the_file_asks_for(made, tmp_path, matrix):
    path = with_matrix(made("h264 with B-frames"), tmp_path / "turned.mp4", matrix)
    clip = open_clip(path)
    assert (clip.width, clip.height) == ((64, 96) if matrix[0] == 0 else (96, 64))
    check(clip, linear(path), cache_pictures=3)


def test_mirrored_as_the_file_asks_for(made, tmp_path):
    source = made("h264 with B-frames")
    truth = linear(source)
    mirrors = {(-1, 0, 0, 1): np.fliplr, (1, 0, 0, -1): np.flipud, (0, 1, 1, 0): lambda a: a.swapaxes(0, 1)}
    for matrix, mirror in mirrors.items():
        with open_clip(with_matrix(source, tmp_path / "mirrored.mp4", matrix)).open() as reader:
            np.testing.assert_array_equal(reader.image(17), mirror(truth[17]))


def test_header_that_promises_too_much(made, tmp_path):
    content = bytearray(made("mjpeg").read_bytes())
    for place in (content.index(b"avih") + 8 + 16, content.index(b"strh") + 8 + 32):
        content[place : place + 4] = (999).to_bytes(4, "little")
    path = tmp_path / "lies.avi"
    path.write_bytes(content)
    clip = open_clip(path)
    assert clip.notices == ("The header of lies.avi promises 999 frames; there are 40.",)
    check(clip, linear(path), cache_pictures=3)


@both_ways
def test_frames_with_the_same_time_are_all_there(tmp_path, mode):
    path = tmp_path / "doubled.mkv"
    stamps = [0, 1, 1, 1, 2, 3, 3, 4]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuvj420p"
        for number, stamp in enumerate(stamps):
            frame = VideoFrame.from_ndarray(drawn(number), format="rgb24").reformat(format="yuvj420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            for packet in stream.encode(frame):
                packet.pts = packet.dts = stamp
                container.mux(packet)
    clip = open_clip(path)
    assert np.all(np.diff(clip.times_s) > 0)
    np.testing.assert_allclose(clip.times_s[[0, 1, 4, 5, 7]] * 25, [0, 1, 2, 3, 4], atol=0.05)
    with clip.open() as reader:
        assert [number_shown(reader.image(frame)) for frame in (7, 3, 2, 1, 0, 6, 5, 4)] == [7, 3, 2, 1, 0, 6, 5, 4]


def test_the_first_of_two_videos_is_shown(tmp_path):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("ffv1", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv444p"
        for number in range(10):
            for stream, shown in zip(streams, (number, 99), strict=True):
                frame = VideoFrame.from_ndarray(drawn(shown), format="rgb24").reformat(format="yuv444p")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    clip = open_clip(path)
    assert clip.notices == ("two.mkv holds 2 videos: the first one is shown.",)
    with clip.open() as reader:
        assert [number_shown(reader.image(frame)) for frame in (9, 0, 5)] == [9, 0, 5]


def test_the_cover_of_a_song_is_no_clip(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44_100)
        cover = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 96, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 1024), np.int16), format="s16", layout="stereo")
        silence.sample_rate = 44_100
        container.mux(sound.encode(silence))
        picture = VideoFrame.from_ndarray(drawn(1), format="rgb24").reformat(format="yuvj420p")
        container.mux(cover.encode(picture))
        container.mux(sound.encode(None))
    with pytest.raises(UserError, match=r"song\.mp4 holds sound but no video: choose"):
        open_clip(path)


def test_sound_alone_is_no_clip(tmp_path):
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    with pytest.raises(UserError, match=r"song\.wav holds sound but no video: choose"):
        open_clip(path)


def test_a_jump_back_in_time_loses_no_frame(made, tmp_path):
    # Two recordings written one after the other into one file: a transport stream allows that.
    path = tmp_path / "joined.ts"
    content = made("h264 in open groups, ts").read_bytes()
    path.write_bytes(content + content)
    clip, truth = open_clip(path), linear(path)
    assert np.all(np.diff(clip.times_s) > 0)
    check(clip, truth, cache_pictures=3)


def test_a_clip_that_changes_its_size_shows_where(tmp_path):
    sizes = ((96, 64), (128, 80))
    parts = [make(tmp_path / f"{s[0]}.h264", Recipe(".h264", "libx264", size=s, n_frames=10)) for s in sizes]
    path = tmp_path / "both.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    clip = open_clip(path)
    assert (clip.n_frames, clip.width, clip.height) == (20, 96, 64)
    with clip.open() as reader:
        assert [bool(reader.read(frame).damage) for frame in range(20)] == [False] * 10 + [True] * 10
        assert "128 x 80 pixels, unlike the clip's 96 x 64" in reader.read(15).damage
        assert reader.image(15).shape == (64, 96, 3)
