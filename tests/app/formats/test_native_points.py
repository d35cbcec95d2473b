"""What a format of points is said to hold is in its own files: it is still there when the side-car is gone."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from app.errors import UserError
from app.formats.interface import Trait
from tests.app.formats import joint_material, material
from tests.app.formats.joint_material import POINT_FORMATS
from tests.app.formats.test_round_trip_points import KEEPS, REACH_PX

TRACKED = [row.name for row in POINT_FORMATS.values() if Trait.IDENTITY in row.holds]
SINGLE = 1e-6
"""How exact numbers of single precision are, of which some formats make scores."""


@pytest.mark.parametrize("name", TRACKED)
@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
@given(source=joint_material.point_sources())
def test_what_is_held_survives_without_the_side_car(name, source):
    holds = POINT_FORMATS[name].holds
    wanted_objects, wanted = joint_material.expected(source, **KEEPS.get(name, {}))
    with tempfile.TemporaryDirectory() as place:
        folder = material.written(name, source, Path(place) / "out")
        for file in ("objects.json", "frames.json"):
            (folder / file).unlink()
        try:
            objects, labels = material.read_back(name, folder, source.clip)
        except UserError:
            assert not any(kept.mask.joints for kept in wanted.values())
            return
    shown = {key: kept for key, kept in wanted.items() if kept.mask.joints}
    assert len(labels) == len(shown)
    for place, found in enumerate(objects):
        of_object = {frame: kept for (owner, frame), kept in labels.items() if owner == place}
        assert not of_object or any(
            _is_the_same(found, of_object, wanted_objects[other], shown, other, holds, REACH_PX[name])
            for other in range(len(wanted_objects))
        )


def _is_the_same(found, labels, told, shown, place, holds, reach_px):
    """Return whether what is held of an object and its labels is there."""
    wanted = {frame: kept for (owner, frame), kept in shown.items() if owner == place}
    skeleton, held = found.skeleton, told.skeleton
    checks = [
        labels.keys() == wanted.keys(),
        Trait.CLASSES not in holds or found.class_name == told.class_name,
        Trait.NAMES not in holds or found.name == told.name,
        Trait.JOINTS not in holds or [j.name for j in skeleton.joints] == [j.name for j in held.joints],
        Trait.BONES not in holds or skeleton.bones == held.bones,
        Trait.SIDES not in holds or set(map(frozenset, skeleton.pairs)) == set(map(frozenset, held.pairs)),
    ]
    return all(checks) and all(_says_the_same(labels[frame], wanted[frame], holds, reach_px) for frame in wanted)


def _says_the_same(kept, wanted, holds, reach_px):
    joints = list(zip(kept.mask.joints, wanted.mask.joints, strict=False))
    checks = [
        len(kept.mask.joints) == len(wanted.mask.joints),
        Trait.PROVENANCE not in holds or kept.provenance == wanted.provenance,
        Trait.PRESENCE not in holds or kept.presence == wanted.presence,
        Trait.CONFIDENCE not in holds or abs(kept.confidence - wanted.confidence) < SINGLE,
    ]
    for joint, told in joints:
        checks.append((joint is None) == (told is None))
        if joint is not None and told is not None:
            checks += [
                max(abs(joint.x - told.x), abs(joint.y - told.y)) <= reach_px,
                Trait.VISIBILITY not in holds or joint.is_visible == told.is_visible,
                Trait.JOINT_CONFIDENCE not in holds or abs(joint.confidence - told.confidence) < SINGLE,
            ]
    return all(checks)
