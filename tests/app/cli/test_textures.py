"""Textures on the command line."""

import csv
import json
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from tests.app.clips import HEIGHT, STEP, WIDTH, picture, square, write_frames

N_FRAMES, PAINTED = 6, 2
RED = (230, 30, 40)


@pytest.fixture
def clip(tmp_path):
    return write_frames(tmp_path / "clip", N_FRAMES)


def write_paint(file, where=None, alpha=255, size=(WIDTH, HEIGHT), mode="RGBA"):
    paint = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    paint[square(PAINTED) if where is None else where] = (*RED, alpha)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(paint).convert(mode).resize(size).save(file)
    return file


def rgb(file):
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def test_paint_goes_with_the_square_both_ways(run, clip, tmp_path):
    paint, out = write_paint(tmp_path / "paint.png"), tmp_path / "out"
    answer = run("propagate", clip, "--texture", paint, "--frame", PAINTED, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert (answer.facts["frames"], answer.facts["painted"]) == (N_FRAMES, [PAINTED])
    names = [f"{frame:05d}.png" for frame in range(N_FRAMES)]
    assert sorted(file.name for file in out.iterdir()) == [*names, "confidence.csv", "layers", "texture.json", "uv.npz"]
    with np.load(out / "uv.npz") as arrays:
        uv, painted = arrays["uv"], arrays["painted"]
    assert (uv.shape, uv.dtype, list(painted)) == ((N_FRAMES, HEIGHT, WIDTH, 2), np.float32, [PAINTED] * N_FRAMES)
    here = np.dstack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)))
    for frame, name in enumerate(names):
        mapped, true = np.isfinite(uv[frame, ..., 0]), square(frame)
        assert (mapped == true).mean() > 0.98
        off = uv[frame] - (here - [STEP * (frame - PAINTED), 0])
        assert np.abs(off[mapped & true]).max() < 0.5
        found, layer, plain = rgb(out / name), np.asarray(Image.open(out / "layers" / name)), picture(frame)
        assert (found[~true] == plain[~true]).all(1).mean() > 0.98 and layer.shape == (HEIGHT, WIDTH, 4)
        inner = true & np.roll(true, 3, 1) & np.roll(true, -3, 1)
        assert np.abs(found[inner] - RED).mean() < 12 and (layer[inner][:, 3] > 200).all()
    with (out / "confidence.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["presence"] for row in rows] == ["visible"] * N_FRAMES and float(rows[PAINTED]["confidence"]) == 1


def test_a_painted_frame_shows_exactly_what_is_painted(run, clip, tmp_path):
    paint, out = write_paint(tmp_path / "paint.png", alpha=128), tmp_path / "out"
    assert run("propagate", clip, "--texture", paint, "--frame", PAINTED, "--out", out).code == 0
    layer = np.asarray(Image.open(out / "layers" / f"{PAINTED:05d}.png"))
    assert np.array_equal(layer[square(PAINTED)], np.asarray(Image.open(paint))[square(PAINTED)])
    assert not layer[~square(PAINTED)].any()
    half = rgb(out / f"{PAINTED:05d}.png")[square(PAINTED)]
    expected = 128 / 255 * np.array(RED) + 127 / 255 * picture(PAINTED)[square(PAINTED)]
    assert np.abs(half - expected).max() <= 1


def test_several_painted_frames_fade_into_one_another(run, clip, tmp_path):
    folder, out = tmp_path / "paints", tmp_path / "out"
    for frame, colour in ((0, (255, 0, 0, 255)), (5, (0, 0, 255, 255))):
        paint = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        paint[square(frame)] = colour
        folder.mkdir(exist_ok=True)
        Image.fromarray(paint).save(folder / f"{frame:05d}.png")
    answer = run("propagate", clip, "--texture", folder, "--out", out, "--json")
    assert answer.code == 0 and answer.facts["painted"] == [0, 5]
    reds, blues = ([rgb(out / f"{f:05d}.png")[square(f)].mean(0)[c] for f in range(N_FRAMES)] for c in (0, 2))
    assert reds[0] > 250 and blues[5] > 250 and reds[5] < 5 > blues[0]
    assert all(a >= b - 8 for a, b in pairwise(reds)) and 40 < reds[3] < 215
    with np.load(out / "uv.npz") as arrays:
        assert list(arrays["painted"]) == [0, 0, 0, 5, 5, 5]


def test_directions(run, clip, tmp_path):
    paint, out = write_paint(tmp_path / "paint.png"), tmp_path / "out"
    how = ("--frame", PAINTED, "--direction", "forward", "--quality", "draft")
    assert run("propagate", clip, "--texture", paint, *how, "--out", out).code == 0
    with np.load(out / "uv.npz") as arrays:
        assert list(arrays["painted"]) == [-1, -1, 2, 2, 2, 2] and np.isnan(arrays["uv"][:PAINTED]).all()
    assert np.array_equal(rgb(out / "00000.png"), picture(0))


def test_results_are_replaced_and_pictures_of_a_person_are_not(run, clip, tmp_path):
    paint, mine = write_paint(tmp_path / "paint.png"), tmp_path / "mine" / "layers" / "00001.png"
    write_paint(mine)
    for out, code in ((tmp_path / "out", 0), (tmp_path / "out", 0), (tmp_path / "mine", 1)):
        before = mine.read_bytes()
        answer = run("propagate", clip, "--texture", paint, "--frame", 5, "--out", out, "--quality", "draft", "--quiet")
        assert answer.code == code and mine.read_bytes() == before
        assert code or (answer.err, len(answer.out.splitlines())) == ("", 1)
    assert "00001.png is there already" in answer.err
    assert json.loads((tmp_path / "out" / "texture.json").read_text())["painted"] == [5]


def test_damaged_frames_are_told_and_come_out_uncertain(run, clip, tmp_path):
    (clip / "00004.png").write_bytes(b"no picture")
    paint, out = write_paint(tmp_path / "paint.png"), tmp_path / "out"
    answer = run("propagate", clip, "--texture", paint, "--frame", PAINTED, "--out", out, "--json")
    assert answer.code == 0 and any(note.endswith(": 4.") for note in answer.facts["notes"])
    with (out / "confidence.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (rows[4]["presence"], float(rows[4]["confidence"])) == ("uncertain", 0.0)
    assert rows[5]["presence"] == "visible"


BAD = {
    "beyond the clip": ({}, ("--frame", 6), "but clip has 6, counted from 0"),
    "another size": ({"size": (40, 30)}, (), "is 40 x 30 pixels, but clip is 64 x 48"),
    "nothing painted": ({"alpha": 0}, (), "Nothing is painted in {file}"),
    "no alpha": ({"mode": "RGB"}, (), "{file} has no alpha"),
    "fill": ({}, ("--fill", "network"), "--fill is for --colour"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_done_is_said_in_one_sentence(run, clip, tmp_path, name):
    how, options, words = BAD[name]
    file, out = write_paint(tmp_path / "paint.png", **how), tmp_path / "out"
    answer = run("propagate", clip, "--texture", file, "--out", out, *options)
    assert answer.code == 1 and words.format(file=file) in answer.err and answer.err.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(("content", "words"), [(b"", "cannot be read"), (None, "There is no"), (b"\x89PNG", "cannot")])
def test_files_that_are_no_pictures(run, clip, tmp_path, content, words):
    file = tmp_path / "paint.png"
    if content is not None:
        file.write_bytes(content)
    answer = run("propagate", clip, "--texture", file, "--out", tmp_path / "out")
    assert answer.code == 1 and words in answer.err and not (tmp_path / "out").exists()


def test_a_folder_says_its_frames_itself(run, clip, tmp_path):
    file = write_paint(tmp_path / "paints" / "00002.png")
    answer = run("propagate", clip, "--texture", file.parent, "--frame", 1, "--out", tmp_path / "out")
    assert answer.code == 1 and "leave --frame out" in answer.err
    assert run("propagate", clip, "--labels", file, "--frame", 1, "--out", tmp_path / "out").code == 1
