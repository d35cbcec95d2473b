import cv2
import numpy as np
import pytest
import torch

from engines.cie_lab import to_lab
from engines.colour.carry import carry_colour
from engines.colour.reference import grey_of
from engines.correspondence.encoder_weights import load_encoder
from engines.device import Compute
from engines.training.pictures import load_picture
from engines.weights import default_weights

CPU = Compute(torch.device("cpu"), torch.float32)
WIDTH, HEIGHT, N_FRAMES = 96, 72, 5


class Pan:
    """A grey film of a coloured picture that moves by three pixels a frame."""

    width, height, fingerprint = WIDTH, HEIGHT, "pan"

    def __init__(self):
        whole = cv2.resize(load_picture("coffee"), (130, 90), interpolation=cv2.INTER_AREA)
        self.true = [np.ascontiguousarray(whole[10 : 10 + HEIGHT, 3 * f : 3 * f + WIDTH]) for f in range(N_FRAMES)]

    def __len__(self):
        return N_FRAMES

    def image(self, frame):
        return grey_of(self.true[frame])


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(default_weights(), CPU)


@pytest.fixture(scope="module")
def pan():
    return Pan()


def rmse(pan, result):
    true = cv2.resize(to_lab(pan.true[result.frame])[..., 1:], result.chroma.shape[1::-1])
    return np.sqrt(np.mean((result.chroma - true) ** 2)), np.sqrt(np.mean(true**2))


@pytest.mark.parametrize("anchors", [(0,), (2,), (0, 4), (0, 1, 4)])
def test_every_other_frame_is_coloured_once_and_much_as_it_was(pan, encoder, anchors):
    results = list(carry_colour(pan, {frame: pan.true[frame] for frame in anchors}, encoder, CPU, "draft"))
    assert sorted(result.frame for result in results) == [f for f in range(N_FRAMES) if f not in anchors]
    for result in results:
        found, grey = rmse(pan, result)
        assert found < 0.35 * grey
        assert result.seen.mean() > 0.8 and 0 <= result.seen.min() <= result.seen.max() <= 1


def test_what_looks_like_nothing_coloured_is_unsure(pan, encoder):
    class Cut(Pan):
        def image(self, frame):
            if frame < 2:
                return super().image(frame)
            return np.random.default_rng(frame).integers(0, 256, (HEIGHT, WIDTH, 1), np.uint8).repeat(3, 2)

    cut = Cut()
    results = {each.frame: each for each in carry_colour(cut, {0: cut.true[0]}, encoder, CPU, "draft")}
    assert results[2].seen.mean() < 0.5 < results[1].seen.mean()


def test_frames_that_do_not_fit_are_refused_at_once(pan, encoder):
    for wrong in ({5: pan.true[0]}, {0: pan.true[0][:10]}, {}):
        with pytest.raises(ValueError, match="colour"):
            carry_colour(pan, wrong, encoder, CPU)


@pytest.mark.parametrize(("direction", "told"), [("forward", [2, 4]), ("backward", [0, 2]), ("both", [0, 2, 4])])
def test_only_what_is_wanted_comes_and_only_from_the_side_that_is_asked_for(pan, encoder, direction, told):
    coloured = {frame: pan.true[frame] for frame in (1, 3)}
    found = carry_colour(pan, coloured, encoder, CPU, "draft", direction, {0, 2, 4})
    assert sorted(result.frame for result in found) == told


def test_no_frame_is_looked_at_beyond_the_last_that_is_wanted(pan, encoder):
    class Watched(Pan):
        def __init__(self):
            super().__init__()
            self.seen = set()

        def image(self, frame):
            self.seen.add(frame)
            return super().image(frame)

    watched = Watched()
    list(carry_colour(watched, {0: pan.true[0]}, encoder, CPU, "draft", "both", {2}))
    assert watched.seen == {0, 1, 2}
