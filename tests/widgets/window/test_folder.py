import shutil

import pytest

from tests.widgets.window.test_files import anchor


@pytest.fixture
def second(clip_folder):
    return shutil.copytree(clip_folder, clip_folder.with_name("clip2"))


@pytest.fixture
def go(opened, qtbot):
    def go(command, path=None):
        said = []
        opened.workspace.said.connect(said.append)
        opened.action_set[command].trigger()
        qtbot.waitUntil(lambda: bool(said))
        assert path is None or opened.workspace.clip.path == path
        return said[-1]

    return go


def test_the_next_clip_of_the_folder_is_opened_and_nothing_of_the_first_is_lost(opened, clip_folder, second, go):
    (second / "00007.png").unlink()
    object_id = anchor(opened)
    assert go("next_clip", second) == "clip2: 2 of 2 in " + clip_folder.parent.name + "."
    assert opened.workspace.clip.n_frames == 7 and not opened.workspace.project.objects
    assert opened.status.zoom_label.text() == f"{opened.canvas.viewport.scale:.0%}"
    assert go("next_clip", second).startswith("clip2 is the last of 2")
    assert go("previous_clip", clip_folder).startswith("clip: 1 of 2")
    assert list(opened.workspace.project.objects) == [object_id]
    assert go("previous_clip", clip_folder).startswith("clip is the first of 2")


def test_after_a_project_with_a_file_comes_the_next_project(opened, tmp_path, go):
    project = opened.workspace.project
    project.save_copy(tmp_path / "b.throughline")
    opened.workspace.save_as(tmp_path / "a.throughline")
    assert go("next_clip").startswith("b.throughline: 2 of 2")
    assert opened.workspace.project.path == tmp_path / "b.throughline"
