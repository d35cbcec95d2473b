import numpy as np
import torch
from skimage.color import rgb2lab

from engines.cie_lab import is_shown, luminance, to_lab, to_rgb
from engines.correspondence.colour import lab

ALL = np.stack(np.meshgrid(*[np.arange(0, 256, 15, dtype=np.uint8)] * 3), -1).reshape(-1, 1, 3)


def test_every_colour_comes_back_exactly():
    assert np.array_equal(to_rgb(to_lab(ALL)), ALL)


def test_it_is_the_lab_of_others():
    assert np.abs(to_lab(ALL) - rgb2lab(ALL)).max() < 0.2
    tensor = torch.from_numpy(ALL.astype(np.float32) / 255).permute(2, 0, 1)[None]
    assert np.abs(to_lab(ALL) - lab(tensor)[0].permute(1, 2, 0).numpy()).max() < 0.02


def test_luminance_alone_is_that_of_lab():
    assert np.abs(luminance(ALL) - to_lab(ALL)[..., 0]).max() < 1e-4


def test_what_no_screen_shows_keeps_its_luminance_and_hue():
    asked = np.array([[50, 100, 100], [50, -100, 0], [90, 50, 50], [5, 60, -60]], np.float32)
    assert not is_shown(asked).any()
    found = to_lab(to_rgb(asked))
    assert np.abs(found[:, 0] - asked[:, 0]).max() < 1
    one, other = (colours[:, 1] + 1j * colours[:, 2] for colours in (found, asked))
    assert np.abs(np.angle(one / other)).max() < 0.15
    assert (np.abs(one) < np.abs(other)).all()


def test_a_shown_colour_is_left_as_it_is():
    assert is_shown(to_lab(ALL)).all()
