import errno

import pytest

from app.errors import UserError
from app.os_errors import told_to_the_user, user_error


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "No space is left"),
        (errno.EACCES, "not allowed"),
        (errno.EROFS, "can only be read"),
        (errno.EISDIR, "is a folder"),
        (errno.ENAMETOOLONG, "too long"),
    ],
)
def test_every_refusal_becomes_one_sentence_with_the_name_in_it(number, words):
    told = user_error(OSError(number, "raw words", "clip.png"))
    assert words in str(told)
    assert "clip.png" in told.problem
    assert "raw words" not in str(told)
    assert str(told).count("\n") == 0
    assert str(told).endswith(".")


def test_an_unknown_refusal_keeps_the_systems_reason():
    assert "Exotic" in str(user_error(OSError(99999, "Exotic", "x")))
    assert user_error(OSError("no number")).problem


def test_the_name_that_the_person_knows_comes_first():
    assert "out" in user_error(OSError(errno.ENOSPC, "", "/tmp/.partial/00001.png"), "out").problem


def test_endless_names_are_shortened():
    assert len(str(user_error(OSError(errno.ENAMETOOLONG, "", "n" * 5000)))) < 300


def test_only_os_errors_are_translated():
    with pytest.raises(UserError, match="There is no"), told_to_the_user():
        open("/nowhere/at/all")  # noqa: PTH123, SIM115 - any OSError does
    with pytest.raises(ValueError, match="other"), told_to_the_user():
        raise ValueError("other")
