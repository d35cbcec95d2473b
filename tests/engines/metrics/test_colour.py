import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from engines.metrics.colour import chroma_rmse, colourfulness, flicker, likeness, psnr
from engines.training.pictures import load_picture

IMAGE = load_picture("chelsea")[::2, ::2]
NOISE = np.clip(IMAGE + np.random.default_rng(0).normal(0, 20, IMAGE.shape), 0, 255).astype(np.uint8)


def test_they_are_those_of_others():
    assert psnr(NOISE, IMAGE) == pytest.approx(peak_signal_noise_ratio(IMAGE, NOISE), abs=1e-3)
    theirs = structural_similarity(
        IMAGE, NOISE, channel_axis=2, gaussian_weights=True, use_sample_covariance=False, data_range=255
    )
    assert likeness(NOISE, IMAGE) == pytest.approx(theirs, abs=0.01)


def test_a_picture_is_like_itself():
    assert psnr(IMAGE, IMAGE) == 100 and likeness(IMAGE, IMAGE) == pytest.approx(1)
    assert chroma_rmse(np.ones((2, 2, 2), np.float32), np.ones((2, 2, 2), np.float32)) == 0


def test_errors_are_in_steps_of_a_and_b():
    assert chroma_rmse(np.full((3, 4, 2), (3, 4), np.float32), np.zeros((3, 4, 2), np.float32)) == pytest.approx(
        np.sqrt(12.5)
    )


def test_grey_has_no_colour_and_more_chroma_has_more():
    grey = np.repeat(IMAGE.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    half = ((IMAGE.astype(int) + grey) // 2).astype(np.uint8)
    assert colourfulness(grey) == 0 < colourfulness(half) < colourfulness(IMAGE)


def test_what_moves_along_the_flow_does_not_flicker():
    rng = np.random.default_rng(0)
    before = rng.normal(size=(20, 30, 2)).astype(np.float32)
    after = np.roll(before, 3, 1)
    columns, rows = np.meshgrid(np.arange(30, dtype=np.float32), np.arange(20, dtype=np.float32))
    weight = np.ones((20, 30), np.float32)
    weight[:, :3] = 0
    assert flicker(before, after, np.dstack([columns - 3, rows]), weight) == pytest.approx(0, abs=1e-5)
    assert flicker(before, after + 1, np.dstack([columns - 3, rows]), weight) == pytest.approx(np.sqrt(2), abs=1e-4)
    assert np.isnan(flicker(before, after, np.dstack([columns, rows]), 0 * weight))
