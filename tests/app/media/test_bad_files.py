"""Whatever is no clip gets one sentence that names it and says what to do."""

import os

import numpy as np
import pytest
from PIL import Image

from app.errors import UserError
from app.media.clip import open_clip
from app.media.picture import MAX_PIXELS
from tests.app.media.clips import drawn


def refusal(path):
    with pytest.raises(UserError) as caught:
        open_clip(path)
    sentence = str(caught.value)
    assert path.name in sentence and sentence.endswith(".") and "\n" not in sentence
    assert caught.value.remedy
    return sentence


def test_no_such_file(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nothing.mp4")


@pytest.mark.parametrize("name", ["empty.mp4", "empty.png"])
def test_empty_file(tmp_path, name):
    path = tmp_path / name
    path.touch()
    assert "is empty" in refusal(path)


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt", "notes.png", "notes.m3u8", "notes"])
def test_text_under_any_name(tmp_path, name):
    path = tmp_path / name
    path.write_text("#EXTM3U\nNot a film, but the notes on one.\n" * 50)
    refusal(path)


def test_play_list_that_names_other_files(made, tmp_path):
    clip = made("h264 in open groups, ts")
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{clip}\n#EXT-X-ENDLIST\n")
    refusal(path)
    path = tmp_path / "list.ffconcat"
    path.write_text(f"ffconcat version 1.0\nfile '{clip}'\n")
    refusal(path)


def test_a_file_named_like_a_protocol_is_a_file(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "concat:a|b.mp4"
    target.write_bytes(made("h264 with B-frames").read_bytes())
    assert open_clip(target.name).n_frames == 40


def test_mp4_that_lost_its_index(made, tmp_path):
    content = made("h264 with B-frames").read_bytes()
    path = tmp_path / "broken.mp4"
    path.write_bytes(content[: content.index(b"moov") - 100])
    sentence = refusal(path)
    assert "cut short" in sentence and "repair" in sentence


def test_noise_with_the_head_of_an_mp4(made, tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "noise.mp4"
    path.write_bytes(made("h264 with B-frames").read_bytes()[:40] + rng.bytes(20_000))
    refusal(path)


def test_folder_without_pictures(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.txt").write_text("nothing to see")
    Image.fromarray(drawn(0)).save(folder / ".hidden.png")
    assert "holds no pictures" in refusal(folder)


def test_folder_of_broken_pictures(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_text("no picture")
    assert "can be read" in refusal(folder)


def test_picture_too_large_for_any_memory(tmp_path):
    side = int(MAX_PIXELS**0.5) + 1
    path = tmp_path / "bomb.png"
    Image.new("1", (side, side)).save(path)
    assert path.stat().st_size < 100_000
    assert "too large" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_neither_file_nor_folder(tmp_path):
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    assert "is not a file" in refusal(path)
