import json

import pytest

from app.errors import UserError
from app.formats.skeletons import SHIPPED_FOLDER, read_skeleton, shipped
from app.project.skeleton import skeleton_from_json


def test_every_shipped_skeleton_can_be_read_and_stored():
    assert len(shipped()) == len(list(SHIPPED_FOLDER.glob("*.json")))
    for skeleton in shipped():
        assert skeleton_from_json(skeleton.to_json()) == skeleton
        assert skeleton.bones
        assert len({joint.name for joint in skeleton.joints}) == len(skeleton.joints)


def test_the_shipped_ones_have_the_joints_that_their_names_say():
    counts = {path.stem: len(read_skeleton(path).joints) for path in SHIPPED_FOLDER.glob("*.json")}
    assert counts == {stem: int(stem.rpartition("-")[2]) for stem in counts}


def test_every_joint_of_a_shipped_skeleton_hangs_on_a_bone():
    for skeleton in shipped():
        joined = {slot for bone in skeleton.bones for slot in bone}
        assert {joint.slot for joint in skeleton.joints} <= joined


def test_a_datasets_joints_get_the_bones_of_the_shipped_skeleton_with_the_same(tmp_path):
    path = tmp_path / "camel" / "keypoints.json"
    path.parent.mkdir()
    coco = next(skeleton for skeleton in shipped() if "COCO" in skeleton.name)
    names = [joint.name for joint in coco.joints][::-1]
    path.write_text(json.dumps({"names": names, "frames": {}}))
    found = read_skeleton(path)
    assert [joint.name for joint in found.joints] == names
    assert [joint.slot for joint in found.joints] == list(range(17))
    assert len(found.bones) == len(coco.bones)


def test_a_datasets_own_joints(tmp_path):
    path = tmp_path / "points.json"
    path.write_text(json.dumps({"names": ["head", "wingL", "wingR"], "bones": [["head", "wingL"]], "frames": {}}))
    found = read_skeleton(path)
    assert (found.name, found.bones, found.pairs) == (tmp_path.name, ((0, 1),), ((1, 2),))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"names": []}', '{"names": [3]}', '{"name": "a", "joints": []}'])
def test_a_file_without_a_skeleton_is_told(tmp_path, content):
    path = tmp_path / "points.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"points\.json cannot be read as a skeleton"):
        read_skeleton(path)
