"""Damaged frames are shown as such, whole ones are whole, and the clip goes on."""

import random

import numpy as np
import pytest

from app.errors import UserError
from app.media.clip import open_clip
from app.media.picture import DAMAGE_BRIGHTNESS, GREY
from tests.app.media.clips import Recipe, linear, make, number_shown, packets, zeroed

both_ways = pytest.mark.parametrize("mode", ["short", "long"], indirect=True)


def all_pictures(clip, order):
    with clip.open(cache_bytes=1) as reader:
        return {frame: reader.read(frame) for frame in order}


@both_ways
def test_lost_frame_of_a_clip_of_key_pictures(made, tmp_path, mode):
    source = made("mjpeg")
    path = zeroed(source, tmp_path / "hurt.avi", [17])
    truth = linear(source)
    clip = open_clip(path)
    if mode == "short":
        assert clip.notices == ("1 of 40 frames of hurt.avi are damaged.",)
    pictures = all_pictures(clip, range(40))
    for frame in set(range(40)) - {17}:
        assert not pictures[frame].damage
        np.testing.assert_array_equal(pictures[frame].image, truth[frame])
    assert pictures[17].damage == "Frame 17 of hurt.avi is damaged and cannot be shown."
    # What is shown in its place is the frame before, darkened.
    np.testing.assert_allclose(pictures[17].image, truth[16] * DAMAGE_BRIGHTNESS, atol=1)


@both_ways
def test_damage_inside_a_group_ends_with_the_group(made, tmp_path, mode):
    source = made("h264 with B-frames")
    truth = linear(source)
    path = zeroed(source, tmp_path / "hurt.mp4", [21])  # the first picture after a key picture: others build on it
    clip = open_clip(path)
    assert clip.n_frames == 40
    forward = all_pictures(clip, range(40))
    assert 0 < sum(bool(picture.damage) for picture in forward.values()) < 10
    for frame, picture in forward.items():
        assert not (picture.damage and not 20 < frame < 30)
        if not picture.damage:
            np.testing.assert_array_equal(picture.image, truth[frame])


@both_ways
def test_a_damaged_clip_reads_the_same_in_any_order(made, tmp_path, mode):
    clip = open_clip(zeroed(made("h264 in open groups"), tmp_path / "hurt.mp4", [12, 33]))
    forward = all_pictures(clip, range(40))
    for order in (reversed(range(40)), random.Random(1).sample(range(40), 40)):
        for frame, picture in all_pictures(clip, order).items():
            assert picture.damage == forward[frame].damage
            if "builds on" not in picture.damage:  # what is made of missing data may differ, and says so
                np.testing.assert_array_equal(picture.image, forward[frame].image)


@both_ways
def test_a_flipped_bit_is_told_by_the_decoder(made, tmp_path, mode):
    source = made("h264 with B-frames")
    content = bytearray(source.read_bytes())
    position, size = packets(source)[21]
    for place in range(position + size // 3, position + size):
        content[place] ^= 0x5A
    path = tmp_path / "bits.mp4"
    path.write_bytes(content)
    truth = linear(source)
    pictures = all_pictures(open_clip(path), range(40))
    assert any(picture.damage for picture in pictures.values())
    for frame, picture in pictures.items():
        if not picture.damage:
            np.testing.assert_array_equal(picture.image, truth[frame])


@both_ways
def test_a_clip_whose_first_group_is_lost_begins_with_the_next(made, tmp_path, mode):
    source = made("h264 with B-frames")
    clip = open_clip(zeroed(source, tmp_path / "hurt.mp4", [0]))
    assert clip.notices == ("The first 10 frames of hurt.mp4 cannot be decoded and are left out.",)
    with clip.open() as reader:
        assert [number_shown(reader.image(frame)) for frame in range(len(reader))] == list(range(10, 40))


def test_nothing_whole_before_a_lost_frame_is_grey(made, tmp_path):
    clip = open_clip(zeroed(made("prores"), tmp_path / "hurt.mov", range(3, 40)))
    with clip.open() as at_random, clip.open() as in_order:
        assert not at_random.read(2).damage
        assert np.all(at_random.image(30) == GREY)
        assert not np.all(at_random.image(13) == GREY)
        for frame in range(40):
            np.testing.assert_array_equal(in_order.image(frame), at_random.image(frame))


@pytest.mark.parametrize("keep", [0.9, 0.5])
@both_ways
def test_a_cut_mp4_opens_with_the_frames_that_are_there(tmp_path, keep, mode):
    recipe = Recipe(".mp4", "libx264", b_frames=3, muxer={"movflags": "+faststart"})
    source = make(tmp_path / "whole.mp4", recipe)
    truth, content = linear(source), source.read_bytes()
    start = packets(source)[0][0]
    path = tmp_path / "cut.mp4"
    path.write_bytes(content[: start + int(keep * (len(content) - start))])
    clip = open_clip(path)
    assert 40 * keep * 0.5 < clip.n_frames < 40
    assert clip.notices[0].startswith("cut.mp4 is cut short by")
    pictures = all_pictures(clip, range(clip.n_frames))
    whole = [number_shown(p.image) for p in pictures.values() if not p.damage]
    assert len(whole) >= clip.n_frames - 2
    assert all(np.array_equal(p.image, truth[number_shown(p.image)]) for p in pictures.values() if not p.damage)


@both_ways
def test_a_cut_mkv_opens_with_the_frames_that_are_there(made, tmp_path, mode):
    content = made("h264 in open groups, mkv").read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(content[: len(content) * 2 // 3])
    clip = open_clip(path)
    assert 15 < clip.n_frames < 40
    assert clip.notices[0].startswith("cut.mkv is cut short by")
    pictures = all_pictures(clip, range(clip.n_frames))
    assert sum(bool(picture.damage) for picture in pictures.values()) <= 2


def test_a_clip_that_changed_behind_our_back_does_not_crash(made, tmp_path):
    path = tmp_path / "shifting.mkv"
    path.write_bytes(made("h264 in open groups, mkv").read_bytes())
    clip = open_clip(path)
    path.write_bytes(made("ffv1 of 10 bit").read_bytes())
    with clip.open() as reader:
        assert all(reader.read(frame).damage for frame in (30, 2))


def test_a_clip_that_has_gone_says_so(made, tmp_path):
    path = tmp_path / "gone.mkv"
    path.write_bytes(made("vp9").read_bytes())
    clip = open_clip(path)
    path.unlink()
    with pytest.raises(UserError, match=r"gone\.mkv does not exist in .*: check"):
        clip.open()
