"""Folders of pictures and stills."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.media.clip import open_clip
from app.media.sequence import natural_key
from tests.app.media.clips import Recipe, drawn, make, number_shown


def folder_of(tmp_path, names):
    folder = tmp_path / "pictures"
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(drawn(number)).save(folder / name)
    return folder


def test_pictures_come_in_the_order_of_their_numbers(tmp_path):
    clip = open_clip(folder_of(tmp_path, ["7.png", "8.png", "9.png", "10.png", "11.png"]))
    assert clip.kind == "sequence"
    assert clip.names == ("7.png", "8.png", "9.png", "10.png", "11.png")
    np.testing.assert_allclose(clip.times_s, np.arange(5) / 25)
    assert clip.notices == () and clip.rate_fps == pytest.approx(25)
    with clip.open() as reader:
        for frame in (4, 0, 3, 1, 2):
            picture = reader.read(frame)
            np.testing.assert_array_equal(picture.image, drawn(frame))


def test_the_number_that_counts_may_stand_anywhere(tmp_path):
    clip = open_clip(folder_of(tmp_path, ["cam2_0009-left3.png", "cam2_0010-left3.png", "cam2_0012-left3.png"]))
    np.testing.assert_allclose(clip.times_s * 25, [0, 1, 3])


def test_gaps_are_kept_in_time_and_told(tmp_path):
    clip = open_clip(folder_of(tmp_path, ["img_0001.jpg", "img_0002.jpg", "img_0005.jpg"]))
    np.testing.assert_allclose(clip.times_s * 25, [0, 1, 4])
    assert clip.n_frames == 3
    assert clip.notices == ("2 numbers are missing in pictures; what is missing stays a gap in time.",)


def test_dates_are_no_frame_numbers(tmp_path):
    clip = open_clip(folder_of(tmp_path, ["1639838400123456.png", "1639838400167890.png", "1639838401000000.png"]))
    np.testing.assert_allclose(clip.times_s * 25, [0, 1, 2])
    assert clip.notices == ()


def test_names_without_any_number_are_sorted(tmp_path):
    clip = open_clip(folder_of(tmp_path, ["apple.png", "beech.png", "cedar.png"]))
    assert clip.names == ("apple.png", "beech.png", "cedar.png")
    np.testing.assert_allclose(clip.times_s * 25, [0, 1, 2])


def test_the_commonest_type_wins(tmp_path):
    folder = folder_of(tmp_path, ["1.jpg", "2.JPEG", "3.jpg", "4.png", ".5.jpg"])
    (folder / "notes.txt").write_text("left by somebody")
    clip = open_clip(folder)
    assert clip.names == ("1.jpg", "2.JPEG", "3.jpg")
    assert clip.notices == ("pictures also holds 1 PNG pictures; they are left out.",)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "tiff", "bmp.png", "jpg"])
def test_every_type_is_read(tmp_path, suffix):
    clip = open_clip(folder_of(tmp_path, [f"{n}.{suffix}" for n in range(3)]))
    with clip.open() as reader:
        assert [number_shown(reader.image(frame)) for frame in (2, 0, 1)] == [2, 0, 1]


def test_a_picture_of_another_size_is_damaged(tmp_path):
    folder = folder_of(tmp_path, ["1.png", "2.png", "3.png"])
    Image.fromarray(drawn(1, 128, 64)).save(folder / "2.png")
    with open_clip(folder).open() as reader:
        assert reader.read(1).damage == "2.png is 128 x 64 pixels, unlike the clip's 96 x 64."
        assert reader.image(1).shape == (64, 96, 3)
        assert not reader.read(0).damage and not reader.read(2).damage


def test_a_cut_picture_is_damaged(tmp_path):
    folder = folder_of(tmp_path, ["1.jpg", "2.jpg", "3.jpg"])
    content = (folder / "2.jpg").read_bytes()
    (folder / "2.jpg").write_bytes(content[: len(content) // 2])
    (folder / "3.jpg").write_bytes(b"")
    with open_clip(folder).open() as reader:
        damage = [reader.read(frame).damage for frame in range(3)]
    assert not damage[0]
    assert damage[1].startswith("2.jpg cannot be read") and damage[2].startswith("3.jpg cannot be read")


def test_a_first_picture_that_is_broken_leaves_the_others(tmp_path):
    folder = folder_of(tmp_path, ["1.png", "2.png"])
    (folder / "1.png").write_bytes(b"broken")
    clip = open_clip(folder)
    assert (clip.width, clip.height, clip.n_frames) == (96, 64, 2)
    with clip.open() as reader:
        assert reader.read(0).damage and not reader.read(1).damage


def test_a_still_has_one_frame(tmp_path):
    path = folder_of(tmp_path, ["one.png"]) / "one.png"
    clip = open_clip(path)
    assert (clip.kind, clip.n_frames, clip.names, clip.rate_fps) == ("still", 1, ("one.png",), 25.0)
    with clip.open() as reader:
        np.testing.assert_array_equal(reader.image(0), drawn(0))


@pytest.mark.parametrize("suffix, codec", [(".gif", "gif"), (".apng", "apng")])
def test_a_moving_picture_is_a_video_and_a_single_one_a_still(tmp_path, suffix, codec):
    pixel_format = "rgb8" if codec == "gif" else "rgb24"
    moving = make(tmp_path / f"moving{suffix}", Recipe(suffix, codec, pixel_format, n_frames=5))
    single = make(tmp_path / f"single{suffix}", Recipe(suffix, codec, pixel_format, n_frames=1))
    assert (open_clip(moving).kind, open_clip(moving).n_frames) == ("video", 5)
    assert (open_clip(single).kind, open_clip(single).n_frames) == ("still", 1)


def test_a_picture_under_a_wrong_name_is_known_by_its_content(tmp_path):
    path = folder_of(tmp_path, ["one.png"]) / "one.png"
    assert open_clip(path.rename(tmp_path / "one.mp4")).kind == "still"


def test_pages_of_a_tiff_are_told(tmp_path):
    pages = [Image.fromarray(drawn(number)) for number in range(3)]
    path = tmp_path / "stack.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert open_clip(path).notices == ("stack.tif holds 3 pictures; the first one is shown.",)


@given(st.lists(st.integers(0, 10**6), min_size=1, unique=True), st.integers(0, 7))
def test_numbers_sort_as_numbers(numbers, n_digits):
    paths = [Path(f"frame{number:0{n_digits}d}_x.png") for number in numbers]
    assert sorted(paths, key=natural_key) == [Path(f"frame{n:0{n_digits}d}_x.png") for n in sorted(numbers)]


@given(st.lists(st.text("ab1290²٣_-", min_size=1, max_size=8)))
def test_any_names_can_be_sorted(names):
    assert len(sorted((Path(f"{name}.png") for name in names), key=natural_key)) == len(names)
