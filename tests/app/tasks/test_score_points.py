import json

import numpy as np
import pytest

from app.errors import UserError
from app.formats.mask_png import davis_palette, write_mask
from app.tasks.score_points import score_points
from tests.app.points import NAMES, content, joints, write

BOX_PX = 0.6 * np.hypot(11, 11)  # corners are 2 px inside a square of 16


def moved(frames, by, joint=0, **more):
    told = content(frames, **more)
    for instances in told["frames"].values():
        instances[0][joint][0] += by
    return told


def save(path, told):
    path.write_text(json.dumps(told))
    return path


def test_the_truth_scores_1_against_itself(tmp_path):
    truth = write(tmp_path / "t.json", (0, 2, 4))
    score = score_points(truth, truth)
    assert score.pck == {"box": {0.1: 1.0, 0.2: 1.0}}
    assert (score.n_points, score.n_frames, score.median_px) == (10, 2, 0)
    assert score.tap.average_jaccard == 1
    assert score.switches is None


def test_a_joint_counts_by_the_size_of_the_box(tmp_path):
    truth = write(tmp_path / "t.json", (0, 2))
    off = save(tmp_path / "p.json", moved((0, 2), 0.15 * BOX_PX))
    score = score_points(truth, off)
    assert score.pck["box"] == {0.1: pytest.approx(4 / 5), 0.2: 1.0}
    assert score.joints == dict.fromkeys(NAMES, 1.0)


def test_and_by_that_of_the_mask(tmp_path):
    truth = write(tmp_path / "t.json", (0, 2))
    masks = tmp_path / "masks"
    masks.mkdir()
    values = np.zeros((48, 64), np.uint8)
    values[:20, :20] = 1  # 20 px
    write_mask(masks / "00002.png", values, davis_palette())
    off = save(tmp_path / "p.json", moved((0, 2), 3))
    assert score_points(truth, off, masks=masks).pck["mask"] == {0.1: pytest.approx(4 / 5), 0.2: 1.0}


def test_given_frames_do_not_count(tmp_path):
    truth = write(tmp_path / "t.json", (0, 2, 4))
    wrong = moved((0, 2, 4), 0)
    wrong["frames"]["00000"][0][0][0] += 30
    assert score_points(truth, save(tmp_path / "p.json", wrong)).pck["box"][0.1] == 1
    wrong["frames"]["00004"][0][0][0] += 30
    off = save(tmp_path / "p.json", wrong)
    assert score_points(truth, off).pck["box"][0.2] == pytest.approx(9 / 10)
    assert score_points(truth, off, given=write(tmp_path / "g.json", (0, 4))).pck["box"][0.2] == 1


def test_only_joints_that_the_truth_shows_count(tmp_path):
    told = content((0, 2))
    told["frames"]["00002"][0][0] = [None, None, 0]
    told["frames"]["00002"][0][1][2] = 0
    score = score_points(save(tmp_path / "t.json", told), write(tmp_path / "p.json", (0, 2)))
    assert score.n_points == 3
    assert score.tap.occlusion_accuracy == pytest.approx(3 / 4)


def test_joints_that_are_missing_are_wrong(tmp_path):
    told = content((0, 2))
    told["frames"]["00002"][0][0] = [None, None, 0]
    score = score_points(write(tmp_path / "t.json", (0, 2)), save(tmp_path / "p.json", told))
    assert score.pck["box"][0.2] == pytest.approx(4 / 5)


def test_joints_go_by_their_names(tmp_path):
    told = content((0, 2))
    told["names"] = NAMES[::-1]
    for instances in told["frames"].values():
        instances[0].reverse()
    assert score_points(write(tmp_path / "t.json", (0, 2)), save(tmp_path / "p.json", told)).median_px == 0


def test_two_animals_that_are_switched(tmp_path):
    both = {f"{frame:05d}": [joints(frame), joints(frame + 10)] for frame in range(3)}
    switched = both | {"00002": both["00002"][::-1]}
    truth, other = write(tmp_path / "t.json", frames=both), write(tmp_path / "p.json", frames=switched)
    assert (score_points(truth, truth).switches, score_points(truth, truth).n_swapped) == (0, 0)
    assert (score_points(truth, other).switches, score_points(truth, other).n_swapped) == (2, 2)


@pytest.mark.parametrize(
    ("truth", "prediction", "words"),
    [
        (content((0,)), content((0,)), "not given"),
        (content((0, 2)), content((0,)), "first 00002"),
        (content((0, 2)), content((0, 2), names=["a", *NAMES[1:]]), "left_top"),
        (content((0, 2)), content({"0": [joints(0)] * 2, "2": [joints(0)] * 2}), "instances"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, truth, prediction, words):
    with pytest.raises(UserError, match=words):
        score_points(save(tmp_path / "t.json", truth), save(tmp_path / "p.json", prediction))
