import csv
import os
import sys
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from app.cli import learning
from app.cli import propagate as verb
from app.formats.mask_png import read_mask
from app.tasks.adapt import Learned, Trial, Verdict
from engines.correspondence.architectures import build_encoder
from engines.correspondence.encoder_weights import save_encoder
from engines.propagation.registry import ENGINES
from engines.weights import read_info
from tests.app.clips import HEIGHT, WIDTH, square, write_frames, write_label

N_FRAMES = 6


@pytest.fixture
def clip(tmp_path):
    return write_frames(tmp_path / "clip", N_FRAMES)


@pytest.fixture
def label(tmp_path):
    return write_label(tmp_path / "first.png")


def masks_in(folder, n_frames=N_FRAMES):
    return [read_mask(folder / f"{frame:05d}.png", (WIDTH, HEIGHT)).values for frame in range(n_frames)]


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def test_a_mask_for_every_frame_and_a_table(run, clip, label, tmp_path):
    answer = run("propagate", clip, "--labels", label, "--out", tmp_path / "out")
    assert answer.code == 0
    masks = masks_in(tmp_path / "out")
    assert np.array_equal(masks[0], square(0))
    assert all(iou(mask > 0, square(frame)) > 0.85 for frame, mask in enumerate(masks))
    with (tmp_path / "out" / "confidence.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["frame", "object", "confidence", "presence"]
    assert [int(row["frame"]) for row in rows] == list(range(N_FRAMES))
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


def test_the_last_line_is_json_when_asked(run, clip, label, tmp_path):
    answer = run("propagate", clip, "--labels", label, "--out", tmp_path / "out", "--engine", "copy", "--json")
    facts = answer.facts
    assert (facts["frames"], facts["objects"], facts["engine"]) == (N_FRAMES, [1], "copy")
    assert facts["out"] == str(tmp_path / "out")
    assert facts["seconds"] >= 0
    assert facts["peak_memory_bytes"] > 0
    assert len(answer.out.splitlines()) == 1


def test_doubt_is_written_beside_the_masks_when_asked(run, clip, label, tmp_path):
    out = tmp_path / "out"
    assert run("propagate", clip, "--labels", label, "--out", out, "--engine", "copy", "--doubt").code == 0
    doubts = masks_in(out / "doubt")
    assert not doubts[0].any(), "an anchor is not doubted"
    assert all(later.max() > earlier.max() for earlier, later in pairwise(doubts[1:])), "copies grow worse"
    assert len(masks_in(out)) == N_FRAMES


def test_quiet_says_nothing_but_the_result(run, clip, label, tmp_path):
    answer = run("propagate", clip, "--labels", label, "--out", tmp_path / "out", "--engine", "copy", "--quiet")
    assert answer.code == 0
    assert answer.err == ""
    assert len(answer.out.splitlines()) == 1


def test_what_it_will_take_is_told_before_it_starts(run, clip, label, tmp_path):
    told = run("propagate", clip, "--labels", label, "--out", tmp_path / "out", "--engine", "copy").err
    assert f"Carrying 1 object from 1 labelled frame to {N_FRAMES - 1} frames with copy" in told
    assert "of memory" in told


@pytest.mark.parametrize(
    ("direction", "labelled"), [("both", range(N_FRAMES)), ("forward", range(2, N_FRAMES)), ("backward", range(3))]
)
def test_directions(run, clip, tmp_path, direction, labelled):
    label = write_label(tmp_path / "00002.png", 2)
    out = tmp_path / "out"
    arguments = ("--labels", label, "--out", out, "--engine", "copy", "--direction", direction)
    assert run("propagate", clip, *arguments).code == 0
    assert [frame for frame, mask in enumerate(masks_in(out)) if mask.any()] == list(labelled)


@pytest.mark.parametrize("engine", ["copy", "flow"])
def test_anchors_come_out_bit_for_bit_whatever_the_engine(run, clip, tmp_path, engine):
    for frame in (0, 3):
        write_label(tmp_path / "labels" / f"{frame:05d}.png", frame, 1 + frame)
    out = tmp_path / "out"
    assert run("propagate", clip, "--labels", tmp_path / "labels", "--out", out, "--engine", engine).code == 0
    masks = masks_in(out)
    assert np.array_equal(masks[0], square(0) * 1)
    assert np.array_equal(masks[3], square(3) * 4)
    assert set(np.unique(masks)) <= {0, 1, 4}


def test_grey_masks_stay_what_they_were_to_every_reader(run, clip, tmp_path):
    Image.fromarray((square(0) * 255).astype(np.uint8)).save(tmp_path / "m.png")
    arguments = ("--labels", tmp_path / "m.png", "--out", tmp_path / "out", "--engine", "copy")
    assert run("propagate", clip, *arguments).code == 0
    with Image.open(tmp_path / "out" / "00004.png") as image:
        assert np.array_equal(np.array(image), square(0) * 255)
        assert np.array_equal(np.array(image.convert("L")), square(0) * 255)


def test_other_files_in_the_folder_are_left_alone(run, clip, label, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    assert run("propagate", clip, "--labels", label, "--out", out, "--engine", "copy").code == 0
    assert (out / "notes.txt").read_text() == "mine"
    assert len(masks_in(out)) == N_FRAMES


def test_masks_of_a_run_are_replaced_and_a_persons_are_not(run, clip, label, tmp_path):
    out = tmp_path / "out"
    for options in ([], ["--doubt"]):
        assert run("propagate", clip, "--labels", label, "--out", out, "--engine", "copy", *options).code == 0
    (out / "confidence.csv").unlink()
    for frame in (0, 1, 2, 4, 5):
        (out / f"{frame:05d}.png").unlink()
    (out / "00003.png").write_text("mine")
    answer = run("propagate", clip, "--labels", label, "--out", out, "--engine", "copy")
    assert answer.code == 1
    assert "00003.png is there already" in answer.err
    assert [file.name for file in out.iterdir() if file.is_file()] == ["00003.png"]
    assert (out / "00003.png").read_text() == "mine"


def test_the_same_twice_gives_the_same_bytes(run, clip, label, tmp_path):
    for name in ("a", "b"):
        assert run("propagate", clip, "--labels", label, "--out", tmp_path / name, "--threads", 1).code == 0
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text are a matter of Linux")
@pytest.mark.parametrize("way", [(), ("--json",)])
def test_a_name_that_is_no_text_does_no_harm(run, clip, label, tmp_path, way):
    out = tmp_path / os.fsdecode(b"caf\xe9")
    answer = run("propagate", clip, "--labels", label, "--out", out, "--engine", "copy", *way)
    assert answer.code == 0
    assert len(masks_in(out)) == N_FRAMES


def test_a_still_is_a_clip_of_one_frame(run, clip, label, tmp_path):
    assert run("propagate", clip / "00000.png", "--labels", label, "--out", tmp_path / "out").code == 0
    assert np.array_equal(masks_in(tmp_path / "out", 1)[0], square(0))


def test_how_file_numbers_were_understood_is_told(run, label, tmp_path):
    clip = write_frames(tmp_path / "from_one", first=1)
    write_label(tmp_path / "labels" / "00001.png", 1)
    answer = run("propagate", clip, "--labels", tmp_path / "labels", "--out", tmp_path / "out", "--engine", "copy")
    assert "00001.png was taken for frame 1, which is 00002.png" in answer.err


def test_damaged_frames_are_told_and_come_out_uncertain(run, clip, label, tmp_path):
    (clip / "00003.png").write_bytes(b"no picture")
    answer = run("propagate", clip, "--labels", label, "--out", tmp_path / "out", "--json")
    assert answer.code == 0
    assert any("amaged" in note and note.endswith(": 3.") for note in answer.facts["notes"])
    with (tmp_path / "out" / "confidence.csv").open(newline="") as file:
        rows = {int(row["frame"]): row for row in csv.DictReader(file)}
    assert (rows[3]["presence"], float(rows[3]["confidence"])) == ("uncertain", 0.0)
    assert float(rows[2]["confidence"]) > 0


def test_masks_of_pictures_with_other_numbers_are_told_apart(run, label, tmp_path):
    clip = write_frames(tmp_path / "shifted", 4, first=1)
    answer = run("propagate", clip, "--labels", label, "--out", tmp_path / "out", "--json")
    assert any("00000.png is the mask of 00001.png" in note for note in answer.facts["notes"])


def test_other_masks_that_stay_are_told(run, clip, label, tmp_path):
    write_label(tmp_path / "out" / "00099.png")
    answer = run("propagate", clip, "--labels", label, "--out", tmp_path / "out", "--json")
    assert any("1 other PNG" in note for note in answer.facts["notes"])


def test_weights_and_device_are_told_to_change_nothing_where_they_do(run, clip, label, tmp_path):
    out = tmp_path / "out"
    arguments = ("--labels", label, "--out", out, "--engine", "copy", "--weights", "dino", "--device", "cuda", "--json")
    answer = run("propagate", clip, *arguments)
    assert answer.code == 0
    assert "copy needs no weights, so --weights dino changes nothing." in answer.facts["notes"]
    assert (answer.facts["weights"], answer.facts["weights_fingerprint"]) == (None, None)
    assert "copy runs on the processor, so --device cuda changes nothing." in answer.facts["notes"]


@pytest.fixture
def untaught(tmp_path):
    """Weights of a network that has learned nothing, in a file."""
    about = {"name": "untaught", "title": "Untaught", "summary": ""}
    file = tmp_path / "untaught.safetensors"
    return save_encoder(build_encoder("small"), file, architecture="small", options={}, about=about).file


@pytest.mark.parametrize("engine", [name for name, info in ENGINES.items() if info.needs_weights])
def test_engines_that_need_weights_take_them_from_a_file(run, clip, label, tmp_path, engine, untaught):
    out = tmp_path / "out"
    answer = run(
        "propagate", clip, "--labels", label, "--out", out, "--engine", engine, "--weights", untaught, "--json"
    )
    assert answer.code == 0, answer.err
    assert (answer.facts["weights"], answer.facts["weights_fingerprint"]) == (
        "untaught",
        read_info(untaught).fingerprint,
    )
    assert f"with {engine}, weights untaught:" in answer.err
    assert np.array_equal(masks_in(out)[0], square(0))


@pytest.mark.parametrize("after, kept", [(0.9, b"a map"), (0.7, b"")])
def test_what_is_learned_on_the_clip_first_is_used_where_it_helps(run, clip, label, tmp_path, monkeypatch, after, kept):
    def adapt(_clip, _run, _engines):
        yield 0.5
        return Learned(Verdict((Trial(1, 0, 0.8, after),), 1.0), "weights", b"a map")

    def propagate_masks(clip, run, *rest):
        used.append(run.learned)
        return real(clip, run, *rest)

    used, real = [], verb.propagate_masks
    monkeypatch.setattr(learning, "adapt", adapt)
    monkeypatch.setattr(verb, "propagate_masks", propagate_masks)
    arguments = ("--labels", label, "--out", tmp_path / "out", "--engine", "copy", "--adapt", "--json")
    answer = run("propagate", clip, *arguments)
    assert answer.code == 0 and used == [kept]
    assert answer.facts["learned_on_clip"] == {"IoU_before": 0.8, "IoU_after": after, "taken": bool(kept)}
    assert any(note.startswith("Learned on this clip. IoU on 1 left-out anchor") for note in answer.facts["notes"])


def test_learning_first_is_for_masks_of_a_folder(run, clip, tmp_path):
    answer = run("propagate", clip, "--points", tmp_path / "joints.json", "--out", tmp_path / "out", "--adapt")
    assert answer.code == 1 and "--adapt is for --labels" in answer.err


@pytest.mark.parametrize("engine, words", [("copy", "does not learn"), ("learned", "two anchors of one object")])
def test_a_clip_that_nothing_can_be_learned_on_is_told(run, clip, label, tmp_path, engine, words):
    out = tmp_path / "out"
    answer = run("propagate", clip, "--labels", label, "--out", out, "--engine", engine, "--adapt")
    assert answer.code == 1 and words in answer.err and not out.exists()


def test_weights_that_are_not_there_are_told_before_anything_is_done(run, clip, label, tmp_path):
    out = tmp_path / "out"
    answer = run("propagate", clip, "--labels", label, "--out", out, "--engine", "learned", "--weights", "nobody")
    assert answer.code == 1
    assert "No weights are called nobody" in answer.err
    assert not out.exists()


def test_a_device_that_is_not_there_is_told(run, clip, label, tmp_path, untaught, monkeypatch):
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    arguments = ("--labels", label, "--out", tmp_path / "out", "--engine", "learned", "--weights", untaught)
    answer = run("propagate", clip, *arguments, "--device", "mps")
    assert answer.code == 1
    assert "There is no device mps here" in answer.err
