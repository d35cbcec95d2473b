"""Containers tell how long they should be."""

import pytest

from app.media.container_size import is_mp4_without_index, missing_bytes

NAMES = [
    "h264 with B-frames",
    "h264 in fragments",
    "h264 in open groups, mkv",
    "vp9",
    "mjpeg",
    "prores",
    "gif",
    "mpeg2 in ts",
    "h264 without times",
]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_missing_from_a_whole_file(made, name):
    assert missing_bytes(made(name)) == 0
    assert not is_mp4_without_index(made(name))


@pytest.mark.parametrize("name", ["h264 in open groups, mkv", "vp9", "mjpeg"])
def test_what_is_cut_off_is_missing(made, tmp_path, name):
    content = made(name).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(content[:-100])
    assert missing_bytes(path) >= 100


def test_an_mp4_cut_before_its_index_has_none(made, tmp_path):
    content = made("h264 with B-frames").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(content[: content.index(b"moov") - 4])
    assert is_mp4_without_index(path)


@pytest.mark.parametrize(
    "head", [b"", b"x", b"RIFF", b"\x1a\x45\xdf\xa3", b"\0\0\0\1ftyp", b"\0\0\0\0mdat", b"RIFF\1\0\0\0AVI "]
)
def test_scraps_do_no_harm(tmp_path, head):
    path = tmp_path / "scrap"
    path.write_bytes(head)
    assert missing_bytes(path) >= 0
    is_mp4_without_index(path)
