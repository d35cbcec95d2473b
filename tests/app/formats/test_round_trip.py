"""What goes out and comes in again is the same, up to exactly what the loss report says."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from app.formats.registry import FORMATS
from tests.app.formats import material

READABLE = [row.name for row in FORMATS.values() if row.can_read]
EXACT = [name for name in READABLE if name not in ("davis2016", "yolo-seg")]


@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(source=material.sources())
def test_out_and_in_again_is_the_same_but_for_the_losses(name, source):
    with tempfile.TemporaryDirectory() as place:
        folder = material.written(name, source, Path(place) / "out")
        objects, labels = material.read_back(name, folder, source.clip)
    wanted_objects, wanted = material.expected(name, source)
    assert material.without_ids(objects) == material.without_ids(wanted_objects)
    assert labels == wanted
