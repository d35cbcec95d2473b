"""Points that go out and come in again are the same, up to exactly what the loss report says."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.app.formats import joint_material, material
from tests.app.formats.joint_material import POINT_FORMATS

REACH_PX = dict.fromkeys(POINT_FORMATS, 0.0) | {"tap-vid": 1e-9, "jhmdb": 1e-9, "yolo-pose": 1e-4}
"""How far a place may be from where it was, as the format's numbers have it."""
KEEPS = {
    "yolo-pose": {
        "keeps": lambda joint, clip: -0.5 <= joint.x <= clip.width - 0.5 and -0.5 <= joint.y <= clip.height - 0.5
    }
}
"""Which joints a format keeps, where not all."""


@pytest.mark.parametrize("name", POINT_FORMATS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(source=joint_material.point_sources())
def test_out_and_in_again_is_the_same_but_for_the_losses(name, source):
    with tempfile.TemporaryDirectory() as place:
        folder = material.written(name, source, Path(place) / "out")
        objects, labels = material.read_back(name, folder, source.clip)
    wanted_objects, wanted = joint_material.expected(source, **KEEPS.get(name, {}))
    assert material.without_ids(objects) == material.without_ids(wanted_objects)
    joint_material.assert_alike(labels, wanted, REACH_PX[name])
