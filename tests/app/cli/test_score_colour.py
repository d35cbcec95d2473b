"""`score colour`: colourings beside floors in the same run."""

import cv2
import numpy as np
import pytest
from PIL import Image

from engines.colour.sizes import SIZES
from engines.colour.weights import save_colour
from engines.training.pictures import load_picture
from tests.engines.colour.nets import TINY, tiny_network

NAMES = ("coffee", "chelsea", "astronaut")


@pytest.fixture(scope="module")
def pictures():
    return {name: cv2.resize(load_picture(name), (60, 48), interpolation=cv2.INTER_AREA) for name in NAMES}


@pytest.fixture
def folders(pictures, tmp_path):
    """Truths, and predictions: the truth itself first, and two duller samples."""
    for name, image in pictures.items():
        for folder in ("truth", "found"):
            (tmp_path / folder).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / "truth" / f"{name}.png")
        grey = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, 2).astype(np.float32)
        for number, share in enumerate((0, 0.3, 0.6)):
            mixed = np.rint((1 - share) * image + share * grey).astype(np.uint8)
            Image.fromarray(mixed).save(tmp_path / "found" / f"{name}_{number}.png")
    return tmp_path / "truth", tmp_path / "found"


def test_the_truth_beats_the_floors(run, folders):
    facts = run("score", "colour", *folders, "--json").facts
    assert facts["pictures"] == 3 and facts["bits"] is None
    assert facts["answer"]["rmse"] == 0 and facts["answer"]["psnr"] == 100
    assert 0 < facts["samples"]["rmse"] < facts["grey"]["rmse"]
    assert facts["mean chroma"]["rmse"] < facts["grey"]["rmse"]
    assert facts["grey"]["colourfulness"] < 1 < facts["samples"]["colourfulness"] < facts["truth"]["colourfulness"]
    assert facts["truth"]["difference"] == 0 < facts["samples"]["difference"]
    assert 0.8 < facts["likeness"]["mean"] < 1 and sum(facts["likeness"]["histogram"].values()) == pytest.approx(1)


def test_bits_and_the_nearest_picture(run, folders, monkeypatch, tmp_path):
    monkeypatch.setitem(SIZES, "tiny", TINY)
    weights = tmp_path / "mine.safetensors"
    save_colour(tiny_network(), weights, {"name": "mine"})
    data = tmp_path / "data"
    data.mkdir()
    for name in ("rocket", "ihc"):
        Image.fromarray(load_picture(name)[::4, ::4]).save(data / f"{name}.png")
    answer = run("score", "colour", *folders, "--data", data, "--weights", weights, "--device", "cpu", "--json")
    assert answer.code == 0, answer.err
    assert answer.facts["bits"] > 0 and answer.facts["bits_alone"] > 0
    assert answer.facts["nearest picture"]["rmse"] > 0


def test_two_files_are_compared(run, folders):
    truth, found = folders
    answer = run("score", "colour", truth / "coffee.png", found / "coffee_1.png")
    assert answer.code == 0 and "1 picture." in answer.out


def test_what_does_not_fit_is_told(run, folders, tmp_path):
    truth, found = folders
    (tmp_path / "empty").mkdir()
    assert "is named after" in run("score", "colour", truth, tmp_path / "empty").err
    assert "There is no" in run("score", "colour", truth, tmp_path / "nowhere").err
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(found / "coffee_0.png")
    assert "is 5 x 5 pixels" in run("score", "colour", truth, found).err
    answer = run("score", "colour", truth, found, "--data", truth)
    assert answer.code == 1 and "but the truths" in answer.err
