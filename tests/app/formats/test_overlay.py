import sys

import numpy as np
import pytest

from app.formats import overlay
from app.media.clip import open_clip
from engines.labels.rle import RleMask
from tests.app.clips import HEIGHT, WIDTH, square

N_FRAMES = 5
GREEN = (0, 255, 0)


def grey():
    return np.full((HEIGHT, WIDTH, 3), 100, np.uint8)


def test_a_mask_is_tinted_and_outlined_and_the_rest_untouched():
    image, mask = grey(), square(0)
    overlay.draw_mask(image, RleMask.encode(mask), GREEN)
    assert (image[~mask] == 100).all()
    rows, columns = np.nonzero(mask)
    top, left = rows.min(), columns.min()
    assert (image[top, left : left + 16] == GREEN).all()
    assert (image[top : top + 16, left] == GREEN).all()
    expected = 100 * (1 - overlay.OPACITY) + np.array(GREEN) * overlay.OPACITY
    assert np.allclose(image[top + 8, left + 8], expected, atol=1)


def test_a_mask_that_fills_the_picture_has_its_outline_inside():
    image = grey()
    overlay.draw_mask(image, RleMask.encode(np.ones((HEIGHT, WIDTH), bool)), GREEN)
    assert (image[0] == GREEN).all()
    assert (image[:, -1] == GREEN).all()
    assert not (image[5, 5] == GREEN).all()


def test_an_empty_mask_draws_nothing():
    image = grey()
    overlay.draw_mask(image, RleMask.empty(WIDTH, HEIGHT), GREEN)
    assert (image == 100).all()


def test_the_video_has_every_frame_at_the_clips_own_times(maker, tmp_path):
    maker.add(1, colour=GREEN)
    maker.add(2, colour=(255, 0, 0), is_hidden=True)
    maker.put(1, 2, square(2))
    maker.put(2, 1, square(1))
    source = maker.source()
    assert "1" in overlay.plan(source).losses[0]
    assert sum(1 for _ in overlay.write(source, tmp_path)) == N_FRAMES
    video = open_clip(tmp_path / overlay.FILE_NAME)
    assert video.n_frames == N_FRAMES
    assert np.diff(video.times_s) == pytest.approx(np.diff(maker.clip.times_s), abs=1e-3)
    with video.open() as frames, maker.clip.open() as originals:
        images = [frames.image(frame).astype(int) for frame in range(N_FRAMES)]
        plain = [originals.image(frame).astype(int) for frame in range(N_FRAMES)]
    greener = [(image - other)[..., 1] - (image - other)[..., 0] for image, other in zip(images, plain, strict=True)]
    inside, outside = square(2), ~square(2)
    assert greener[2][inside].mean() > 50
    assert abs(greener[2][outside].mean()) < 15
    assert all(abs(greener[frame].mean()) < 15 for frame in (0, 1, 3, 4))


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_others_may_read_the_video_as_any_other_file(maker, tmp_path):
    (tmp_path / "other").touch()
    list(overlay.write(maker.source(), tmp_path))
    assert (tmp_path / overlay.FILE_NAME).stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_export_that_is_given_up_leaves_no_video(maker, tmp_path):
    maker.add(1)
    steps = overlay.write(maker.source(), tmp_path / "clip")
    next(steps)
    steps.close()
    assert not list((tmp_path / "clip").glob("*.mp4*"))
