"""A clip is found where it is, and one that is another is never taken for it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.errors import UserError
from app.project.clip_location import ClipMissing, check_clip, locate_clip, moved_record, record_of
from app.project.model import ClipRecord
from app.project.project import Project


@dataclass(frozen=True)
class FoundClip:
    path: Path
    width: int = 16
    height: int = 12
    n_frames: int = 10
    fingerprint: str = "abc"


@pytest.fixture
def folder(tmp_path):
    """A folder with a clip in it, and a project in a folder of its own."""
    (tmp_path / "work" / "projects").mkdir(parents=True)
    (tmp_path / "work" / "a.mp4").write_text("clip")
    return tmp_path / "work"


def test_a_clip_is_found_in_its_place(folder):
    project_path = folder / "projects" / "a.throughline"
    record = record_of(FoundClip(folder / "a.mp4"), project_path)
    assert record == ClipRecord("../a.mp4", str(folder / "a.mp4"), "abc", 16, 12, 10)
    assert locate_clip(project_path, record) == folder / "a.mp4"


def test_a_clip_that_moved_with_its_project_is_found(folder):
    record = record_of(FoundClip(folder / "a.mp4"), folder / "projects" / "a.throughline")
    shutil.move(folder, folder.parent / "elsewhere")
    there = folder.parent / "elsewhere"
    assert locate_clip(there / "projects" / "a.throughline", record) == there / "a.mp4"


def test_a_clip_stays_found_when_only_the_project_moves(folder):
    record = record_of(FoundClip(folder / "a.mp4"), folder / "projects" / "a.throughline")
    assert locate_clip(folder.parent / "a.throughline", record) == folder / "a.mp4"
    moved = moved_record(record, folder.parent / "b.throughline")
    assert (moved.relative_path, moved.absolute_path) == ("work/a.mp4", record.absolute_path)


@pytest.mark.parametrize("name", ["a.mp4", "\0", "x" * 5000, ""])
def test_a_clip_that_is_nowhere_is_not_guessed(tmp_path, name):
    record = ClipRecord(name, str(tmp_path / "gone" / name) if name else "/nowhere/at/all", "abc", 16, 12, 10)
    found = locate_clip(tmp_path / "a.throughline", record)
    assert found is None
    assert "is not at" in str(ClipMissing(tmp_path / "a.throughline", record))


@pytest.mark.parametrize(
    ("fingerprint", "n_frames", "says"),
    [("abc", 11, "11 frames instead of 10"), ("xyz", 10, "its pictures are others"), ("xyz", 9, "9 frames")],
)
def test_a_clip_that_changed_is_refused(fingerprint, n_frames, says):
    record = ClipRecord("a.mp4", "/a.mp4", "abc", 16, 12, 10)
    check_clip(record, "abc", 10, Path("/a.mp4"))
    with pytest.raises(UserError, match=says):
        check_clip(record, fingerprint, n_frames, Path("/a.mp4"))


@pytest.mark.skipif(os.name != "posix", reason="elsewhere names are text")
def test_a_path_that_is_no_text_comes_back(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    record = record_of(FoundClip(path), tmp_path / "a.throughline")
    Project.create(tmp_path / "a.throughline", record).close()
    with Project.open(tmp_path / "a.throughline") as project:
        assert project.clip == record
