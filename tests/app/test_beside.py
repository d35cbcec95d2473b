import pytest
from PIL import Image

from app.beside import Beside, beside
from app.errors import UserError


@pytest.fixture
def folder(tmp_path):
    for name in (
        "a2.mp4",
        "a10.MOV",
        "a1.mkv",
        ".a3.mp4",
        "notes.txt",
        "one.throughline",
        "two.throughline",
        "s.png",
        "t.bmp",
    ):
        (tmp_path / name).touch()
    for name in ("seq2", "seq10", ".seq3", "empty"):
        (tmp_path / name).mkdir()
    for name in ("seq2", "seq10", ".seq3"):
        Image.new("RGB", (4, 4)).save(tmp_path / name / "00000.png")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "step", "found", "place", "n_there"),
    [
        ("a1.mkv", 1, "a2.mp4", 2, 3),
        ("a2.mp4", 1, "a10.MOV", 3, 3),
        ("a10.MOV", -2, "a1.mkv", 1, 3),
        ("a10.MOV", 1, None, 4, 3),
        ("a1.mkv", -1, None, 0, 3),
        ("seq2", 1, "seq10", 2, 2),
        ("one.throughline", 1, "two.throughline", 2, 2),
        ("t.bmp", -1, "s.png", 1, 2),
    ],
)
def test_only_its_like_come_after_it_in_the_order_of_their_numbers(folder, name, step, found, place, n_there):
    expected = Beside(None if found is None else folder / found, place, n_there)
    assert beside(folder / name, step) == expected


def test_what_is_there_no_more_has_nothing_beside_it(folder):
    assert beside(folder / "gone.mp4", 1).path is None


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(UserError, match="gone"):
        beside(tmp_path / "gone" / "a.mp4", 1)


def test_what_is_open_counts_itself_though_its_pictures_are_gone(folder):
    assert beside(folder / "empty", 1).n_there == 3
