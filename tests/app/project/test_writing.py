"""Changes reach the disk in order, one at most is on its way, and none is lost to a disk that refuses."""

import sqlite3
import threading
from contextlib import closing, contextmanager

import pytest

from app.errors import UserError
from app.project import storage, verbs
from app.project.migrations import expected_schema, schema_of
from app.project.project import Project
from tests.app.project.material import CLIP, add_object, block, paint, pattern, snapshot

resource = pytest.importorskip("resource")


@contextmanager
def full_disk(path):
    """Let no file of this process grow beyond what the project's log has now: the system's refusal is a real one."""
    log = path.with_name(path.name + "-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size if log.exists() else 0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def on_disk(path):
    """Return the revision that the file has got to."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        return file.execute("SELECT value FROM counters WHERE name = 'revision'").fetchone()[0]


@pytest.fixture
def gate(monkeypatch):
    """Hold every write at a gate; it is open at first."""
    opened = threading.Event()
    opened.set()
    write = storage.write

    def write_when_open(connection, batch):
        opened.wait()
        write(connection, batch)

    monkeypatch.setattr(storage, "write", write_when_open)
    yield opened
    opened.set()


def test_a_change_returns_before_it_is_written_and_after_the_one_before_is(project, gate):
    add_object(project)
    project.flush()
    written = on_disk(project.path)
    gate.clear()
    paint(project, 1, 0, pattern(1))
    assert on_disk(project.path) == written
    second = threading.Thread(target=paint, args=(project, 1, 1, pattern(2)))
    second.start()
    second.join(0.05)
    assert second.is_alive(), "the second change waits for the first"
    gate.set()
    second.join()
    assert on_disk(project.path) >= written + 1
    project.flush()
    assert on_disk(project.path) == written + 2


def test_masks_can_be_had_while_a_write_is_held(project, gate):
    add_object(project)
    paint(project, 1, 0, pattern(1))
    project.flush()
    gate.clear()
    paint(project, 1, 1, pattern(2))
    assert [project.mask(project.label(1, frame).mask_id) for frame in (0, 1)] == [pattern(1), pattern(2)]
    gate.set()


def test_a_full_disk_is_told_once_and_nothing_is_lost(project):
    told = []
    project.on_write_error = told.append
    add_object(project)
    paint(project, 1, 0, pattern(0))
    project.flush()
    written = on_disk(project.path)
    with full_disk(project.path):
        for number in range(1, 6):
            paint(project, 1, number, pattern(number))
        with pytest.raises(UserError, match=r"a\.throughline could not be saved because the disk"):
            project.flush()
        with pytest.raises(UserError, match="could not be saved"):
            project.close()
        assert on_disk(project.path) == written
        assert project.mask(project.label(1, 5).mask_id) == pattern(5)
    assert len(told) == 1
    assert "nothing is lost" in str(told[0])
    paint(project, 1, 6, pattern(6))
    project.flush()
    assert on_disk(project.path) == project.revision
    before = snapshot(project)
    project.close()
    with Project.open(project.path) as again:
        assert snapshot(again) == before


def test_a_second_time_is_told_again(project):
    told = []
    project.on_write_error = told.append
    add_object(project)
    project.flush()
    for number in range(2):
        with full_disk(project.path):
            paint(project, 1, number, pattern(number))
            with pytest.raises(UserError):
                project.flush()
        project.flush()
    assert len(told) == 2


def test_the_next_change_tries_again_by_itself(project):
    add_object(project)
    project.flush()
    with full_disk(project.path):
        paint(project, 1, 0, pattern(0))
        with pytest.raises(UserError):
            project.flush()
    paint(project, 1, 1, pattern(1))
    paint(project, 1, 2, pattern(2))
    assert on_disk(project.path) >= project.revision - 1


def test_a_listener_that_fails_does_not_stop_the_writing(project, caplog):
    def fail(error):
        raise RuntimeError("the window has gone")

    project.on_write_error = fail
    add_object(project)
    project.flush()
    with full_disk(project.path):
        paint(project, 1, 0, pattern(0))
        with pytest.raises(UserError):
            project.flush()
    project.flush()
    assert on_disk(project.path) == project.revision
    assert "nobody was told" in caplog.text


def test_giving_up_what_cannot_be_written_leaves_a_whole_file_behind(project, monkeypatch):
    add_object(project)
    paint(project, 1, 0, pattern(0))
    before = snapshot(project)
    project.flush()
    with monkeypatch.context() as broken:
        broken.setattr(storage, "write", lambda *_: 1 // 0)
        paint(project, 1, 0, pattern(1))
        project.apply(verbs.add_object(project))
        project.close(even_unsaved=True)
    with Project.open(project.path) as again:
        assert snapshot(again) == before, "the mask that only the lost change had dropped is still there"


def test_giving_up_tries_once_more(project):
    add_object(project)
    project.flush()
    with full_disk(project.path):
        paint(project, 1, 0, pattern(1))
        with pytest.raises(UserError):
            project.flush()
    before = snapshot(project)
    project.close(even_unsaved=True)
    with Project.open(project.path) as again:
        assert snapshot(again) == before


def test_closing_twice_is_closing_once(project):
    project.close()
    project.close()
    with Project.open(project.path):
        project.close()
        with pytest.raises(UserError, match="another window"):
            Project.open(project.path)


def test_a_fault_of_ours_in_writing_is_a_failure_like_any_other(project, monkeypatch, caplog):
    add_object(project)
    project.flush()
    with monkeypatch.context() as broken:
        broken.setattr(storage, "write", lambda *_: 1 // 0)
        paint(project, 1, 0, pattern(0))
        with pytest.raises(UserError, match="by zero"):
            project.flush()
    project.flush()
    assert on_disk(project.path) == project.revision
    assert "ZeroDivisionError" in caplog.text


def test_a_disk_that_is_full_from_the_start(tmp_path):
    path = tmp_path / "a.throughline"
    with full_disk(path), pytest.raises(UserError, match=r"a\.throughline .*disk"):
        Project.create(path, CLIP)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_does_not_fit_leaves_what_stood_there(project, tmp_path):
    add_object(project)
    for number in range(60):
        paint(project, 1, number % 10, pattern(number))
    project.flush()
    target = tmp_path / "b.throughline"
    target.write_bytes(b"what stood there")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        for save in (project.save_copy, project.save_as):
            with pytest.raises(UserError, match=r"b\.throughline .*disk"):
                save(target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_bytes() == b"what stood there"
    assert sorted(found.name for found in tmp_path.iterdir() if found.name.startswith("b.")) == [target.name]
    paint(project, 1, 0, block(0, 0, 1, 1))
    project.flush()
    assert project.path.name == "a.throughline"


def test_the_log_is_moved_into_the_file_as_it_grows(project, monkeypatch):
    monkeypatch.setattr("app.project.writer.CHECKPOINT_BYTES", 200_000)
    add_object(project)
    for number in range(400):
        paint(project, 1, number % 10, pattern(number))
    project.flush()
    log = project.path.with_name(project.path.name + "-wal")
    assert log.stat().st_size < 1_000_000
    assert project.path.stat().st_size > 20_000


def test_a_file_is_made_as_the_steps_say(project):
    with closing(storage.connect(project.path, "ro")) as file:
        assert schema_of(file) == expected_schema()


def test_a_commit_waits_for_no_disk_and_yet_survives_a_kill(project):
    with closing(storage.connect_writer(project.path)) as file:
        settings = {name: file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert settings == {"journal_mode": "wal", "synchronous": 1}
