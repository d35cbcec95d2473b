"""Fingerprints change with the content and not with the place."""

import shutil

import numpy as np
from PIL import Image

from app.media import fingerprint as fingerprint_module
from app.media.clip import open_clip
from app.media.fingerprint import video_fingerprint
from tests.app.media.clips import drawn

TIMES_S = np.arange(3.0)


def test_a_copy_elsewhere_under_another_name_is_the_same_clip(made, tmp_path):
    copy = shutil.copy(made("vp9"), tmp_path / "other.webm")
    assert open_clip(copy).fingerprint == open_clip(made("vp9")).fingerprint


def test_different_clips_differ(made):
    prints = {open_clip(made(name)).fingerprint for name in ("vp9", "h264 with B-frames", "h264 in open groups")}
    assert len(prints) == 3


def test_any_changed_byte_of_a_small_file_counts(tmp_path):
    path = tmp_path / "clip.mp4"
    content = bytearray(10_000)
    prints = set()
    for place in (0, 5_000, 9_999):
        content[place] ^= 1
        path.write_bytes(content)
        prints.add(video_fingerprint(path, TIMES_S))
    assert len(prints) == 3


def test_begin_end_size_and_times_of_a_large_file_count(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint_module, "WHOLE_BYTES", 1000)
    path = tmp_path / "clip.mp4"
    content, prints = bytearray(3_000_000), set()
    path.write_bytes(content)
    prints.add(video_fingerprint(path, TIMES_S))
    prints.add(video_fingerprint(path, TIMES_S + 1))
    for place in (0, -1):
        content[place] ^= 1
        path.write_bytes(content)
        prints.add(video_fingerprint(path, TIMES_S))
    path.write_bytes(content + b"\0")
    prints.add(video_fingerprint(path, TIMES_S))
    assert len(prints) == 5


def test_a_folder_is_known_by_its_pictures(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(drawn(number)).save(folder / f"{number}.png")
    prints = {open_clip(folder).fingerprint}
    moved = folder.rename(tmp_path / "two")
    assert open_clip(moved).fingerprint in prints
    Image.fromarray(drawn(9)).save(moved / "2.png")
    prints.add(open_clip(moved).fingerprint)
    (moved / "3.png").rename(moved / "5.png")
    prints.add(open_clip(moved).fingerprint)
    (moved / "0.png").unlink()
    prints.add(open_clip(moved).fingerprint)
    assert len(prints) == 4
