import pytest

from app.errors import UserError
from widgets.bench_workspace import bench_workspace, open_project, smooth_noise, write_project


def test_a_bench_opens_its_project_and_leaves_nothing_behind(qapp):
    with bench_workspace() as (workspace, folder):
        picture = smooth_noise(40, 30, 8)
        open_project(workspace, write_project(folder, [picture, picture]))
        assert workspace.picture(0).image.shape == (30, 40, 3)
        assert workspace.clip.n_frames == 2
    assert not folder.exists()
    assert workspace.project is None


def test_a_bench_that_cannot_open_its_project_says_why_at_once(qapp):
    with bench_workspace() as (workspace, folder), pytest.raises(UserError, match="none"):
        open_project(workspace, folder / "none.throughline")
