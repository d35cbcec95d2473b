"""A file is there whole or not at all, and trouble is told by the name that its reader knows."""

import errno
import os
import sys

import pytest

from engines.whole_file import whole_file


def test_a_file_appears_only_when_the_block_is_done(tmp_path):
    file = tmp_path / "deep" / "er" / "a.csv"
    with whole_file(file) as part:
        part.write_text("new")
        assert part.parent == file.parent  # the same disk, so that taking the place is one step
        assert not file.exists()
    assert file.read_text() == "new"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("begun", [True, False])
def test_where_the_block_raises_the_old_file_stays_and_nothing_else(tmp_path, error, begun):
    file = tmp_path / "a.csv"
    file.write_text("old")
    with pytest.raises(error), whole_file(file) as part:
        if begun:
            part.write_text("half")
        raise error
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_two_that_write_the_same_file_do_not_meet(tmp_path):
    file = tmp_path / "a.csv"
    with whole_file(file) as first, whole_file(file) as second:
        first.write_text("first")
        second.write_text("second")
    assert file.read_text() == "first"
    assert list(tmp_path.iterdir()) == [file]


def test_any_name_that_the_disk_takes_can_be_written(tmp_path):
    file = tmp_path / ("a" * 255)
    with whole_file(file) as part:
        part.write_text("1")
    assert file.read_text() == "1"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_permissions_are_those_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "a.csv") as part:
            part.write_text("1")
    finally:
        os.umask(before)
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o640


def test_trouble_is_told_by_the_name_of_the_file(tmp_path):
    file = tmp_path / "a.csv"
    with pytest.raises(OSError, match=r"a\.csv"), whole_file(file):
        pass  # nothing was written, so nothing can take the place
    with pytest.raises(OSError) as caught, whole_file(file):
        raise OSError(errno.ENOSPC, "full")  # as `write` says it, without a name
    assert (caught.value.filename, caught.value.errno) == (str(file), errno.ENOSPC)
    with pytest.raises(OSError) as caught, whole_file(file):
        raise OSError(errno.EIO, "broken", "clip.mp4")
    assert caught.value.filename == "clip.mp4"
    assert not list(tmp_path.iterdir())
