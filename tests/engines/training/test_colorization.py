import dataclasses

import cv2
import numpy as np
import pytest
import torch

from engines.colour.sizes import N_LOOKS, SIZES
from engines.device import Compute
from engines.training.colorization import cut, semantic_losses
from engines.training.colorization_pictures import (
    ColourPicture,
    chroma_of,
    colour_bins,
    held_out,
    make_pool,
    read_pictures,
)
from engines.training.colorization_recipes import COLOUR_RECIPES, build_colour_recipe
from engines.training.colorization_validation import ColourValidation
from engines.training.loop import Training
from engines.training.pictures import load_picture
from tests.engines.colour.nets import TINY

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = Compute(torch.device("cpu"), torch.float32)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setitem(SIZES, "small", dataclasses.replace(TINY, name="small"))


def picture(name):
    image = cv2.resize(load_picture(name), (148, 144))
    return ColourPicture(image, np.full((36, 37), -1, np.int8))


@pytest.fixture(scope="module")
def pool():
    pictures = [picture("coffee"), picture("chelsea")]
    looks = [np.arange(36 * 37).reshape(36, 37).astype(np.uint8) % N_LOOKS for _ in pictures]
    return make_pool(pictures, looks, 0.5)


def test_a_resumed_training_ends_bit_for_bit_where_an_unbroken_one_does(pool, tmp_path):
    recipe = build_colour_recipe("joint", n_samples=2)
    whole = Training(recipe, pool, 4, 0, CPU)
    losses = [step.losses for step in whole.run()]
    broken = Training(recipe, pool, 4, 0, CPU)
    again = [step.losses for step in broken.run(until=2)]
    broken.save(tmp_path)
    resumed = Training(recipe, pool, 4, 0, CPU)
    resumed.resume(tmp_path)
    again += [step.losses for step in resumed.run()]
    assert again == losses
    kept = resumed.weights().state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in whole.weights().state_dict().items())


def test_training_on_two_pictures_learns_their_colours(pool):
    training = Training(build_colour_recipe("joint", n_samples=2), pool, 10, 0, CPU)
    losses = [step.losses["generator"] for step in training.run()]
    assert np.mean(losses[-3:]) < 0.97 * np.mean(losses[:3])


@pytest.mark.parametrize("name", COLOUR_RECIPES)
def test_recipes_leave_terms_out(pool, name):
    recipe = build_colour_recipe(name, n_samples=1)
    batch = recipe.make_batch(pool, np.random.default_rng(0))
    terms, cells = recipe.losses(recipe.network().train(), recipe.assistants(), batch, CPU, 0.0, 0)
    assert cells is None
    is_there = {term: float(value.detach()) != 0 for term, value in terms.items()}
    assert is_there == {
        "embedding": name != "semantic",
        "semantic": name != "colour",
        "generator": name != "semantic",
    }


def test_unknown_recipes_and_sizes_are_told():
    with pytest.raises(ValueError, match="no recipe fly"):
        build_colour_recipe("fly")
    with pytest.raises(ValueError, match="no network vast"):
        build_colour_recipe("joint", "vast")


def test_a_mirrored_square_is_the_square_of_the_mirrored_picture():
    image = picture("coffee").image[:128, :128]
    maps = np.random.default_rng(0).integers(0, 5, (2, 32, 32))
    one = cut(image, maps, 0, 0, mirror=True)
    other = cut(np.ascontiguousarray(image[:, ::-1]), maps[:, :, ::-1], 0, 0)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    steps = one["chroma"] * 127.5 + 0.5
    assert np.abs(steps - np.rint(steps)).max() < 1e-4  # on the bins, which bits are counted by


def test_unlabelled_cells_teach_no_streets():
    scores = torch.randn(1, SIZES["small"].n_classes, 4, 4, requires_grad=True)
    batch = {"streets": np.full((1, 4, 4), -1), "looks": np.zeros((1, 4, 4), np.int64)}
    streets, looks = semantic_losses(scores, batch)
    assert float(streets.detach()) == 0 < float(looks.detach())
    streets.backward()
    assert not scores.grad.any()


def test_rare_colours_count_for_more():
    dull = ColourPicture(np.full((128, 128, 3), (120, 110, 100), np.uint8), np.full((32, 32), -1, np.int8))
    red = ColourPicture(np.full((128, 128, 3), (200, 30, 30), np.uint8), np.full((32, 32), -1, np.int8))
    nothing = np.zeros((32, 32), np.uint8)
    pool = make_pool([dull] * 9 + [red], [nothing] * 10, 0.5)
    flat = pool.bin_weights.ravel()
    assert flat[colour_bins(np.array([66.0, 50.0]))] > flat[colour_bins(np.array([3.0, 6.0]))]
    assert pool.chances[-1] > pool.chances[0]
    even = make_pool([dull] * 9 + [red], [nothing] * 10, 0.0)
    assert even.chances == pytest.approx(np.full(10, 0.1))


def test_neighbours_by_name_are_held_out_together():
    flags = held_out([None] * 400)
    assert sum(flags) == 16
    assert all(sum(flags[at : at + 8]) in (0, 8) for at in range(0, 400, 8))


def test_grey_small_and_broken_pictures_are_left_out(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    (tmp_path / "images_labels").mkdir()
    image_bgr = cv2.cvtColor(cv2.resize(load_picture("coffee"), (160, 144)), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(folder / "camvid-a.png"), image_bgr)
    cv2.imwrite(str(tmp_path / "images_labels" / "camvid-a.png"), np.repeat(np.uint8([[3, 11]] * 144), 80, 1))
    cv2.imwrite(str(folder / "grey.png"), cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY))
    cv2.imwrite(str(folder / "small.png"), image_bgr[:100])
    (folder / "broken.jpg").write_bytes(b"no picture")
    files = sorted(folder.iterdir())
    found = dict(zip([file.name for file in files], read_pictures(files), strict=True))
    assert {name: len(pictures) for name, pictures in found.items()} == {
        "broken.jpg": 0, "camvid-a.png": 1, "grey.png": 0, "small.png": 0,
    }  # fmt: skip
    (kept,) = found["camvid-a.png"]
    assert set(np.unique(kept.streets)) == {-1, 3} and chroma_of(kept.image) > 4


def test_the_validation_is_the_same_always_and_knows_its_floors(pool):
    validation = ColourValidation(pool.pictures, pool.looks)
    network = Training(build_colour_recipe("joint"), pool, 1, 0, CPU).weights()
    found = validation.judge(network, CPU)
    assert found == pytest.approx(ColourValidation(pool.pictures, pool.looks).judge(network, CPU), nan_ok=True)
    assert found["val bits"] > 0 and 0 <= found["val looks"] <= 1 and np.isnan(found["val streets"])
    floors = validation.floors(np.array([9.0, 20.0], np.float32))
    assert 0 < floors["mean chroma"] < floors["grey"]
