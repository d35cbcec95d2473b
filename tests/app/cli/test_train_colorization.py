"""`train colorization`: stopped, resumed and refused; a network so small that it takes seconds."""

import dataclasses

import cv2
import pytest
import torch

from engines.colour.sizes import SIZES
from engines.colour.weights import find_colour_weights, load_colour
from engines.device import pick_compute
from engines.training import colorization_pictures
from engines.training.pictures import load_picture
from tests.engines.colour.nets import TINY


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate(("astronaut", "chelsea", "coffee", "ihc")):
        image = cv2.resize(load_picture(name), (136, 132))
        cv2.imwrite(str(folder / f"{number}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setitem(SIZES, "small", dataclasses.replace(TINY, name="small"))
    monkeypatch.setattr(colorization_pictures, "_BLOCK", 1)
    monkeypatch.setattr(colorization_pictures, "_HELD_OUT_EVERY", 4)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def test_a_training_stopped_and_resumed_leaves_weights_card_and_curve(run, data, tmp_path, monkeypatch):
    out = tmp_path / "new" / "mine.safetensors"
    command = ("train", "colorization", "--data", data, "--out", out, "--samples", 2, "--device", "cpu")
    original = "app.cli.train_colorization.train_colour"
    from app.cli.train_colorization import train_colour

    def interrupted(*arguments):
        for number, step in enumerate(train_colour(*arguments), 1):
            if number == 7:
                raise KeyboardInterrupt
            yield step

    with monkeypatch.context() as patched:
        patched.setattr(original, interrupted)
        answer = run(*command, "--steps", 8)
    assert answer.code == 130 and "--resume" in answer.err and not out.exists()
    assert run(*command, "--steps", 8).code == 1
    answer = run(*command, "--resume", "--json")
    assert answer.code == 0, answer.err
    assert answer.facts["steps"] == 8 and answer.facts["bits"] > 0 and answer.facts["floors"]["grey"] > 0
    info = find_colour_weights(str(out))
    assert info.fingerprint == answer.facts["fingerprint"]
    load_colour(info, pick_compute("cpu", half=False))
    card = out.with_suffix(".md").read_text()
    assert "train colorization" in card and "--steps 8" in card and "mean chroma" in card
    assert (out.with_suffix(".training") / "held_out.txt").read_text() == f"{data / '3.png'}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--recipe", "walk"), "The recipe walk is not for colorization"),
        (("--architecture", "vast"), "no network vast"),
        (("--size", 64), "squares of 128 px"),
        (("--data", "{tmp}"), "There is no clip and no picture"),
        (("--resume",), "There is no checkpoint"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(run, data, tmp_path, arguments, words):
    name, *value = (str(argument).format(tmp=tmp_path) for argument in arguments)
    given = {"--data": [data], "--out": [tmp_path / "w.safetensors"], "--steps": [3]} | {name: value}
    answer = run("train", "colorization", *(word for name, value in given.items() for word in (name, *value)))
    assert answer.code == 1 and words in answer.err
    assert not list(tmp_path.glob("*.safetensors"))


def test_too_few_pictures_are_told(run, data, tmp_path, monkeypatch):
    monkeypatch.setattr(colorization_pictures, "_BLOCK", 8)
    answer = run("train", "colorization", "--data", data, "--out", tmp_path / "w.safetensors", "--steps", 1)
    assert answer.code == 1 and "too few" in answer.err
