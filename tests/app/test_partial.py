"""What killed programs leave is removed; nothing else is."""

import platform

import pytest

from app.partial import clear_left_overs, partial_name
from app.process_lock import ProcessLock


def left_behind(folder, monkeypatch, make):
    """Do as a killed program does: leave what `make` made, and a lock that nobody holds."""
    with monkeypatch.context() as killed:
        killed.setattr("app.partial._remove", lambda path: None)
        killed.setattr("app.partial.ProcessLock.release", lambda lock: lock._connection.close())
        with partial_name(folder) as path:
            make(path)
    assert any(folder.iterdir())


def make_folder(path):
    path.mkdir()
    (path / "00000.png").touch()


def make_project(path):
    for end in ("", "-wal", "-shm", ".new", ".lock"):
        path.with_name(path.name + end).touch()


@pytest.mark.parametrize("make", [make_folder, make_project])
def test_what_a_killed_program_left_goes(tmp_path, monkeypatch, make):
    left_behind(tmp_path, monkeypatch, make)
    with partial_name(tmp_path) as path:
        assert not path.exists()
        assert [file.name.startswith(path.name) for file in tmp_path.iterdir()] == [True]
    assert list(tmp_path.iterdir()) == []


def test_what_is_at_work_stays(tmp_path):
    with partial_name(tmp_path) as path:
        make_folder(path)
        clear_left_overs(tmp_path)
        with partial_name(tmp_path) as other:
            other.mkdir()
        assert (path / "00000.png").exists()
    assert list(tmp_path.iterdir()) == []


def test_what_another_machine_left_stays(tmp_path, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(platform, "node", lambda: "elsewhere")
        left_behind(tmp_path, monkeypatch, make_folder)
    before = sorted(tmp_path.iterdir())
    clear_left_overs(tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_called_otherwise_stays(tmp_path):
    for name in (".throughline-partial-1234", "a.held.lock", ".throughline-partial-x.lock"):
        (tmp_path / name).touch()
    before = sorted(tmp_path.iterdir())
    clear_left_overs(tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_where_locks_cannot_be_had_it_works_all_the_same(tmp_path, monkeypatch):
    def refuse(lock):
        raise OSError("no locks here")

    monkeypatch.setattr(ProcessLock, "_take", refuse)
    with partial_name(tmp_path) as path:
        make_folder(path)
    assert list(tmp_path.iterdir()) == []
