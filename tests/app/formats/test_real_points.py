"""The real points that people gave us, in, out in every format and in again; left out where they are not to be had."""

from pathlib import Path

import pytest

from app.formats.interface import LabelSource
from app.formats.placing import placed
from app.formats.registry import reader
from app.media.clip import open_clip
from app.project.model import Label
from tests.app.formats import joint_material, material
from tests.app.formats.joint_material import POINT_FORMATS
from tests.app.formats.test_round_trip_points import KEEPS, REACH_PX

DATA = Path(__file__).parents[4] / "shared" / "data"
N_FRAMES = 40
CLIPS = {"camel": "JPEGImages/480p/camel", "sleap-flies-clip": "keypoints/sleap-flies-clip/video.mp4"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the development data are not here")


@pytest.fixture(scope="module", params=CLIPS)
def source(request):
    """Human labels of BADJA on every fifth frame, and two flies of SLEAP's on every one."""
    clip = open_clip(DATA / CLIPS[request.param])
    found = placed(reader("points").read(DATA / "keypoints" / request.param, clip), clip)
    stored, labels = [], {}
    for label in (label for on_frame in found.labels for label in on_frame if label.frame < N_FRAMES):
        stored.append(label.mask)
        made = Label(label.provenance, len(stored), label.presence)
        labels.setdefault(label.frame, {})[label.object_id] = made
    return LabelSource(clip, found.objects, labels, {}.__getitem__, lambda points_id: stored[points_id - 1])


def test_what_was_read_is_what_people_placed(source):
    n_joints = {len(found.skeleton.joints) for found in source.objects}
    assert (len(source.objects), n_joints) in [(1, {20}), (2, {13})]
    assert all(found.skeleton.bones for found in source.objects if len(found.skeleton.joints) == 20)
    assert len(source.frames) == (9 if len(source.objects) == 1 else N_FRAMES)


@pytest.mark.parametrize("name", POINT_FORMATS)
def test_real_points_survive(name, source, tmp_path):
    folder = material.written(name, source, tmp_path / "out")
    objects, labels = material.read_back(name, folder, source.clip)
    wanted_objects, wanted = joint_material.expected(source, **KEEPS.get(name, {}))
    assert material.without_ids(objects) == material.without_ids(wanted_objects)
    size = max(source.clip.width, source.clip.height)
    joint_material.assert_alike(labels, wanted, size * 1e-6 if name == "yolo-pose" else REACH_PX[name])
