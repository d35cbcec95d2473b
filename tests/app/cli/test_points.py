"""Points on the command line."""

import json
import re

import numpy as np
import pytest

from app.formats.points_file import read_points
from tests.app.clips import HEIGHT, WIDTH, write_frames
from tests.app.points import NAMES, content, joints, write

N_FRAMES = 6


@pytest.fixture
def clip(tmp_path):
    return write_frames(tmp_path / "clip", N_FRAMES)


def test_points_for_every_frame(run, clip, tmp_path):
    given = write(tmp_path / "first.json")
    answer = run("propagate", clip, "--points", given, "--out", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    facts = answer.facts
    assert (facts["frames"], facts["anchors"], facts["instances"], facts["names"]) == (N_FRAMES, [0], [0], NAMES)
    assert len(answer.out.splitlines()) == 1
    told = json.loads((tmp_path / "out" / "points.json").read_text())
    assert list(told["frames"]) == list(told["confidence"]) == [f"{frame:05d}" for frame in range(N_FRAMES)]
    assert told["frames"]["00000"] == [joints(0)]
    assert told["image_size"] == [WIDTH, HEIGHT]
    for frame in range(N_FRAMES):
        off = np.array(told["frames"][f"{frame:05d}"])[..., :2] - np.array([joints(frame)])[..., :2]
        assert np.median(np.hypot(*np.moveaxis(off, -1, 0))) < 2
        assert all(0 <= value <= 1 for instance in told["confidence"][f"{frame:05d}"] for value in instance)


def test_anchors_come_out_exactly_whatever_the_engine(run, clip, tmp_path):
    odd = [[10.123456789, 15.5, 1], [None, None, 0], [13, 22.25, 0], *joints(3)[3:]]
    given = write(tmp_path / "p.json", frames={"0": [joints(0)], "3": [odd]})
    for engine in ("learned", "thesis"):
        out = tmp_path / engine
        assert run("propagate", clip, "--points", given, "--out", out, "--engine", engine).code == 0
        told = json.loads((out / "points.json").read_text())
        assert told["frames"]["00003"] == [odd]
        assert told["frames"]["00000"] == [joints(0)]


def test_tracks_of_a_run_are_replaced_and_points_of_a_person_are_not(run, clip, tmp_path):
    given, mine = write(tmp_path / "p.json"), write(tmp_path / "mine" / "points.json")
    for out, code in ((tmp_path / "out", 0), (tmp_path / "out", 0), (mine.parent, 1)):
        before = mine.read_bytes()
        answer = run("propagate", clip, "--points", given, "--out", out, "--engine", "thesis", "--quality", "draft")
        assert answer.code == code, answer.err
        assert mine.read_bytes() == before
    assert "points.json is there already" in answer.err


def test_directions(run, clip, tmp_path):
    given = write(tmp_path / "p.json", (2,))
    answer = run("propagate", clip, "--points", given, "--out", tmp_path / "out", "--direction", "backward")
    assert answer.code == 0, answer.err
    found = read_points(tmp_path / "out" / "points.json")
    assert [bool(np.isfinite(found.positions[frame]).all()) for frame in range(N_FRAMES)] == [True] * 3 + [False] * 3


def test_quiet_says_nothing_but_the_result(run, clip, tmp_path):
    given = write(tmp_path / "p.json", tuple(range(N_FRAMES)))
    answer = run("propagate", clip, "--points", given, "--out", tmp_path / "out", "--quiet")
    assert (answer.code, answer.err, len(answer.out.splitlines())) == (0, "", 1)
    assert run("propagate", clip, "--points", given, "--out", tmp_path / "o2").err.count("labelled frames") == 1


BAD = {
    "beyond the clip": ({"frames": {"9": [joints(0)]}}, (), "frame 9"),
    "another size": ({"image_size": [10, 10]}, (), "10 x 10"),
    "nothing placed": ({"frames": {"0": []}}, (), "no joint"),
    "no points": ({"frames": 3}, (), "points"),
    "an engine for masks": ({}, ("--engine", "flow"), "flow"),
    "weights that are not there": ({}, ("--weights", "nobody"), "nobody"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_is_told_in_one_sentence(run, clip, tmp_path, name):
    more, arguments, word = BAD[name]
    given = tmp_path / "p.json"
    given.write_text(json.dumps(content((0,)) | more))
    answer = run("propagate", clip, "--points", given, "--out", tmp_path / "out", "--quiet", *arguments)
    assert answer.code == 1
    assert answer.out == ""
    assert re.fullmatch(r".*: [^\n]+\.\n", answer.err), answer.err
    assert word in answer.err
    assert not (tmp_path / "out").exists()


def test_masks_or_points_but_not_both(run, clip, tmp_path):
    given = write(tmp_path / "p.json")
    assert run("propagate", clip, "--points", given, "--labels", given, "--out", tmp_path / "o").code == 2
    assert run("propagate", clip, "--out", tmp_path / "o").code == 2


def test_the_anchors_are_not_written_over(run, clip, tmp_path):
    given = write(tmp_path / "out" / "points.json")
    before = given.read_bytes()
    assert run("propagate", clip, "--points", given, "--out", tmp_path / "out").code == 1
    assert given.read_bytes() == before


def test_a_run_that_fails_leaves_nothing(run, clip, tmp_path, monkeypatch):
    monkeypatch.setattr("app.tasks.propagate_points.write_points", lambda *args: (_ for _ in ()).throw(OSError(28, "")))
    given = write(tmp_path / "p.json")
    answer = run("propagate", clip, "--points", given, "--out", tmp_path / "out")
    assert answer.code == 1
    assert not (tmp_path / "out").exists()


def test_scores(run, tmp_path):
    truth = write(tmp_path / "t.json", (0, 2))
    answer = run("score", "points", truth, truth, "--json")
    assert answer.code == 0, answer.err
    assert answer.facts["PCK"] == {"box": {"0.1": 1.0, "0.2": 1.0}}
    assert answer.facts["TAP"]["average_jaccard"] == 1
    assert "PCK@0.1" in run("score", "points", truth, truth).out
    assert run("score", "points", truth, tmp_path / "none.json").code == 1


@pytest.fixture
def data(tmp_path):
    """Return a folder with one of the sequences that are measured, as large as a stamp."""
    folder = tmp_path / "data" / "keypoints" / "camel"
    write_frames(folder / "frames", N_FRAMES)
    write(folder / "keypoints.json", (0, 1, 3, 5), frames_dir="frames")
    return tmp_path / "data"


def test_points_are_measured_beside_peers(run, data, tmp_path):
    answer = run("bench", "points", "--data", data, "--json")
    assert answer.code == 0, answer.err
    rows = {(row["method"], row["given"]): row for row in answer.facts["points"]}
    assert {given for _, given in rows} == {1, 3}
    assert rows["learned", 1]["PCK"]["box"]["0.2"] >= rows["stay", 1]["PCK"]["box"]["0.2"]
    assert all(row["fps"] > 0 for row in rows.values())
    assert "| learned, joined |" in run("bench", "points", "--data", data).out
    assert run("bench", "points", "--data", tmp_path / "none").code == 1
