"""A file that is not a whole project of ours is refused in one sentence and left as it is."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.errors import UserError
from app.project import verbs
from app.project.faults import DamagedFile
from app.project.migrations import CURRENT_VERSION
from app.project.model import RunState
from app.project.project import Project
from tests.app.project.material import CLIP, add_object, block, paint, pattern, result, snapshot
from tests.app.project.runs import begin, propose


@pytest.fixture
def saved(tmp_path):
    """A saved project with something in every table."""
    path = tmp_path / "work" / "a.throughline"
    path.parent.mkdir()
    with Project.create(path, CLIP) as project:
        car = add_object(project, name="car", class_name="vehicle")
        add_object(project)
        paint(project, car, 0, block(0, 0, 5, 5))
        for number in range(1, 9):
            propose(project, car, [number], mask=pattern(number))
        project.apply(verbs.accept(project, frames=range(5)))
        run = begin(project)
        project.add_results(run.run_id, [result(car, 9, pattern(9))])
        project.end_run(run.run_id, RunState.FINISHED)
    return path


def refusal(path):
    """Return the sentence with which `path` is refused; check that it changed nothing and left nothing behind."""
    before = contents_of(path.parent)
    with pytest.raises(UserError) as refused:
        Project.open(path)
    sentence = str(refused.value)
    assert path.name in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert contents_of(path.parent) == before
    return sentence


def contents_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def edit_file(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in statements:
            file.execute(statement)


def test_a_whole_project_opens_and_is_not_written_to(saved):
    before = contents_of(saved.parent)
    with Project.open(saved) as project:
        assert project.path == saved
        assert snapshot(project)[0][1].class_name == "vehicle"
        assert (len(project.labels_of(1)), len(project.proposals_of(1))) == (5, 5)
    assert contents_of(saved.parent) == before


def test_a_file_that_is_not_there(tmp_path):
    assert "There is no project" in refusal(tmp_path / "a.throughline")
    with pytest.raises(UserError, match="There is no project"):
        Project.open(tmp_path / "no" / "such" / "folder" / "a.throughline")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"a shopping list\n", "not a Throughline project"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "not a Throughline project"),
        (b"SQLite format 3\0" + bytes(20), "cut short"),
        (b"SQLite format 3\0" + bytes(2000), "another program"),
    ],
)
def test_a_file_of_something_else(tmp_path, content, says):
    path = tmp_path / "a.throughline"
    path.write_bytes(content)
    assert says in refusal(path)


def test_a_folder(tmp_path):
    (tmp_path / "a.throughline").mkdir()
    assert "a folder" in refusal(tmp_path / "a.throughline")


def test_a_database_of_another_program(tmp_path):
    path = tmp_path / "a.throughline"
    edit_file(path, "CREATE TABLE labels (anything)", "PRAGMA user_version = 1")
    assert "a database of another program" in refusal(path)


def test_a_project_of_a_newer_version(saved):
    edit_file(saved, f"PRAGMA user_version = {CURRENT_VERSION + 1}")
    assert f"its format is {CURRENT_VERSION + 1}, this one reads up to {CURRENT_VERSION}" in refusal(saved)


def test_a_project_whose_newer_version_stands_in_its_log_only(saved, tmp_path):
    with closing(sqlite3.connect(saved, isolation_level=None)) as file:
        file.execute(f"PRAGMA user_version = {CURRENT_VERSION + 1}")
        killed = tmp_path / "killed"
        killed.mkdir()
        for name in (saved.name, saved.name + "-wal"):
            shutil.copy(saved.with_name(name), killed)
    assert "newer Throughline" in refusal(killed / saved.name)


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.999])
def test_a_project_that_is_cut_short(saved, kept):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * kept)])
    assert "damaged" in refusal(saved)


def test_bits_that_turned_are_told_or_do_no_harm(saved):
    whole = saved.read_bytes()
    chance = random.Random(7)
    n_refused = 0
    for _ in range(60):
        bad = bytearray(whole)
        for _ in range(chance.choice([1, 1, 3, 40])):
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        saved.write_bytes(bad)
        try:
            project = Project.open(saved)
        except UserError:
            n_refused += 1
            assert saved.read_bytes() == bad
            assert sorted(contents_of(saved.parent)) == [saved.name]
            continue
        with project:
            every = [*project.labels_of(1).values(), *project.proposals_of(1).values()]
            for label in every:
                try:
                    assert project.mask(label.mask_id).decode().shape == (CLIP.height, CLIP.width)
                except DamagedFile:
                    n_refused += 1
            try:
                paint(project, add_object(project), 3, pattern(99))
            except DamagedFile:  # of what it would have taken pixels from
                n_refused += 1
            project.flush()
    assert n_refused > 10


# What no Throughline would write, one value at a time.
LIES = [
    "UPDATE clip SET width = 0",
    "UPDATE clip SET width = 100000",
    "UPDATE clip SET height = 'tall'",
    "UPDATE clip SET n_frames = 5",
    "UPDATE clip SET n_frames = -1",
    "UPDATE clip SET fingerprint = x'00ff'",
    "INSERT INTO clip VALUES (2, '', '', '', 16, 12, 10)",
    "DELETE FROM clip",
    "UPDATE objects SET red = 256",
    "UPDATE objects SET blue = -1",
    "UPDATE objects SET green = 0.5",
    "UPDATE objects SET kind = 'hologram'",
    "UPDATE objects SET is_hidden = 2",
    "UPDATE objects SET name = printf('%.5000c', 'x')",
    "UPDATE objects SET name = x'ff'",
    "UPDATE objects SET position = -1",
    "UPDATE objects SET object_id = -1 WHERE object_id = 2",
    "UPDATE objects SET object_id = 9223372036854775807 WHERE object_id = 2",
    "DELETE FROM objects",
    "UPDATE labels SET frame = 10 WHERE frame = 4",
    "UPDATE labels SET frame = -1 WHERE frame = 4",
    "UPDATE labels SET frame = 'four' WHERE frame = 4",
    "UPDATE labels SET frame = 0.5 WHERE frame = 4",
    "UPDATE labels SET provenance = 'god'",
    "UPDATE labels SET presence = 'everywhere'",
    "UPDATE labels SET confidence = 2",
    "UPDATE labels SET confidence = 'sure'",
    "UPDATE labels SET confidence = 9e999",
    "UPDATE labels SET mask_id = 0",
    "UPDATE labels SET mask_id = 'mask'",
    "UPDATE labels SET mask_id = 9223372036854775807",
    "UPDATE labels SET left_source = -1",
    "UPDATE labels SET run_id = x'01'",
    "UPDATE labels SET object_id = 77",
    "UPDATE proposals SET provenance = 'anchor'",
    "UPDATE proposals SET frame = frame + 1000",
    "UPDATE runs SET state = 'dreaming'",
    "UPDATE runs SET base_revision = -5",
    "UPDATE runs SET engine = x'c0'",
    "UPDATE stretches SET last = -1",
    "UPDATE stretches SET left_anchor = 'left'",
    "UPDATE counters SET value = -1",
    "UPDATE counters SET value = 'many'",
    "UPDATE masks SET mask_id = 9223372036854775807 WHERE mask_id = 1",
    "UPDATE masks SET mask_id = -mask_id",
    "DROP TABLE runs",
    "ALTER TABLE labels ADD COLUMN extra",
    "CREATE TABLE extra (x)",
    "CREATE TRIGGER t AFTER INSERT ON labels BEGIN DELETE FROM labels; END",
]


@pytest.mark.parametrize("lie", LIES)
def test_values_that_make_no_sense(saved, lie):
    edit_file(saved, lie)
    assert "a.throughline is damaged" in refusal(saved)


def test_a_view_in_place_of_a_table(saved):
    edit_file(saved, "DROP TABLE labels", "CREATE VIEW labels AS SELECT * FROM proposals")
    assert "damaged" in refusal(saved)


def test_counters_that_fell_behind_give_no_id_twice(saved):
    edit_file(saved, "DELETE FROM counters")
    with Project.open(saved) as project:
        masks = {label.mask_id for label in (*project.labels_of(1).values(), *project.proposals_of(1).values())}
        assert project.next_object_id() == 3
        assert project.add_mask(pattern(12345)) > max(masks)
        last_run = max(project.runs)
        assert begin(project).run_id == last_run + 1


def test_a_project_that_is_open_already(saved):
    with Project.open(saved) as project:
        paint(project, 2, 3, pattern(3))
        with pytest.raises(UserError, match="open in another window"):
            Project.open(saved)
        paint(project, 2, 4, pattern(4))
        project.flush()


def test_a_project_that_another_program_has_open(saved):
    script = f"from app.project.project import Project; p = Project.open({str(saved)!r}); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[3], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        try:
            with pytest.raises(UserError, match="open in another window: go on there, or close it there first"):
                Project.open(saved)
            link = saved.with_name("link.throughline")
            link.symlink_to(saved)
            with pytest.raises(UserError, match="open in another window"):
                Project.open(link)
        finally:
            other.kill()
    Project.open(saved).close()


def test_a_lock_that_a_kill_left_is_no_hindrance(saved):
    saved.with_name(saved.name + ".lock").touch()
    Project.open(saved).close()
    assert sorted(contents_of(saved.parent)) == [saved.name]


@contextmanager
def an_ordinary_user():
    """Give up root's rights to write everywhere, where the tests have them."""
    if os.name != "posix":
        pytest.skip("permissions of this kind are POSIX's")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("read_only", ["folder", "file"])
