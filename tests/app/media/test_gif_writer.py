"""Written animations have the times that they were given, one set of colours, and say who wrote them."""

import numpy as np
import pytest
from PIL import Image

from app.errors import UserError
from app.media.clip import open_clip
from app.media.gif_writer import GifWriter
from tests.app.media.clips import drawn, number_shown

TIMES_S = [5.0, 5.04, 5.06, 5.5, 5.53]


def write(path, images, times_s=TIMES_S):
    with GifWriter(path, 96, 64, times_s, np.concatenate(images)) as animation:
        for image in images:
            animation.write(image)


def test_pictures_times_and_colours_come_back(tmp_path):
    images = [drawn(number) for number in range(5)]
    write(tmp_path / "out.gif", images)
    assert list(tmp_path.iterdir()) == [tmp_path / "out.gif"]
    clip = open_clip(tmp_path / "out.gif")
    np.testing.assert_allclose(clip.times_s, np.subtract(TIMES_S, 5.0), atol=0.0051)
    with clip.open() as frames:
        for number, image in enumerate(images):
            assert number_shown(frames.image(number)) == number
            assert np.abs(frames.image(number).astype(int) - image).mean() < 3
    with Image.open(tmp_path / "out.gif") as opened:
        assert opened.info["comment"] == b"Throughline" and opened.info["loop"] == 0
        opened.seek(4)
        assert opened.info["duration"] == 30, "the last frame lasts about as long as the others"


def test_an_abandoned_animation_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), GifWriter(tmp_path / "out.gif", 96, 64, TIMES_S, drawn(0)) as animation:
        animation.write(drawn(0))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match=r"out\.gif cannot be written to .*nowhere"):
        write(tmp_path / "nowhere" / "out.gif", [drawn(0)], [0.0])
