import numpy as np
import pytest

from app.formats import drawing
from app.formats.look import Look
from engines.labels.rle import RleMask
from tests.app.clips import HEIGHT, WIDTH, square

GREEN = (0, 255, 0)
OPACITY = Look().opacity


def grey():
    return np.full((HEIGHT, WIDTH, 3), 100, np.uint8)


def test_a_mask_is_tinted_and_outlined_and_the_rest_untouched():
    image, mask = grey(), square(0)
    drawing.draw_mask(image, RleMask.encode(mask), GREEN, OPACITY)
    assert (image[~mask] == 100).all()
    rows, columns = np.nonzero(mask)
    top, left = rows.min(), columns.min()
    assert (image[top, left : left + 16] == GREEN).all()
    assert (image[top : top + 16, left] == GREEN).all()
    expected = 100 * (1 - OPACITY) + np.array(GREEN) * OPACITY
    assert np.allclose(image[top + 8, left + 8], expected, atol=1)


def test_a_mask_that_fills_the_picture_has_its_outline_inside():
    image = grey()
    drawing.draw_mask(image, RleMask.encode(np.ones((HEIGHT, WIDTH), bool)), GREEN, OPACITY)
    assert (image[0] == GREEN).all()
    assert (image[:, -1] == GREEN).all()
    assert not (image[5, 5] == GREEN).all()


def test_an_empty_mask_draws_nothing():
    image = grey()
    drawing.draw_mask(image, RleMask.empty(WIDTH, HEIGHT), GREEN, OPACITY)
    assert (image == 100).all()


@pytest.mark.parametrize("opacity", [0.0, 0.45, 1.0])
def test_labels_alone_laid_over_the_clip_are_labels_drawn_over_the_clip(maker, opacity):
    maker.add(1, colour=(250, 130, 7))
    maker.add(2, colour=(10, 60, 200))
    maker.put(1, 0, square(0))
    maker.put(2, 0, square(3))
    source = maker.source(look=Look(opacity=opacity))
    layer = drawing.labels_alone(source, 0, lambda: pytest.fail("no texture is there")).astype(float)
    assert not layer[~(square(0) | square(3))].any()
    over = np.array(maker.clip.open().image(0))
    laid = over * (1 - layer[..., 3:] / 255) + layer[..., :3] * layer[..., 3:] / 255
    drawing.draw_labels(over, source, 0)
    assert np.abs(laid - over).max() <= 3


def test_a_stamp_stays_in_its_corner(maker):
    for shape in ((48, 64, 3), (6, 10, 4)):
        image = np.full(shape, 90, np.uint8)
        drawing.draw_stamp(image, maker.source(), 3)
        assert (image[-1, 0, :3] < 40).all() and image.max() > 90
    assert drawing.stamp_text(maker.source(), 3) == "3  0:00.120"
