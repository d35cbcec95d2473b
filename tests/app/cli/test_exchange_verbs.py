"""`export`, `import`, `convert` and `formats` as a script uses them."""

import json

import pytest

from app.formats.registry import FORMATS
from app.media.clip import open_clip
from app.project.model import Provenance
from app.project.project import Project
from tests.app.clips import write_frames, write_label

N_FRAMES = 4


@pytest.fixture
def clip(tmp_path):
    return write_frames(tmp_path / "clip", N_FRAMES)


@pytest.fixture
def project(run, clip, tmp_path):
    for frame in (0, 2):
        write_label(tmp_path / "labels" / f"{frame:05d}.png", frame)
    out = tmp_path / "work.throughline"
    assert run("import", tmp_path / "labels", "--format", "davis", "--clip", clip, "--out", out).code == 0
    return out


def test_a_dry_run_tells_the_tree_and_the_losses_and_writes_nothing(run, project, tmp_path):
    before = sorted(tmp_path.iterdir())
    answer = run("export", project, "--format", "yolo", "--out", tmp_path / "out", "--dry-run", "--json")
    assert answer.code == 0 and sorted(tmp_path.iterdir()) == before
    assert set(answer.facts["tree"]) >= {"data.yaml", "labels/00000.txt", "labels/00002.txt"}
    assert any("box around it" in note for note in answer.facts["notes"])
    assert "labels/" in run("export", project, "--format", "yolo", "--out", tmp_path / "out", "--dry-run").out


def test_what_is_converted_is_what_an_export_would_write(run, project, clip, tmp_path):
    assert run("export", project, "--format", "coco", "--out", tmp_path / "a").code == 0
    arguments = ("--from", "davis", "--to", "coco", "--clip", clip, "--out", tmp_path / "b")
    answer = run("convert", tmp_path / "labels", *arguments, "--json")
    assert answer.code == 0, answer.err
    one, other = (json.loads((tmp_path / name / "annotations.json").read_text()) for name in "ab")
    assert one == other and len(one["annotations"]) == 2
    assert answer.facts["labels"] == 2


def test_pictures_go_along_when_asked_for(run, project, tmp_path):
    assert run("export", project, "--format", "coco", "--out", tmp_path / "out", "--pictures").code == 0
    assert len(list((tmp_path / "out" / "images").iterdir())) == N_FRAMES
    answer = run("export", project, "--format", "davis", "--out", tmp_path / "other", "--pictures")
    assert answer.code == 1 and "no place for pictures" in answer.err


def test_labels_become_derived_when_asked_for(run, clip, project, tmp_path):
    assert run("export", project, "--format", "mot", "--out", tmp_path / "mot").code == 0
    out = tmp_path / "derived.throughline"
    arguments = ("--format", "mot", "--clip", clip, "--out", out, "--become", "derived", "--match", "time")
    assert run("import", tmp_path / "mot", *arguments).code == 0
    with Project.open(out) as found:
        assert {found.label(1, frame).provenance for frame in (0, 2)} == {Provenance.DERIVED}


@pytest.mark.parametrize("share", ["-0.1", "1.5", "much"])
def test_a_confidence_that_is_none_is_bad_usage(run, project, tmp_path, share):
    arguments = ("--format", "davis", "--out", tmp_path / "out", "--min-confidence", share)
    assert run("export", project, *arguments).code == 2


def test_a_look_is_chosen_by_options(run, project, tmp_path):
    arguments = ("--codec", "prores", "--ground", "nothing", "--frames", "0-3", "--step", "2", "--opacity", "0.8")
    answer = run("export", project, "--format", "overlay", "--out", tmp_path / "out", *arguments, "--json")
    assert answer.code == 0, answer.err
    assert "Of 4 frames 2 are shown." in answer.facts["notes"]
    assert open_clip(tmp_path / "out" / "overlay.mov").n_frames == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("davis", "--opacity", "0.5"), 1, "takes no --opacity: it is for overlay, side-by-side, contact-sheet, gif"),
        (("overlay", "--frames", "9"), 1, "has frames 0 to 3"),
        (("overlay", "--ground", "nothing"), 1, "cannot be transparent"),
        (("overlay", "--opacity", "1.5"), 2, "not within 0 and 1"),
        (("gif", "--side", "31"), 2, "not within 32 and 2000"),
        (("gif", "--step", "half"), 2, "invalid"),
        (("overlay", "--codec", "celluloid"), 2, "invalid choice"),
    ],
)
def test_a_look_that_cannot_be_is_refused(run, project, tmp_path, capsys, arguments, code, words):
    answer = run("export", project, "--out", tmp_path / "out", "--format", *arguments)
    assert answer.code == code and words in answer.err
    assert not (tmp_path / "out").exists()


def test_formats_says_what_each_holds(run):
    rows = {row["name"]: row for row in run("formats", "--json").facts["formats"]}
    assert set(rows) == set(FORMATS)
    assert "overlap" in rows["coco"]["holds"] and "overlap" not in rows["davis"]["holds"]
