import numpy as np
import pytest

from engines.cie_lab import is_shown
from engines.colour.notation import MOST_CHROMA, gamut_plane, lab_of, read_colour, rgb_of, write_colour


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("#c81e28", "lab"),
        ("c81e28", "hex"),
        ("200, 30, 40", "rgb"),
        ("200 30 40", "rgb"),
        ("rgb(200, 30, 40)", "lab"),
    ],
)
def test_one_colour_in_many_words(text, notation):
    assert read_colour(text, notation) == lab_of((200, 30, 40))


def test_lab_is_taken_exactly_and_short_hex_is_doubled():
    assert read_colour("50, -12.5, 30.25", "lab") == (50, -12.5, 30.25)
    assert read_colour("LAB(50 −12.5 30)", "hex") == (50, -12.5, 30)
    assert read_colour("#c24", "rgb") == lab_of((0xCC, 0x22, 0x44))


@pytest.mark.parametrize(
    ("text", "notation"),
    [("", "hex"), ("red", "hex"), ("300, 0, 0", "rgb"), ("1, 2", "rgb"), ("101, 0, 0", "lab"), ("1, 2, 3 cm", "rgb")],
)
def test_what_is_no_colour_is_told_with_an_example(text, notation):
    with pytest.raises(ValueError, match="is no colour; write it as"):
        read_colour(text, notation)


@pytest.mark.parametrize("notation", ["hex", "rgb"])
@pytest.mark.parametrize("rgb", [(0, 0, 0), (255, 255, 255), (200, 30, 40), (1, 254, 128)])
def test_written_and_read_again_it_is_the_same(rgb, notation):
    written = write_colour(lab_of(rgb), notation)
    assert rgb_of(read_colour(written, notation)) == rgb


def test_the_plane_has_what_a_screen_shows_and_nothing_else():
    plane = gamut_plane(60, 45)
    middle = plane[22, 22]
    assert middle[3] == 255 and len(set(middle[:3].tolist())) == 1  # grey lies in the middle
    assert plane[0, 0, 3] == 0
    a, b = plane[22, 34], plane[12, 22]
    assert a[0] > a[1] and b[2] < b[1]  # red to the right, yellow at the top
    steps = np.linspace(-MOST_CHROMA, MOST_CHROMA, 45, dtype=np.float32)
    lab = np.array([[60, steps[30], steps[44 - 10]]], np.float32)
    assert (plane[10, 30, 3] == 255) == is_shown(lab)[0]
    assert (gamut_plane(0, 9)[..., 3] == 255).sum() <= 1
