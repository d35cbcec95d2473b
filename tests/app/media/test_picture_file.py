"""Pictures of every depth and colour become RGB of 8 bit."""

import numpy as np
import pytest
from PIL import Image

from app.media.clip import open_clip
from app.media.picture_file import probe_picture, read_picture

RAMP = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))


def saved(tmp_path, picture, name="picture.png", **options):
    path = tmp_path / name
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("name", ["grey.png", "grey.tif", "grey.webp"])
def test_grey_is_the_same_in_all_channels(tmp_path, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    image = read_picture(saved(tmp_path, Image.fromarray(RAMP), name, **options))
    np.testing.assert_array_equal(image, RAMP[..., None].repeat(3, 2))


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_sixteen_bit_grey_is_scaled_to_eight(tmp_path, name):
    deep = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (48, 1))
    image = read_picture(saved(tmp_path, Image.fromarray(deep), name))
    np.testing.assert_allclose(image[..., 0], deep / 257, atol=0.6)


def test_the_range_of_a_camera_of_twelve_bit_fills_the_screen(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    tops = (900, 4000, 1200)
    for number, top in enumerate(tops):
        Image.fromarray(np.full((8, 8), top, np.uint16)).save(folder / f"{number}.png")
    clip = open_clip(folder)
    assert clip.notices == ("The values of deep reach up to 4095, which is shown as white.",)
    with clip.open() as reader:
        # One scale for the whole clip: it must not flicker.
        assert [int(reader.image(frame)[0, 0, 0]) for frame in range(3)] == [round(top * 255 / 4095) for top in tops]


def test_floating_point_values_up_to_one_fill_the_screen(tmp_path):
    path = saved(tmp_path, Image.fromarray(RAMP.astype(np.float32) / 255), "float.tif")
    np.testing.assert_allclose(read_picture(path)[..., 0], RAMP, atol=0.6)


def test_palette_becomes_its_colours(tmp_path):
    picture = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    picture.putpalette([10, 20, 30, 200, 100, 50, 0, 0, 255])
    image = read_picture(saved(tmp_path, picture))
    assert image.tolist() == [[[10, 20, 30], [200, 100, 50]], [[0, 0, 255], [200, 100, 50]]]


def test_alpha_is_laid_over_black(tmp_path):
    layered = np.zeros((2, 2, 4), np.uint8)
    layered[..., 0] = 200
    layered[..., 3] = [[255, 0], [128, 255]]
    image = read_picture(saved(tmp_path, Image.fromarray(layered)))
    np.testing.assert_allclose(image[..., 0], [[200, 0], [100, 200]], atol=1)


def test_one_bit_is_black_and_white(tmp_path):
    bits = np.eye(8, dtype=bool)
    np.testing.assert_array_equal(read_picture(saved(tmp_path, Image.fromarray(bits)))[..., 1], bits * 255)


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_turn_that_a_camera_noted_is_made(tmp_path, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = np.zeros((20, 30, 3), np.uint8)
    stored[:5, :5] = 255  # upper left as stored
    path = saved(tmp_path, Image.fromarray(stored), exif=exif)
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.swapaxes(0, 1),
        6: np.rot90(stored, -1),
        7: stored.swapaxes(0, 1)[::-1, ::-1],
        8: np.rot90(stored),
    }[turn]
    np.testing.assert_array_equal(read_picture(path), upright)
    facts = probe_picture(path)
    assert (facts.height, facts.width) == upright.shape[:2]


def test_what_is_no_picture_is_none(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("no picture")
    assert probe_picture(path) is None
    with pytest.raises(ValueError, match="no picture"):
        read_picture(path)
