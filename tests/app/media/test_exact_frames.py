"""Frame n is frame n: however a frame is reached, it is the n-th picture of decoding from the start."""

import random

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.media.clip import open_clip
from tests.app.media.clips import CLOCK, linear, number_shown
from tests.app.media.recipes import RECIPES

LOSSLESS_ENOUGH = [name for name in RECIPES if name != "gif"]


def walks(n_frames):
    """Return the ways through a clip: playing, playing backward, at random, and jumping to and fro."""
    rng = random.Random(n_frames)
    return [
        range(n_frames),
        reversed(range(n_frames)),
        rng.choices(range(n_frames), k=20),
        [frame for near in range(0, n_frames, 5) for frame in (near, n_frames - 1 - near)],
    ]


def check(clip, truth, cache_pictures):
    """Read a clip in all ways and compare every picture with the truth."""
    assert clip.n_frames == len(truth)
    assert (clip.height, clip.width) == truth[0].shape[:2]
    with clip.open(cache_bytes=cache_pictures * truth[0].nbytes) as reader:
        for walk in walks(clip.n_frames):
            for frame in walk:
                picture = reader.read(frame)
                assert not picture.damage
                np.testing.assert_array_equal(picture.image, truth[frame])


@pytest.mark.parametrize("name", RECIPES)
def test_frame_n_is_frame_n(made, name):
    path = made(name)
    clip = open_clip(path)
    assert clip.kind == "video"
    assert np.all(np.diff(clip.times_s) > 0)
    check(clip, linear(path), cache_pictures=5)


@pytest.mark.parametrize("name", RECIPES)
def test_frame_n_is_frame_n_without_a_whole_check(made, name, as_if_long):
    path = made(name)
    check(open_clip(path), linear(path), cache_pictures=4)


@pytest.mark.parametrize("name", LOSSLESS_ENOUGH)
def test_frames_show_their_own_numbers(made, name):
    with open_clip(made(name)).open() as reader:
        assert [number_shown(reader.image(frame)) for frame in range(len(reader))] == list(range(40))


@pytest.mark.parametrize("name", ["h264 in open groups", "h264 in open groups, ts", "mpeg2 in a program stream", "vp9"])
@given(walk=st.lists(st.integers(0, 39), min_size=1, max_size=12), cache_pictures=st.integers(1, 12))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_walk_through_a_clip_meets_the_same_frames(made, name, walk, cache_pictures):
    clip = open_clip(made(name))
    with clip.open(cache_bytes=cache_pictures * 3 * clip.width * clip.height) as reader:
        assert [number_shown(reader.image(frame)) for frame in walk] == walk


def test_time_stamps_are_those_of_the_file(made):
    for name in ("uneven times", "late start", "h264 in open groups, mkv", "h264 in open groups, ts"):
        with av.open(str(made(name))) as container:
            truth_s = [frame.time for frame in container.decode(video=0)]
        np.testing.assert_allclose(open_clip(made(name)).times_s, truth_s, rtol=1e-12)
    stamps = np.array(RECIPES["uneven times"].stamps)
    np.testing.assert_allclose(np.diff(open_clip(made("uneven times")).times_s), np.diff(stamps) * float(CLOCK))


def test_an_even_clip_has_its_rate(made):
    assert open_clip(made("h264 with B-frames")).rate_fps == pytest.approx(25)
    assert open_clip(made("h264 in avi")).rate_fps == pytest.approx(25)
    assert open_clip(made("h264 without times")).rate_fps == pytest.approx(25)


def test_two_readers_do_not_disturb_each_other(made):
    clip = open_clip(made("h264 in open groups"))
    with clip.open() as one, clip.open() as other:
        for frame in range(0, 40, 3):
            assert number_shown(one.image(frame)) == frame
            assert number_shown(other.image(39 - frame)) == 39 - frame


def test_frames_outside_the_clip_are_refused(made):
    with open_clip(made("gif")).open() as reader:
        for frame in (-1, 40):
            with pytest.raises(IndexError):
                reader.read(frame)


def test_pictures_cannot_be_written_to(made):
    with open_clip(made("gif")).open() as reader, pytest.raises(ValueError):
        reader.image(0)[:] = 0
