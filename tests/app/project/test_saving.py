"""Copies are whole, and saving under another name goes on there with everything that could be undone."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.errors import UserError
from app.project import storage, verbs
from app.project.model import ClipRecord, RunState
from app.project.project import Project
from tests.app.project.material import HEIGHT, N_FRAMES, WIDTH, add_object, paint, pattern, result, snapshot
from tests.app.project.runs import begin, propose


@pytest.fixture
def project(tmp_path):
    """A project beside its clip, with something in it."""
    clip = ClipRecord("clips/a.mp4", str(tmp_path / "clips" / "a.mp4"), "fingerprint", WIDTH, HEIGHT, N_FRAMES)
    with Project.create(tmp_path / "a.throughline", clip) as made:
        add_object(made)
        paint(made, 1, 0, pattern(1))
        propose(made, 1, [1, 2])
        yield made


def test_a_copy_holds_the_same_and_finds_the_clip_from_where_it_is(project, tmp_path):
    target = tmp_path / "deep" / "b.throughline"
    target.parent.mkdir()
    project.save_copy(target)
    paint(project, 1, 0, pattern(2))
    with Project.open(target) as copy:
        assert copy.label(1, 0) != project.label(1, 0)
        assert copy.mask(copy.label(1, 0).mask_id) == pattern(1)
        assert copy.clip.relative_path == "../clips/a.mp4"
        assert copy.clip.absolute_path == project.clip.absolute_path
    assert project.clip.relative_path == "clips/a.mp4"
    assert sorted(found.name for found in target.parent.iterdir()) == [target.name]


def test_a_copy_replaces_what_stood_there_and_its_log(project, tmp_path):
    target = tmp_path / "b.throughline"
    with Project.create(target, project.clip) as other:
        add_object(other)
        paint(other, 1, 5, pattern(5))
        other.flush()
        log = target.with_name(target.name + "-wal")
        shutil.copy(log, tmp_path / "log")
    shutil.copy(tmp_path / "log", log)
    project.save_copy(target)
    before = snapshot(project)
    with Project.open(target) as copy:
        assert snapshot(copy) == before


def test_a_copy_may_not_replace_a_project_that_is_open(project, tmp_path):
    with Project.create(tmp_path / "b.throughline", project.clip) as other:
        add_object(other)
        with pytest.raises(UserError, match="open in another window"):
            project.save_copy(other.path)
        with pytest.raises(UserError, match="open in another window"):
            project.save_as(other.path)
    with pytest.raises(UserError, match="open in another window"):
        project.save_copy(project.path)


def test_saving_under_another_name_keeps_what_can_be_undone(project, tmp_path):
    first = snapshot(project)
    edits = [paint(project, 1, 0, pattern(number)) for number in (2, 3)]
    last, old_path = snapshot(project), project.path
    project.save_as(tmp_path / "b.throughline")
    assert project.path == tmp_path / "b.throughline"
    for edit in reversed(edits):
        project.apply(edit.inverse())
    assert snapshot(project) == first
    for edit in edits:
        project.apply(edit)
    assert snapshot(project) == last
    paint(project, 1, 9, pattern(9))
    project.close()
    with Project.open(old_path) as old:
        assert snapshot(old) == last
    with Project.open(project.path) as new:
        assert new.label(1, 9) is not None
    assert sorted(found.name for found in tmp_path.glob("*.throughline*")) == ["a.throughline", "b.throughline"]


@pytest.fixture
def refused_in(monkeypatch):
    """Refuse every write to a file of this name."""
    names = set()
    write = storage.write

    def write_elsewhere(connection, batch):
        (_, _, path), *_ = connection.execute("PRAGMA database_list").fetchall()
        if Path(path).name in names:
            raise OSError("no")
        write(connection, batch)

    monkeypatch.setattr(storage, "write", write_elsewhere)
    return names.add


def test_saving_in_another_place_takes_along_what_the_disk_so_far_refuses(project, tmp_path, refused_in):
    project.flush()
    old_path, on_disk = project.path, snapshot(project)
    refused_in(old_path.name)
    for number in range(4, 8):
        paint(project, 1, number, pattern(number))
    before = snapshot(project)
    project.save_as(tmp_path / "b.throughline")
    assert snapshot(project) == before
    paint(project, 1, 9, pattern(9))
    before = snapshot(project)
    project.close()
    with Project.open(project.path) as new:
        assert snapshot(new) == before
    with Project.open(old_path) as old:
        assert snapshot(old) == on_disk


def test_saving_in_another_place_that_refuses_too_changes_nothing(project, tmp_path, refused_in):
    project.flush()
    for name in ("a.throughline", "b.throughline"):
        refused_in(name)
    paint(project, 1, 4, pattern(4))
    before = snapshot(project)
    with pytest.raises(UserError, match=r"b\.throughline could not be saved"):
        project.save_as(tmp_path / "b.throughline")
    assert snapshot(project) == before
    assert project.path.name == "a.throughline"
    assert not list(tmp_path.glob("b.*"))
    project.close(even_unsaved=True)


def test_a_mask_that_no_label_points_to_yet_comes_along(project, tmp_path):
    edit = verbs.paint_mask(project, 1, 5, pattern(5))
    project.save_as(tmp_path / "b.throughline")
    project.apply(edit)
    assert project.mask(project.label(1, 5).mask_id) == pattern(5)


def test_a_run_goes_on_through_saving_under_another_name(project, tmp_path):
    run = begin(project)
    project.save_as(tmp_path / "b.throughline")
    project.add_results(run.run_id, [result(1, 4, pattern(4))])
    project.end_run(run.run_id, RunState.FINISHED)
    project.close()
    with Project.open(project.path) as new:
        assert new.proposal(1, 4) is not None
        assert new.notices == []


def test_saving_under_the_same_name_is_nothing_but_a_flush(project):
    path = project.path
    project.save_as(path)
    assert project.path == path
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        assert file.execute("SELECT value FROM counters WHERE name = 'revision'").fetchone() == (project.revision,)


def test_the_clip_is_remembered_where_it_was_found_and_another_one_refused(project, tmp_path):
    moved = ClipRecord("b.mp4", str(tmp_path / "b.mp4"), "fingerprint", WIDTH, HEIGHT, N_FRAMES)
    project.relocate_clip(moved)
    with pytest.raises(ValueError, match="another clip"):
        project.relocate_clip(ClipRecord("b.mp4", "/b.mp4", "other", WIDTH, HEIGHT, N_FRAMES))
    project.close()
    with Project.open(project.path) as again:
        assert again.clip == moved
        before = again.path.read_bytes()
    with Project.open(project.path) as again:
        again.relocate_clip(moved)
    assert project.path.read_bytes() == before, "to find it in its place is nothing to write down"
