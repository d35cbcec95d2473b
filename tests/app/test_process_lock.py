"""One holder for each name, whatever another one does at the same moment."""

import pytest

from app.process_lock import ProcessLock


def test_a_lock_is_held_until_released_and_leaves_nothing(tmp_path):
    path = tmp_path / "a"
    lock = ProcessLock(path)
    with pytest.raises(BlockingIOError):
        ProcessLock(path)
    ProcessLock(tmp_path / "b").release()
    lock.release()
    ProcessLock(path).release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_on_a_file_that_its_last_holder_removed_meanwhile_is_taken_anew(tmp_path, monkeypatch):
    path = tmp_path / "a"
    take = ProcessLock._locked
    attempts = []

    def take_what_is_then_removed(lock):
        connection = take(lock)
        attempts.append(connection)
        if len(attempts) == 1:
            lock._path.unlink()
        return connection

    with monkeypatch.context() as racing:
        racing.setattr(ProcessLock, "_locked", take_what_is_then_removed)
        lock = ProcessLock(path)
    with pytest.raises(BlockingIOError):
        ProcessLock(path)
    lock.release()


def test_a_lock_where_nothing_can_be_written_is_told(tmp_path):
    with pytest.raises(OSError, match="cannot be locked"):
        ProcessLock(tmp_path / "gone" / "a")
