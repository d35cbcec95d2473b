"""What goes out and comes in again is the same, up to exactly what the loss report says."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy import ndimage

from tests.app.formats import material
from tests.app.formats.material import MASK_FORMATS

READABLE = [row.name for row in MASK_FORMATS.values() if row.can_read]
EXACT = [name for name in READABLE if name not in ("davis2016", "yolo-seg")]


@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(source=material.sources())
def test_out_and_in_again_is_the_same_but_for_the_losses(name, source):
    with tempfile.TemporaryDirectory() as place:
        folder = material.written(name, source, Path(place) / "out")
        objects, labels = material.read_back(name, folder, source.clip)
    wanted_objects, wanted = material.expected(name, source)
    assert material.without_ids(objects) == material.without_ids(wanted_objects)
    assert labels == wanted


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(source=material.sources(with_void=False))
def test_black_and_white_keeps_all_objects_as_one(source):
    with tempfile.TemporaryDirectory() as place:
        folder = material.written("davis2016", source, Path(place) / "out")
        (one,), labels = material.read_back("davis2016", folder, source.clip)
    assert one.name == (source.objects[0].name if len(source.objects) == 1 else "all objects")
    assert sorted(frame for _, frame in labels) == source.frames
    for (_, frame), kept in labels.items():
        united = [mask.decode() for _, _, mask in source.labels_on(frame)]
        assert np.array_equal(kept.mask.decode(), np.logical_or.reduce(united))
        assert kept.confidence == min(label.confidence for label in source.labels[frame].values())


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(source=material.sources())
def test_segments_of_yolo_lose_no_pixel_and_gain_only_holes_and_joints(source):
    with tempfile.TemporaryDirectory() as place:
        folder = material.written("yolo-seg", source, Path(place) / "out")
        objects, labels = material.read_back("yolo-seg", folder, source.clip)
    wanted_objects, wanted = material.expected("yolo-seg", source)
    assert material.without_ids(objects) == material.without_ids(wanted_objects) and labels.keys() == wanted.keys()
    for key, kept in labels.items():
        mask, left = wanted[key].mask.decode(), kept.mask.decode()
        assert replace(kept, mask=wanted[key].mask) == wanted[key] and left[mask].all()
        _, n_parts = ndimage.label(mask, np.ones((3, 3)))
        if n_parts < 2:
            assert np.array_equal(left, ndimage.binary_fill_holes(mask))
