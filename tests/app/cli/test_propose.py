import json

import cv2
import numpy as np
import pytest

from app.formats.mask_png import davis_palette, write_mask
from engines.training.scene import SceneFrames
from tests.engines.propagation.test_flow import line, moving_disc

N_FRAMES = 6


@pytest.fixture(scope="module")
def scene():
    return moving_disc(line((40, 45), (5, 3), N_FRAMES))


@pytest.fixture(scope="module")
def clip(scene, tmp_path_factory):
    """A folder of frames, and the truth beside it."""
    folder = tmp_path_factory.mktemp("clip")
    (folder / "frames").mkdir()
    (folder / "truth").mkdir()
    frames = SceneFrames(scene)
    for frame in range(N_FRAMES):
        cv2.imwrite(str(folder / "frames" / f"{frame:05d}.png"), frames.image(frame)[..., ::-1])
        write_mask(folder / "truth" / f"{frame:05d}.png", (scene.ids(frame) == 1).astype(np.uint8), davis_palette())
    return folder


@pytest.fixture(autouse=True)
def own_features(monkeypatch, tmp_path):
    monkeypatch.setattr("app.cli.propose.feature_folder", lambda: tmp_path / "features")


def test_what_is_there_already_is_refused_before_anything_is_looked_for(run, clip, tmp_path):
    mine = tmp_path / "masks" / "1" / "00002.png"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    answer = run("propose", clip / "frames", "--out", tmp_path, "--count", 3)
    assert answer.code == 1
    assert "00002.png is there already" in answer.err
    assert mine.read_text() == "mine"
    assert not (tmp_path / "tubes.json").exists()


def test_tubes_are_written_with_boxes_and_masks_and_can_be_scored(run, clip, tmp_path):
    out = tmp_path / "out"
    answer = run("propose", clip / "frames", "--out", out, "--count", 3, "--json")
    assert answer.code == 0, answer.err
    told = json.loads((out / "tubes.json").read_text())
    assert answer.facts["tubes"] == len(told["tubes"]) <= 3
    assert (told["width"], told["height"], told["frames"]) == (160, 120, N_FRAMES)
    for rank, tube in enumerate(told["tubes"]):
        assert tube["rank"] == rank and 0 <= tube["score"] <= 1 and 0.3 <= tube["survival"] <= 1
        assert len(tube["boxes"]) == N_FRAMES
        assert all(box is None or (len(box) == 4 and min(box[2:]) > 0) for box in tube["boxes"])
        pictures = sorted((out / "masks" / str(rank)).iterdir())
        assert [file.name for file in pictures] == [f"{frame:05d}.png" for frame in range(N_FRAMES)]
    assert len(list((out / "masks").iterdir())) == len(told["tubes"])
    scored = run("score", "tubes", clip / "truth", out, "--json").facts
    assert scored["objects"] == 1 and scored["tubes"] == len(told["tubes"])
    assert 0 < scored["masks"]["best"]["1"] <= scored["masks"]["best"]["10"] <= 1
    assert "best boxes" in run("score", "tubes", clip / "truth", out).out


def test_perfect_tubes_score_one(run, scene, clip, tmp_path):
    boxes = [cv2.boundingRect((scene.ids(frame) == 1).astype(np.uint8)) for frame in range(N_FRAMES)]
    (tmp_path / "tubes.json").write_text(json.dumps({"tubes": [{"boxes": [list(map(int, box)) for box in boxes]}]}))
    lines = "\n".join(",".join(map(str, box)) for box in boxes)
    (tmp_path / "groundtruth_rect.txt").write_text(lines)
    for truth in (clip / "truth", tmp_path / "groundtruth_rect.txt"):
        facts = run("score", "tubes", truth, tmp_path / "tubes.json", "--json").facts
        assert facts["boxes"]["best"]["1"] == pytest.approx(1) and facts["boxes"]["recall"]["1"] == 1
        assert facts["masks"] is None


def test_where_there_is_nothing_a_sentence_says_so(run, tmp_path):
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((60, 80, 3), np.uint8))
    answer = run("propose", tmp_path / "black.png", "--out", tmp_path / "out")
    assert answer.code == 0 and "There is nothing to find" in answer.err
    assert json.loads((tmp_path / "out" / "tubes.json").read_text())["tubes"] == []


def test_bad_input_is_told_and_nothing_is_written(run, clip, tmp_path):
    assert run("propose", tmp_path / "gone", "--out", tmp_path / "out").code == 1
    assert run("propose", clip / "frames", "--out", clip / "frames").code == 1
    assert run("propose", clip / "frames", "--out", tmp_path / "out", "--count", 0).code == 2
    (tmp_path / "tubes.json").write_text('{"tubes": [{"boxes": [[1, 2]]}]}')
    answer = run("score", "tubes", clip / "truth", tmp_path / "tubes.json")
    assert answer.code == 1 and "tubes.json" in answer.err
    (tmp_path / "tubes.json").write_text('{"tubes": [{"boxes": [[1, 2, 3, 4]]}]}')
    assert "1 frames, but the truth has 6" in run("score", "tubes", clip / "truth", tmp_path / "tubes.json").err
    assert not (tmp_path / "out").exists()