def test_a_project_that_may_not_be_written(saved, read_only):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.throughline"
        shutil.copy(saved, path)
        path.chmod(0o666 if read_only == "folder" else 0o444)
        Path(folder).chmod(0o555 if read_only == "folder" else 0o777)
        with an_ordinary_user():
            assert "cannot be written" in refusal(path)
        Path(folder).chmod(0o755)


def test_creating_where_nothing_may_be_written(tmp_path):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with an_ordinary_user(), pytest.raises(UserError, match=r"a\.throughline cannot be written"):
            Project.create(Path(folder) / "a.throughline", CLIP)
        Path(folder).chmod(0o755)
        assert not any(Path(folder).iterdir())
    with pytest.raises(UserError, match="There is no folder"):
        Project.create(tmp_path / "no" / "a.throughline", CLIP)


def test_creating_where_a_file_stands(saved):
    before = contents_of(saved.parent)
    with pytest.raises(UserError, match="exists already"):
        Project.create(saved, CLIP)
    assert contents_of(saved.parent) == before


def test_creating_where_a_deleted_project_left_its_log(saved, tmp_path):
    with Project.open(saved) as project:
        paint(project, 2, 3, pattern(3))
        project.flush()
        path = tmp_path / "a.throughline"
        shutil.copy(saved.with_name(saved.name + "-wal"), path.with_name(path.name + "-wal"))
    with Project.create(path, CLIP) as project:
        assert snapshot(project) == ({}, {}, {})
