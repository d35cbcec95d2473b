"""What was learned on a clip lies in its project, one for each weights, until it is forgotten or replaced."""

import sqlite3
from contextlib import closing

import pytest

from app.errors import UserError
from app.project.model import LearnedOnClip
from app.project.project import Project
from tests.app.project.material import CLIP


def found(weights="w", data=b"numbers"):
    return LearnedOnClip(weights, "IoU on 2 left-out anchors .810 → .840: taken in", data)


@pytest.fixture
def path(tmp_path):
    with Project.create(tmp_path / "a.throughline", CLIP) as project:
        project.keep_learned(found())
    return project.path


def test_it_is_there_again_when_the_project_is_opened(path):
    with Project.open(path) as project:
        assert project.learned("w") == found()
        assert project.learned("other weights") is None


def test_newer_replaces_older_and_other_weights_keep_theirs(path):
    with Project.open(path) as project:
        project.keep_learned(found("v"))
        project.keep_learned(found(data=b"other numbers"))
    with Project.open(path) as project:
        assert (project.learned("v"), project.learned("w")) == (found("v"), found(data=b"other numbers"))


def test_what_is_forgotten_is_gone(path):
    with Project.open(path) as project:
        project.forget_learned("w")
        project.forget_learned("never learned")
        assert project.learned("w") is None
    with Project.open(path) as project:
        assert project.learned("w") is None


def test_it_goes_along_to_another_file(path, tmp_path):
    with Project.open(path) as project:
        project.save_as(tmp_path / "b.throughline")
    with Project.open(tmp_path / "b.throughline") as project:
        assert project.learned("w") == found()


def test_its_fingerprint_tells_it_from_others():
    assert found().fingerprint == found("v").fingerprint != found(data=b"other numbers").fingerprint


def test_a_file_in_which_it_makes_no_sense_is_refused(path):
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE learned SET data = 7")
        file.commit()
    with pytest.raises(UserError, match="damaged"):
        Project.open(path)
