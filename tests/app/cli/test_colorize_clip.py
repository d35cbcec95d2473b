"""`propagate --colour`: the colours of some frames carried through a grey clip."""

import json

import numpy as np
import pytest
from PIL import Image

from app.tasks.colour_flicker import mean_flicker
from engines.cie_lab import luminance
from engines.colour.sizes import SIZES
from engines.colour.weights import save_colour
from tests.engines.colour.nets import TINY, tiny_network
from tests.engines.colour.test_carry import N_FRAMES, Pan

PAN = Pan()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip") / "grey"
    folder.mkdir()
    for frame in range(N_FRAMES):
        Image.fromarray(PAN.image(frame)).save(folder / f"{frame:05d}.png")
    return folder


@pytest.fixture
def coloured(tmp_path):
    folder = tmp_path / "coloured"
    folder.mkdir()
    for frame in (1, 4):
        Image.fromarray(PAN.true[frame]).save(folder / f"{frame:05d}.png")
    return folder


def picture(file):
    return np.asarray(Image.open(file).convert("RGB"))


def test_one_coloured_frame_colours_the_clip(run, clip, coloured, tmp_path):
    out = tmp_path / "out"
    how = ("--frame", 1, "--out", out, "--quality", "draft", "--json", "--device", "cpu")
    answer = run("propagate", clip, "--colour", coloured / "00001.png", *how)
    assert answer.code == 0, answer.err
    assert answer.facts["frames"] == N_FRAMES and answer.facts["coloured"] == [1]
    for frame in range(N_FRAMES):
        found = picture(out / f"{frame:05d}.png")
        assert np.abs(luminance(found) - luminance(PAN.image(frame))).max() < 3
        assert np.abs(found.astype(int) - PAN.true[frame]).mean() < 12
        assert (out / "unseen" / f"{frame:05d}.png").is_file()
    assert json.loads((out / "colour.json").read_text())["coloured"] == [1]
    again = run("propagate", clip, "--colour", coloured, "--out", out, "--quality", "draft", "--device", "cpu")
    assert again.code == 0, again.err  # its own results may be replaced


def test_a_network_fills_in(run, clip, coloured, tmp_path, monkeypatch):
    monkeypatch.setitem(SIZES, "tiny", TINY)
    monkeypatch.setattr("app.tasks.colorize_clip.SEEN_BELOW", 1.1)
    weights = tmp_path / "mine.safetensors"
    save_colour(tiny_network(), weights, {"name": "mine"})
    how = ("--out", tmp_path / "out", "--quality", "draft", "--json", "--device", "cpu")
    answer = run("propagate", clip, "--colour", coloured, "--fill", weights, *how)
    assert answer.code == 0, answer.err
    assert answer.facts["filled_by"] == "mine" and answer.facts["unseen"] == 1


def test_colours_that_jump_flicker_and_true_ones_do_not():
    true = {frame: PAN.true[frame] for frame in range(N_FRAMES)}
    jumping = {frame: image if frame % 2 else PAN.image(frame) for frame, image in true.items()}
    assert mean_flicker(true, PAN) < 0.3 * mean_flicker(jumping, PAN)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--colour", "{coloured}", "--frame", 1), "whose pictures say their frames themselves"),
        (("--colour", "{coloured}/00001.png", "--frame", 9), "but grey has 5, counted from 0"),
        (("--colour", "{tmp}/none.png"), "There is no picture {tmp}/none.png"),
        (("--colour", "{tmp}/small.png"), "is 5 x 5 pixels"),
        (("--colour", "{coloured}", "--fill", "{tmp}/none.safetensors"), "no weights {tmp}/none.safetensors"),
        (("--labels", "{tmp}/small.png", "--frame", 1), "--frame is for --colour and --texture"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(run, clip, coloured, tmp_path, arguments, words):
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(tmp_path / "small.png")
    known = {"coloured": coloured, "tmp": tmp_path}
    given = (str(word).format(**known) for word in arguments)
    answer = run("propagate", clip, *given, "--out", tmp_path / "out", "--device", "cpu")
    assert answer.code == 1 and words.format(**known) in answer.err and "Traceback" not in answer.err
    assert not (tmp_path / "out").exists()
