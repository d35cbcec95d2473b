import shutil

import pytest

from app.desk.run_request import RunRequest
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


def test_a_run_that_opening_another_clip_ends_is_told_of_once(opened, clip_folder, second, qtbot):
    (second / "00007.png").unlink()
    anchor(opened)
    workspace = opened.workspace
    workspace.start_run(RunRequest(engine="copy", pause_after=2, unsure_below=1.0))
    qtbot.waitUntil(lambda: workspace.runner.active.is_paused, timeout=60_000)
    for path in (second, clip_folder):
        opened.files.open_path(path)
        qtbot.waitUntil(lambda path=path: workspace.clip is not None and workspace.clip.path == path)
        told = [each.text for each in opened.messages.history if each.text.startswith("The run on")]
        assert told == ["The run on clip was stopped; what it had found is kept."]
        is_seen = told[0] in [banner.message.text for banner in opened.messages.banners]
        assert is_seen == (path == second)
    assert workspace.project.proposals_of(1)
