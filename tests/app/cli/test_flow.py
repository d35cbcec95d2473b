import cv2
import numpy as np
import pytest

from tests.app.clips import write_frames

SHIFT = (3, 1)


@pytest.fixture
def clip(tmp_path):
    """Return a folder of frames that show one texture, each further on by `SHIFT`."""
    rng = np.random.default_rng(1)
    surface = cv2.GaussianBlur(rng.integers(0, 256, (140, 180, 3)).astype(np.float32), (0, 0), 2)
    surface = cv2.normalize(surface, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    (tmp_path / "clip").mkdir()
    for frame in range(5):
        x, y = 20 - SHIFT[0] * frame, 20 - SHIFT[1] * frame
        cv2.imwrite(str(tmp_path / "clip" / f"{frame:05d}.png"), surface[y : y + 96, x : x + 128])
    return tmp_path / "clip"


def test_flow_and_warp_are_written_at_the_clips_size(run, clip, tmp_path):
    out = tmp_path / "out"
    answer = run("flow", clip, "--from", 0, "--to", 4, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert sorted(file.name for file in out.iterdir()) == ["flow.json", "flow.npz", "flow.png", "warp.png"]
    with np.load(out / "flow.npz") as found:
        flow, certainty = found["flow"], found["certainty"]
    assert flow.shape == (96, 128, 2) and flow.dtype == np.float32 and certainty.shape == (96, 128)
    seen = np.isfinite(flow).all(-1)
    assert seen.mean() == pytest.approx(answer.facts["seen"], abs=1e-3)
    assert np.abs(np.median(flow[seen], 0) - 4 * np.array(SHIFT)).max() < 0.2
    assert not seen[:, -1].any(), "what has left the picture is not seen"
    here, warp = (cv2.imread(str(file)).astype(int) for file in (clip / "00000.png", out / "warp.png"))
    assert np.abs(here - warp)[seen].mean() < 6
    assert cv2.imread(str(out / "flow.png")).shape == (96, 128, 3)


def test_results_of_the_same_verb_are_replaced_and_nothing_else(run, clip, tmp_path):
    out = tmp_path / "out"
    arguments = ("flow", clip, "--from", 1, "--to", 1, "--quality", "draft", "--out", out)
    assert run(*arguments).code == 0
    assert run(*arguments).code == 0
    (out / "flow.json").write_text("{}")
    answer = run(*arguments)
    assert answer.code == 1 and "would be replaced" in answer.err


@pytest.mark.parametrize(("number", "problem"), [(5, "no frame 5"), (-1, "no frame -1")])
def test_frames_that_there_are_not_are_told(run, tmp_path, number, problem):
    clip = write_frames(tmp_path / "clip", 3)
    answer = run("flow", clip, "--from", 0, f"--to={number}", "--out", tmp_path / "out")
    assert answer.code == 1
    assert problem in answer.err and "name frames from 0 to 2" in answer.err
    assert not (tmp_path / "out").exists()
