import json
from dataclasses import replace

import pytest

from app.project.skeleton import LEFT, RIGHT, pairs_of_names, skeleton_from, skeleton_from_json, skeleton_of

NAMES = ["nose", "left_eye", "right_eye"]


def test_text_and_back():
    made = skeleton_of("face", NAMES, [("nose", "left_eye"), ("nose", "right_eye")], colours={"nose": (1, 2, 3)})
    assert skeleton_from_json(made.to_json()) == made


def test_slots_stay_with_their_joints():
    made = skeleton_of("face", NAMES, [("nose", "left_eye")])
    fewer = replace(made, joints=made.joints[1:][::-1], bones=())
    again = skeleton_from_json(fewer.to_json())
    assert again == fewer
    assert [joint.slot for joint in again.joints] == [2, 1]
    assert again.n_slots == 3
    assert again.joint(0) is None


def test_sides_are_told_by_names_and_coloured():
    made = skeleton_of("face", NAMES)
    assert made.pairs == ((1, 2),)
    assert (made.mirrored(0), made.mirrored(1), made.mirrored(2)) == (0, 2, 1)
    assert (made.joints[1].colour, made.joints[2].colour) == (LEFT, RIGHT)


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (["upper_right_1", "lower_left_1", "upper_left_1", "lower_right_1"], {("upper_left_1", "upper_right_1"),
                                                                             ("lower_left_1", "lower_right_1")}),
        (["wingL", "wingR", "head"], {("wingL", "wingR")}),
        (["midlegL4", "midlegR4"], {("midlegL4", "midlegR4")}),
        (["leftEar", "rightEar"], {("leftEar", "rightEar")}),
        (["tail", "rail"], set()),
        (["Lip"], set()),
    ],
)  # fmt: skip
def test_pairs_of_names(names, pairs):
    assert set(pairs_of_names(names)) == pairs


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"name": "a", "joints": []}, "no joints"),
        ({"name": "a", "joints": [{"name": "x"}, {"name": "x"}]}, "two joints are called x"),
        ({"name": "a", "joints": [{"name": " "}]}, "no name"),
        ({"name": "a", "joints": [{"name": "x"}], "bones": [["x", "y"]]}, "names y"),
        ({"name": "a", "joints": [{"name": "x"}], "bones": [["x", "x"]]}, "join two"),
        ({"name": "a", "joints": [{"name": "x", "colour": [0, 0, 256]}]}, "0 to 255"),
        ({"name": "a", "joints": [{"name": "x", "slot": -1}]}, "place"),
        ({"name": "a", "joints": [{"name": "x", "slot": 10**9}]}, "place"),
        ({"name": "a", "joints": 3}, "no skeleton"),
        ([1], "no skeleton"),
        (None, "no skeleton"),
    ],
)
def test_what_is_no_skeleton_is_told(content, fault):
    with pytest.raises(ValueError, match=fault):
        skeleton_from(content)
    with pytest.raises(ValueError, match=fault):
        skeleton_from_json(json.dumps(content))
