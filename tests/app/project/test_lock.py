"""One window for each project, whatever another one does at the same moment."""

import pytest

from app.errors import UserError
from app.project.lock import ProjectLock


def test_a_lock_is_held_until_released_and_leaves_nothing(tmp_path):
    path = tmp_path / "a.throughline"
    lock = ProjectLock(path)
    with pytest.raises(UserError, match=r"a\.throughline is open in another window"):
        ProjectLock(path)
    ProjectLock(tmp_path / "b.throughline").release()
    lock.release()
    ProjectLock(path).release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_on_a_file_that_its_last_holder_removed_meanwhile_is_taken_anew(tmp_path, monkeypatch):
    path = tmp_path / "a.throughline"
    take = ProjectLock._locked
    attempts = []

    def take_what_is_then_removed(lock):
        connection = take(lock)
        attempts.append(connection)
        if len(attempts) == 1:
            lock._path.unlink()
        return connection

    with monkeypatch.context() as racing:
        racing.setattr(ProjectLock, "_locked", take_what_is_then_removed)
        lock = ProjectLock(path)
    with pytest.raises(UserError, match="another window"):
        ProjectLock(path)
    lock.release()


def test_a_lock_where_nothing_can_be_written_is_told(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        ProjectLock(tmp_path / "gone" / "a.throughline")
