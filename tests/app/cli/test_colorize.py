"""`colorize`: stills by a small untrained network, by hints and by a reference."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from engines.cie_lab import luminance, to_lab
from engines.colour.sizes import SIZES
from engines.colour.weights import save_colour
from engines.training.pictures import load_picture
from tests.engines.colour.nets import TINY, tiny_network


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setitem(SIZES, "tiny", TINY)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "mine.safetensors"
    save_colour(tiny_network(), file, {"name": "mine"})
    return file


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    """A grey picture whose hinted places are neither black nor white."""
    file = tmp_path_factory.mktemp("stills") / "cat.png"
    image = cv2.resize(load_picture("chelsea"), (90, 60), interpolation=cv2.INTER_AREA)
    Image.fromarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)).save(file)
    return file


def picture(file):
    return np.asarray(Image.open(file).convert("RGB"))


def test_the_single_answer_and_samples_of_a_seed(run, grey, weights, tmp_path):
    command = ("colorize", grey, "--weights", weights, "--device", "cpu", "--samples", 3)
    assert run(*command, "--out", tmp_path / "a", "--json").facts["files"] == [
        str(tmp_path / "a" / f"cat_{number}.png") for number in range(3)
    ]
    first = [picture(tmp_path / "a" / f"cat_{number}.png") for number in range(3)]
    assert {image.shape for image in first} == {(60, 90, 3)}
    assert all(np.abs(luminance(image) - luminance(picture(grey))).max() < 1.5 for image in first)
    assert np.abs(first[1].astype(int) - first[2]).max() > 5
    assert run(*command, "--out", tmp_path / "b", "--classes").code == 0
    names = json.loads((tmp_path / "b" / "colorization.json").read_text())["classes"]
    assert np.asarray(Image.open(tmp_path / "b" / "cat_classes.png")).max() < len(names)
    assert run(*command, "--out", tmp_path / "c", "--seed", 1).code == 0
    again, other = ([picture(tmp_path / name / f"cat_{n}.png") for n in range(3)] for name in "bc")
    assert all(np.array_equal(one, same) for one, same in zip(first, again, strict=True))
    assert np.array_equal(first[0], other[0]) and not np.array_equal(first[1], other[1])


@pytest.mark.parametrize("method", ["network", "hints"])
def test_hints_are_in_the_picture(run, grey, weights, tmp_path, method):
    rgb = [[150, 110, 90], [70, 110, 80]]
    places = [(10, 12), (70, 45)]
    hints = [{"x": x, "y": y, "rgb": colour} for (x, y), colour in zip(places, rgb, strict=True)]
    hints.append({"points": [[30, 50], [50, 50]], "width": 1, "rgb": [100, 100, 130], "reach": 0.1})
    (tmp_path / "hints.json").write_text(json.dumps(hints))
    source = ("--weights", weights) if method == "network" else ()
    command = ("colorize", grey, "--hints", tmp_path / "hints.json", "--method", method, *source)
    answer = run(*command, "--out", tmp_path / "out", "--device", "cpu")
    assert answer.code == 0, answer.err
    found = to_lab(picture(tmp_path / "out" / "cat_0.png"))
    for (x, y), colour in zip(places, rgb, strict=True):
        assert found[y, x, 1:] == pytest.approx(to_lab(np.uint8(colour))[1:], abs=2)
    assert found[50, 40, 1:] == pytest.approx(to_lab(np.uint8([100, 100, 130]))[1:], abs=2)


def test_a_picture_is_coloured_by_itself(run, tmp_path):
    image = cv2.resize(load_picture("coffee"), (160, 120), interpolation=cv2.INTER_AREA)
    Image.fromarray(image).save(tmp_path / "coffee.png")
    Image.fromarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)).save(tmp_path / "grey.png")
    command = ("colorize", tmp_path / "grey.png", "--reference", tmp_path / "coffee.png", "--method", "hints")
    answer = run(*command, "--out", tmp_path / "out", "--device", "cpu")
    assert answer.code == 0, answer.err
    found, true = to_lab(picture(tmp_path / "out" / "grey_0.png")), to_lab(image)
    error, grey_error = (np.sqrt(np.mean((each - true[..., 1:]) ** 2)) for each in (found[..., 1:], 0))
    assert error < 0.5 * grey_error


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        ("{", "is no JSON"),
        ("{}", "no list of hints"),
        ('[{"x": 1, "y": 2}]', "Hint 1 of 1 in {file} cannot be used, because it has no rgb: correct it, so that"),
        (
            '[{"x": 1, "y": 2, "rgb": [1, 2, 3]}, {"x": 1, "y": 2, "rgb": "red"}]',
            "Hint 2 of 2 in {file} cannot be used",
        ),
        ('[{"x": 1, "rgb": [1, 2, 3]}]', "it has no y"),
        ('[{"x": 1, "y": 2, "rgb": [1, 2, 300]}]', "its rgb is not three whole numbers"),
        (
            '[{"x": 90, "y": 2, "rgb": [1, 2, 3]}]',
            "90, 2 lies outside the picture, where x goes from 0 to 89 and y from 0 to 59",
        ),
        ('[{"x": NaN, "y": 2, "rgb": [1, 2, 3]}]', "its x and y are not both numbers"),
        ('[{"x": 1, "y": 2, "rgb": [1, 2, 3], "reach": 0}]', "its reach is not a number above 0"),
        ('[{"x": 1, "y": 2, "rgb": [1, 2, 3], "reach": "far"}]', "its reach is not a number above 0"),
        ('[{"x": 1, "y": 2, "rgb": [1, 2, 3], "width": Infinity}]', "its width is not a number from 1 to 1000"),
        ("[3]", "it does not stand in braces"),
        ('[{"points": [], "rgb": [1, 2, 3]}]', "its points are not a list of [x, y]"),
        ('[{"points": [3], "rgb": [1, 2, 3]}]', "its x and y are not both numbers"),
    ],
)
def test_hints_that_are_none_are_told(run, grey, tmp_path, hints, words):
    file = tmp_path / "hints.json"
    file.write_text(hints)
    answer = run("colorize", grey, "--hints", file, "--method", "hints", "--out", tmp_path / "out")
    assert answer.code == 1 and words.format(file=file) in answer.err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{grey}", "--weights", "{tmp}/none.safetensors"), "no weights {tmp}/none.safetensors for colorization"),
        (("{grey}", "--weights", "resources/weights/small.safetensors"), "no weights file of ours"),
        (("{tmp}/none.png", "--weights", "{weights}"), "There is no picture {tmp}/none.png"),
        (("{tmp}", "--weights", "{weights}"), "There is no picture {tmp}"),
        (("{weights}", "--weights", "{weights}"), "is no picture"),
        (("{grey}", "{grey}", "--weights", "{weights}"), "Two of the pictures are called cat"),
        (("{grey}", "--method", "hints"), "nothing to take colours from"),
        (("{grey}", "--weights", "{weights}", "--hints", "{tmp}/none.json"), "There is no {tmp}/none.json"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(run, grey, weights, tmp_path, arguments, words):
    known = {"grey": grey, "tmp": tmp_path, "weights": weights}
    answer = run("colorize", *(word.format(**known) for word in arguments), "--out", tmp_path / "out")
    assert answer.code == 1 and words.format(**known) in answer.err and "Traceback" not in answer.err
    assert not (tmp_path / "out").exists()
