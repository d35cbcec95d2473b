import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from app.errors import UserError
from app.formats.mask_png import davis_palette, grey_palette, read_mask, write_mask

IDS = np.array([[0, 1, 2], [3, 254, 255]], np.uint8)


def saved(path, values, mode=None, **options):
    image = Image.fromarray(values)
    (image if mode is None else image.convert(mode)).save(path, format="PNG", **options)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("masks")


@given(values=arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_what_is_written_is_read_back_exactly(values, folder):
    write_mask(folder / "m.png", values, davis_palette())
    found = read_mask(folder / "m.png", values.shape[::-1])
    assert np.array_equal(found.values, values)
    assert np.array_equal(found.palette, davis_palette())


def test_the_file_is_a_palette_png_of_eight_bits(tmp_path):
    write_mask(tmp_path / "m.png", IDS, davis_palette())
    with Image.open(tmp_path / "m.png") as image:
        assert image.mode == "P"
        assert image.getpalette()[3:9] == [128, 0, 0, 0, 128, 0]
        assert np.array_equal(np.array(image), IDS)


def test_with_the_grey_palette_even_a_reader_of_colours_sees_the_ids(tmp_path):
    write_mask(tmp_path / "m.png", IDS, grey_palette())
    with Image.open(tmp_path / "m.png") as image:
        assert np.array_equal(np.array(image.convert("L")), IDS)


def test_grey_values_are_ids_whatever_their_bits(tmp_path):
    assert np.array_equal(read_mask(saved(tmp_path / "8.png", IDS)).values, IDS)
    few = np.array([[0, 1, 2, 3]], np.uint8)
    for bits, highest in ((2, 3), (4, 15)):
        Image.fromarray(few).save(tmp_path / f"{bits}.png", bits=bits)
        assert read_mask(tmp_path / f"{bits}.png").values.max() <= highest
    one = read_mask(saved(tmp_path / "1.png", np.array([[False, True]]))).values
    assert np.array_equal(one, [[0, 1]])


def test_grey_of_four_bits_is_not_stretched(tmp_path):
    Image.fromarray(np.array([[0, 17, 85, 255]], np.uint8)).save(tmp_path / "m.png", bits=8)
    assert np.array_equal(read_mask(tmp_path / "m.png").values, [[0, 17, 85, 255]])
    packed = Image.fromarray(np.array([[0, 1, 5, 15]], np.uint8))
    packed.save(tmp_path / "p.png", bits=4)  # Pillow writes the low bits as they are
    assert np.array_equal(read_mask(tmp_path / "p.png").values, [[0, 1, 5, 15]])


def test_the_palette_of_a_file_is_kept_and_filled_up(tmp_path):
    image = Image.fromarray(np.array([[0, 1, 1, 0]], np.uint8))
    image.putpalette([9, 8, 7, 6, 5, 4])
    image.save(tmp_path / "m.png")
    palette = read_mask(tmp_path / "m.png").palette
    assert palette[:2].tolist() == [[9, 8, 7], [6, 5, 4]]
    assert palette.shape == (256, 3)


def test_davis_colours_are_those_of_the_benchmark():
    expected = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128]]
    assert davis_palette()[:6].tolist() == expected
    assert davis_palette()[255].tolist() == [224, 224, 192]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_colour_pictures_are_refused(tmp_path, mode):
    with pytest.raises(UserError, match=r"m\.png is a .*one object id a pixel"):
        read_mask(saved(tmp_path / "m.png", IDS, mode))


def test_sixteen_bits_are_refused(tmp_path):
    with pytest.raises(UserError, match="16-bit"):
        read_mask(saved(tmp_path / "m.png", IDS.astype(np.uint16)))


def test_another_size_is_refused_and_both_are_named(tmp_path):
    with pytest.raises(UserError, match=r"3 x 2 .* 4 x 2"):
        read_mask(saved(tmp_path / "m.png", IDS), (4, 2))


def test_what_is_no_png_is_refused(tmp_path):
    whole = saved(tmp_path / "m.png", np.random.default_rng(0).integers(0, 9, (60, 60)).astype(np.uint8)).read_bytes()
    for name, content in (("text", b"hello"), ("empty", b""), ("cut", whole[: len(whole) // 2]), ("head", whole[:20])):
        file = tmp_path / f"{name}.png"
        file.write_bytes(content)
        with pytest.raises(UserError, match=rf"{name}\.png"):
            read_mask(file)
    with pytest.raises(UserError, match="There is no"):
        read_mask(tmp_path / "absent.png")
    with pytest.raises(UserError, match="folder"):
        read_mask(tmp_path)


def test_a_damaged_png_never_raises_anything_else(tmp_path):
    whole = bytearray(saved(tmp_path / "m.png", IDS.repeat(20, 0).repeat(20, 1)).read_bytes())
    rng = np.random.default_rng(1)
    for _ in range(300):
        damaged = whole.copy()
        for place in rng.integers(8, len(whole), 3):
            damaged[place] = rng.integers(256)
        (tmp_path / "d.png").write_bytes(damaged)
        try:
            read_mask(tmp_path / "d.png", (60, 40))
        except UserError as error:
            assert "d.png" in error.problem
