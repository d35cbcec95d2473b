"""What was never saved is on disk all the same, found again by the clip's content."""

import pytest

from app.errors import UserError
from app.project import unsaved
from app.project.project import Project
from tests.app.project.material import CLIP, add_object, paint, pattern


def test_the_same_clip_finds_its_project_again():
    with unsaved.open_or_create(CLIP) as project:
        add_object(project)
        paint(project, 1, 0, pattern(1))
        assert unsaved.is_unsaved(project.path)
    with unsaved.open_or_create(CLIP) as again:
        assert again.mask(again.label(1, 0).mask_id) == pattern(1)
        assert again.notices == []


@pytest.mark.parametrize("fingerprint", ["sha256:ab/cd", "../../etc/passwd", "", "x" * 300, "CON"])
def test_any_fingerprint_is_a_file_in_the_store(fingerprint):
    path = unsaved.unsaved_path(fingerprint)
    assert unsaved.is_unsaved(path)
    assert path.parent.is_dir()
    assert path.suffix == ".throughline"
    assert unsaved.unsaved_path(fingerprint + "2") != path


def test_a_damaged_unsaved_project_is_set_aside_and_told_of():
    for attempt in (1, 2):
        path = unsaved.unsaved_path(CLIP.fingerprint)
        path.write_bytes(b"")
        with unsaved.open_or_create(CLIP) as project:
            (notice,) = project.notices
            assert f"damaged-{attempt}" in notice
            assert notice.startswith(f"{path.name} is damaged (it is empty)")
        aside = path.with_name(f"{path.stem}.damaged-{attempt}.throughline")
        assert aside.read_bytes() == b""


def test_an_unsaved_project_that_is_open_elsewhere_is_not_set_aside():
    with unsaved.open_or_create(CLIP), pytest.raises(UserError, match="another window"):
        unsaved.open_or_create(CLIP)


def test_discarding_leaves_nothing_and_takes_nothing_else(tmp_path):
    with unsaved.open_or_create(CLIP) as project:
        add_object(project)
    unsaved.discard(project.path)
    assert list(unsaved.unsaved_folder().iterdir()) == []
    with Project.create(tmp_path / "a.throughline", CLIP) as kept:
        assert not unsaved.is_unsaved(kept.path)
    with pytest.raises(ValueError, match="not in the unsaved store"):
        unsaved.discard(kept.path)
    assert kept.path.exists()


def test_a_store_that_cannot_be_made_is_told(own_home):
    (own_home / "xdg_data_home").write_text("in the way")
    with pytest.raises(UserError):
        unsaved.open_or_create(CLIP)
