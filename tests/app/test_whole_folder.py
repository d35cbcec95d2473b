import errno
import os

import pytest

from app.errors import UserError
from app.whole_folder import Mark, refuse_own_folder, whole_folder


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_appears_only_when_the_block_is_done(tmp_path):
    out = tmp_path / "deep" / "er" / "out"
    with whole_folder(out) as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "deep").exists()
    assert tree(tmp_path) == {"deep/er/out/a": "1"}
    assert list(out.parent.iterdir()) == [out]


MARK = Mark("table", b"made by us")


def test_over_earlier_results_files_are_replaced_and_others_left_alone(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "table").write_text("... made by us ...")
    (tmp_path / "mine").write_text("mine")
    with whole_folder(tmp_path, MARK, ["a"]) as folder:
        (folder / "a").write_text("new")
        assert (tmp_path / "a").read_text() == "old"
    assert tree(tmp_path) == {"a": "new", "mine": "mine", "table": "... made by us ..."}


@pytest.mark.parametrize("table", [None, "", "made by others"])
def test_what_is_no_earlier_result_is_never_replaced(tmp_path, table):
    (tmp_path / "b").write_text("mine")
    if table is not None:
        (tmp_path / "table").write_text(table)
    before = tree(tmp_path)
    with pytest.raises(UserError, match=r"b is there already.*: name another folder"):  # noqa: SIM117
        with whole_folder(tmp_path, MARK, ["a", "b"]):
            raise AssertionError("must not start")
    with pytest.raises(UserError, match="b is there already"), whole_folder(tmp_path, MARK) as folder:
        (folder / "a").write_text("new")
        (folder / "b").write_text("new")  # a name that was not known beforehand
    assert tree(tmp_path) == before


def test_folders_within_a_folder_that_exists_are_filled_file_by_file(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "mine").write_text("mine")
    with whole_folder(tmp_path) as folder:
        (folder / "labels").mkdir()
        (folder / "labels" / "a").write_text("new")
    assert tree(tmp_path) == {"labels/mine": "mine", "labels/a": "new"}


def test_a_file_where_a_folder_is_needed_is_told_and_nothing_changes(tmp_path):
    (tmp_path / "labels").write_text("mine")
    with pytest.raises(UserError, match="labels is a file"), whole_folder(tmp_path) as folder:
        (folder / "a").write_text("new")
        (folder / "labels").mkdir()
        (folder / "labels" / "b").write_text("new")
    assert tree(tmp_path) == {"labels": "mine"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("exists", [True, False])
def test_nothing_stays_behind_when_the_block_raises(tmp_path, error, exists):
    out = tmp_path / "out"
    if exists:
        out.mkdir()
        (out / "a").write_text("old")
    with pytest.raises(error), whole_folder(out) as folder:
        (folder / "a").write_text("new")
        raise error
    assert tree(tmp_path) == ({"out/a": "old"} if exists else {})
    assert len(list(tmp_path.rglob("*"))) == (2 if exists else 0)


def test_a_generator_that_is_closed_leaves_nothing_behind(tmp_path):
    def writing():
        with whole_folder(tmp_path / "out") as folder:
            (folder / "a").write_text("1")
            yield

    steps = writing()
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_by_the_name_of_the_folder(tmp_path):
    with pytest.raises(UserError, match=r"No space is left on the disk for .*out: ") as caught:  # noqa: SIM117
        with whole_folder(tmp_path / "out") as folder:
            raise OSError(errno.ENOSPC, "", str(folder / "00003.png"))
    assert "partial" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_sentence_about_the_temporary_place_names_the_final_one(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(UserError) as caught, whole_folder(out) as folder:
        raise UserError(f"{folder / 'a.mp4'} is cursed", "burn it")
    assert str(caught.value) == f"{out / 'a.mp4'} is cursed: burn it."


def test_trouble_with_another_file_keeps_that_files_name(tmp_path):
    with pytest.raises(UserError, match=r"clip\.mp4"), whole_folder(tmp_path / "out"):
        raise OSError(errno.EIO, "", "clip.mp4")


def test_a_file_in_the_way_is_refused_at_once(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UserError, match="is a file"), whole_folder(tmp_path / "out"):
        raise AssertionError("must not start")
    with pytest.raises(UserError, match="not a folder"), whole_folder(tmp_path / "out" / "below"):
        raise AssertionError("must not start")


def test_a_folder_in_the_place_of_a_file_is_refused_before_anything_is_replaced(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(UserError, match="where a file is needed"), whole_folder(tmp_path) as folder:
        (folder / "a").write_text("1")
        (folder / "b").write_text("1")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind root")
def test_an_unwritable_place_is_refused_at_once(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="not allowed"), whole_folder(tmp_path / "out"):
        raise AssertionError("must not start")
    tmp_path.chmod(0o700)


def test_results_do_not_go_among_their_own_sources(tmp_path):
    with pytest.raises(UserError, match="made from"):
        refuse_own_folder(tmp_path / ".." / tmp_path.name, tmp_path)
    refuse_own_folder(tmp_path / "out", tmp_path)
