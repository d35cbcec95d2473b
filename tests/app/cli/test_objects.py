"""The verb `objects`: the same edits as in the window, into a new project file."""

import json

import pytest

from app.cli.entry import main
from app.project import verbs
from app.project.project import Project
from engines.labels.presence import Presence
from tests.app.project.material import CLIP, N_FRAMES, add_object, block, paint, snapshot

LEFT, RIGHT = block(0, 0, 4, 4), block(10, 0, 14, 4)


@pytest.fixture
def work(tmp_path):
    """A project with two objects that have anchors on all frames, the first one in two parts."""
    with Project.create(tmp_path / "work.throughline", CLIP) as project:
        for name, mask in (("car", LEFT.plus(block(0, 8, 2, 10))), ("dog", RIGHT)):
            object_id = add_object(project, name=name)
            for frame in range(N_FRAMES):
                paint(project, object_id, frame, mask)
    return tmp_path / "work.throughline"


def facts(capsys, *argv):
    assert main(["objects", *map(str, argv), "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def refused(capsys, *argv):
    assert main(["objects", *map(str, argv)]) == 1
    return capsys.readouterr().err


def test_objects_are_listed(work, capsys):
    car, dog = facts(capsys, work)["objects"]
    assert (car["id"], car["name"], car["anchors"], dog["labels"]) == (1, "car", list(range(N_FRAMES)), N_FRAMES)
    assert main(["objects", str(work)]) == 0
    assert "dog" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "ids"),
    [
        (("swap", 1, 2, "--from", 4), [1, 2]),
        (("merge", 2, 1), [2]),
        (("split", 1, "--from", 3), [1, 2, 3]),
        (("presence", 1, "--from", 3, "--presence", "occluded"), [1, 2]),
        (("clear", 1, 2, "--from", 3, "--to", 5), [1, 2]),
        (("delete", 1), [2]),
    ],
)
def test_actions_write_a_new_project_and_leave_the_old_one(work, tmp_path, capsys, argv, ids):
    with Project.open(work) as project:
        before = snapshot(project)
    out = tmp_path / "out.throughline"
    told = facts(capsys, work, *argv, "--out", out)
    assert [row["id"] for row in told["objects"]] == ids
    assert told["labels"] > 0
    with Project.open(work) as project:
        assert snapshot(project) == before
    with Project.open(out) as project:
        assert snapshot(project) != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.throughline", "work.throughline"]


def test_a_swap_is_what_the_window_does(work, tmp_path, capsys):
    facts(capsys, work, "swap", 1, 2, "--from", 4, "--to", 6, "--out", tmp_path / "out")
    with Project.open(tmp_path / "out.throughline") as project:
        is_swapped = [project.mask(project.label(1, frame).mask_id) == RIGHT for frame in range(N_FRAMES)]
    assert [frame for frame in range(N_FRAMES) if is_swapped[frame]] == [4, 5, 6]


def test_presence_is_in_the_file(work, tmp_path, capsys):
    facts(capsys, work, "presence", 2, "--from", 7, "--presence", "uncertain", "--out", tmp_path / "out")
    with Project.open(tmp_path / "out.throughline") as project:
        assert project.label(2, 7).presence is Presence.UNCERTAIN


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("swap", 1, 9), "There is no object 9"),
        (("swap", 1), "takes two objects"),
        (("split", 2), "not in several parts"),
        (("clear", 1, "--from", 99), "none of the clip's"),
        (("presence", 1), "--presence"),
        (("delete", 2), "dog is locked"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(work, tmp_path, capsys, argv, words):
    with Project.open(work) as project:
        project.apply(verbs.set_locked(project, 2, argv[0] == "delete"))
    assert words.lower() in refused(capsys, work, *argv, "--out", tmp_path / "out.throughline").lower()
    assert [path.name for path in tmp_path.iterdir()] == ["work.throughline"]


def test_an_action_needs_a_new_name(work, capsys):
    assert "--out" in refused(capsys, work, "delete", 1)
    assert "already exists" in refused(capsys, work, "delete", 1, "--out", work)
