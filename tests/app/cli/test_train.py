"""`train`: a real training of some seconds on the demo clip, stopped, resumed and refused."""

import csv
import shutil
from itertools import islice

import cv2
import numpy as np
import pytest
import torch

from app.errors import UserError
from app.tasks import train_correspondence, training
from engines.correspondence.encoder_weights import load_encoder
from engines.device import pick_compute
from engines.training.loop import read_checkpoint
from engines.training.validation import Validation
from engines.weights import check_name, read_info
from tests.engines.training.test_frame_pool import write_clip

TINY = ("--size", 32, "--samples", 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with one clip of something that moves."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (160, 120))
    writer = cv2.VideoWriter(str(folder / "clip.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 25, (96, 72))
    for frame in range(12):
        writer.write(np.ascontiguousarray(picture[frame : frame + 72, 2 * frame : 2 * frame + 96]))
    writer.release()
    return folder


@pytest.fixture
def quick(monkeypatch):
    """One rendered scene is enough to judge by, and one thread adds up in one order."""
    monkeypatch.setattr(Validation.__init__, "__defaults__", (1, (1, 16)))
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def test_twenty_steps_on_the_demo_clip(run, tmp_path, quick):
    out = tmp_path / "new" / "mine.safetensors"
    answer = run(
        "train",
        "correspondence",
        "--data",
        "resources/demo",
        "--out",
        out,
        "--steps",
        20,
        *TINY,
        "--json",
        "--device",
        "cpu",
    )
    assert answer.code == 0, answer.err
    assert answer.facts["steps"] == 20 and set(answer.facts["right"]) == {"1", "16"}
    info = read_info(out)
    assert (info.name, info.architecture, info.fingerprint) == ("mine", "small", answer.facts["fingerprint"])
    encoder = load_encoder(info, pick_compute("cpu", half=False))
    assert encoder(torch.zeros(1, 3, 32, 32)).coarse.shape == (1, 64, 4, 4)
    curve = (tmp_path / "new" / "mine.training" / "curve.csv").read_text()
    rows = list(csv.DictReader(curve.splitlines()))
    assert [int(row["step"]) for row in rows] == list(range(21))
    assert all(float(row["warps"]) > 0 for row in rows[1:])
    assert [row["step"] for row in rows if row["mean"]] == ["0", "20"]
    card = (tmp_path / "new" / "mine.md").read_text()
    assert (
        f"--out {out} --recipe walk --architecture small --steps 20 --seed 0 --size 32 --samples 2 --device cpu" in card
    )
    assert "| resources/demo | 1 | 72 | 1 |" in card
    for heading in ("Learnt from", "Recipe", "Validation", "Weak points", "Curve"):
        assert f"## {heading}\n" in card
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"mine.safetensors", "mine.md", "mine.training"}
    assert "Folders inside resources/demo are not read" in answer.err


def wish(data, tmp_path, **other):
    return training.Wish((data,), tmp_path / "w.safetensors", "walk", size_px=32, n_samples=2, **other)


def through(asked, n_steps=None, until=None):
    """Train to the end, or stop after `until` steps as a closed window would."""
    recipe, compute = train_correspondence.wished_recipe(asked), pick_compute("cpu", half=False)
    pool, counts = train_correspondence.read_data(asked.data, iter)
    if n_steps:
        begun = training.begin(asked, recipe, pool, counts, compute, n_steps)
    else:
        begun = training.take_up(asked, recipe, pool, counts, compute, None)
    steps = train_correspondence.train(asked, begun, counts, compute, lambda row: None)
    return list(islice(steps, until))[-1]


def test_stopped_and_resumed_is_as_if_never_stopped(data, tmp_path, quick):
    whole = through(wish(data, tmp_path / "whole"), n_steps=12)
    stopped = wish(data, tmp_path / "stopped")
    through(stopped, n_steps=12, until=8)
    assert training.unfinished(stopped) == 5 and not stopped.out.exists()
    resumed = through(stopped)
    assert training.unfinished(stopped) is None
    assert resumed.weights.fingerprint == whole.weights.fingerprint

    def rows(trained):
        return [{name: value for name, value in row.items() if name != "seconds"} for row in trained.rows]

    assert [row["step"] for row in resumed.rows] == list(range(13))
    for one, other in zip(rows(resumed), rows(whole), strict=True):
        assert one == pytest.approx(other, abs=1e-5)  # a file keeps five digits


def test_a_stopped_command_says_how_to_go_on(run, data, tmp_path, quick, monkeypatch):
    out = tmp_path / "w.safetensors"
    original = train_correspondence.train

    def interrupted(*arguments):
        for number, step in enumerate(original(*arguments), 1):
            if number == 7:
                raise KeyboardInterrupt
            yield step

    command = ("train", "correspondence", "--data", data, "--out", out, *TINY)
    monkeypatch.setattr("app.cli.train.train", interrupted)
    answer = run(*command, "--steps", 10)
    assert answer.code == 130
    assert "--resume" in answer.err.splitlines()[-1] and not out.exists()
    monkeypatch.setattr("app.cli.train.train", original)
    refused = run(*command, "--steps", 10)
    assert refused.code == 1 and "stopped at step 5" in refused.err and "--resume" in refused.err
    other = run(*command, "--steps", 20, "--resume")
    assert other.code == 1 and "n_steps 10, not 20" in other.err
    assert run(*command, "--resume", "--seed", 3).code == 1
    answer = run(*command, "--resume")
    assert answer.code == 0, answer.err
    assert read_checkpoint(tmp_path / "w.training")["step"] == 10


def test_minutes_become_steps_that_are_kept(run, data, tmp_path, quick):
    out = tmp_path / "w.safetensors"
    answer = run("train", "correspondence", "--data", data, "--out", out, "--minutes", 0.03, *TINY, "--json")
    assert answer.code == 0, answer.err
    n_steps = answer.facts["steps"]
    assert n_steps >= 1
    assert f"--steps {n_steps} " in (tmp_path / "w.md").read_text()
    assert read_checkpoint(tmp_path / "w.training")["n_steps"] == n_steps


def test_the_thesiss_recipe_runs_too(run, data, tmp_path, quick):
    out = tmp_path / "c.safetensors"
    command = ("train", "correspondence", "--data", data, "--out", out, "--recipe", "cycle", "--steps", 2)
    answer = run(*command, "--architecture", "small", "--size", 96, "--samples", 1)
    assert answer.code == 0, answer.err
    card = (tmp_path / "c.md").read_text()
    assert "| long_weight | `0.1` |" in card and "The fine head was not taught" in card


def test_other_data_are_noticed(data, tmp_path, quick):
    own = tmp_path / "own"
    shutil.copytree(data, own)
    asked = wish(own, tmp_path)
    through(asked, n_steps=6, until=6)
    write_clip(own / "more.avi", 3)
    with pytest.raises(UserError, match="The data are not those"):
        through(asked)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "{nothing}"), "no clip and no picture in {nothing}"),
        (("--data", "{tmp}/nowhere"), "There is no {tmp}/nowhere"),
        (("--out", "{tmp}/w.md"), "w.md is the name of what comes beside"),
        (("--out", "{tmp}"), "{tmp} is a folder"),
        (("--out", "{data}/clip.avi/w.safetensors"), "clip.avi"),
        (("--architecture", "resnet18"), "cannot teach the encoder resnet18"),
        (("--architecture", "magic"), "cannot teach the encoder magic"),
        (("--size", "50"), "Pictures of 50 px"),
        (("--resume",), "There is no checkpoint in {tmp}/w.training"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(run, data, tmp_path, arguments, words):
    (tmp_path / "nothing").mkdir()
    known = {"tmp": tmp_path, "data": data, "nothing": tmp_path / "nothing"}
    name, *value = (argument.format(**known) for argument in arguments)
    given = {"--data": [data], "--out": [tmp_path / "w.safetensors"], "--steps": [3]} | {name: value}
    answer = run("train", "correspondence", *(word for name, value in given.items() for word in (name, *value)))
    assert answer.code == 1
    assert words.format(**known) in answer.err and "Traceback" not in answer.err
    assert not list(tmp_path.glob("*.safetensors"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("correspondence", "--recipe", "fly"),
        ("correspondence", "--steps", 0),
        ("correspondence", "--minutes", "nan"),
        ("correspondence", "--steps", 5, "--minutes", 5),
        ("correspondence", "--seed", -1),
    ],
)
def test_bad_usage(run, data, tmp_path, arguments):
    assert run("train", *arguments, "--data", data, "--out", tmp_path / "w.safetensors").code == 2


def test_weights_call_themselves_by_what_names_may_have(tmp_path):
    names = {"mine.safetensors": "mine", "my cat (2).pt": "my-cat--2-", "-.x": "trained", "v1.5": "v1"}
    assert {file: training.Wish((), tmp_path / file, "walk").name for file in names} == names
    assert all(check_name(name) for name in names.values())


def test_scored_sequences_are_warned_of(tmp_path):
    scored = tmp_path / "JPEGImages" / "480p"
    scored.mkdir(parents=True)
    (note,) = training.notes_on([scored])
    assert "say nothing" in note
