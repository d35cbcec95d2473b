import numpy as np
import pytest
from PIL import Image

from app.cli.bench import SUITES
from engines.colour.sizes import SIZES
from engines.colour.weights import save_colour
from engines.training import colorization_pictures
from engines.training.pictures import load_picture
from tests.engines.colour.nets import TINY, tiny_network
from tests.engines.colour.test_carry import Pan


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    for name in list(SIZES):
        monkeypatch.delitem(SIZES, name)
    monkeypatch.setitem(SIZES, "tiny", TINY)


@pytest.fixture
def weights(tmp_path):
    file = tmp_path / "mine.safetensors"
    save_colour(tiny_network(), file, {"name": "mine"})
    return file


def test_seconds_of_every_part(run):
    assert not SUITES["colour"].is_long
    answer = run("bench", "colour", "--json", "--device", "cpu")
    assert answer.code == 0, answer.err
    (row,) = answer.facts["colour"]["networks"]
    assert row["size"] == "tiny" and all(row[name] > 0 for name in row if name.endswith("_s"))
    assert answer.facts["colour"]["hints_s"] > 0


def test_hints_of_the_true_colours_help(run, weights, tmp_path, monkeypatch):
    monkeypatch.setattr(colorization_pictures, "_BLOCK", 1)
    monkeypatch.setattr(colorization_pictures, "_HELD_OUT_EVERY", 2)
    (tmp_path / "images").mkdir()
    for name in ("astronaut", "coffee"):
        Image.fromarray(load_picture(name)[::6, ::6]).save(tmp_path / "images" / f"{name}.png")
    answer = run("bench", "hints", "--data", tmp_path, "--network", weights, "--counts", "1,40", "--device", "cpu")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == "| PSNR dB by hints | 1 | 40 |" and lines[2].startswith("| with the network |")
    few, many = (float(cell) for cell in lines[3].split("|")[2:4])
    assert few < many


def test_a_clip_from_its_first_frame(run, weights, tmp_path):
    pan = Pan()
    for folder in ("JPEGImages", "Annotations"):
        (tmp_path / folder / "480p" / "pan").mkdir(parents=True)
    for frame in range(3):
        Image.fromarray(pan.true[frame]).save(tmp_path / "JPEGImages" / "480p" / "pan" / f"{frame:05d}.png")
        Image.fromarray(np.zeros((72, 96), np.uint8)).save(
            tmp_path / "Annotations" / "480p" / "pan" / f"{frame:05d}.png"
        )
    command = ("bench", "clips", "--data", tmp_path, "--network", weights, "--counts", 3, "--device", "cpu", "--json")
    answer = run(*command)
    assert answer.code == 0, answer.err
    rows = {row["way"]: row for row in answer.facts["clips"]}
    assert set(rows) == {"carried", "each frame by itself", "grey"}
    assert rows["carried"]["rmse"] < 0.5 * rows["grey"]["rmse"]
