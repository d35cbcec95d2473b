"""What a format is said to hold is in its own files: it is still there when the side-car is gone."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from app.errors import UserError
from app.formats.interface import Trait
from tests.app.formats import material
from tests.app.formats.material import MASK_FORMATS

TRACKED = [row.name for row in MASK_FORMATS.values() if row.can_read and Trait.IDENTITY in row.holds]


@pytest.mark.parametrize("name", TRACKED)
@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
@given(source=material.sources())
def test_what_is_held_survives_without_the_side_car(name, source):
    holds = MASK_FORMATS[name].holds
    with tempfile.TemporaryDirectory() as place:
        folder = material.written(name, source, Path(place) / "out")
        for file in ("objects.json", "frames.json"):
            (folder / file).unlink(missing_ok=True)
        try:
            objects, labels = material.read_back(name, folder, source.clip)
        except UserError:
            assert not any(kept.mask.area for kept in material.expected(name, source)[1].values())
            return
    wanted_objects, wanted = material.expected(name, source)
    shown = {key: kept for key, kept in labels.items() if kept.mask.area}
    wanted_shown = {key: kept for key, kept in wanted.items() if kept.mask.area}
    assert _series(shown, objects, holds) == _series(wanted_shown, wanted_objects, holds)


def _series(labels, objects, holds):
    """Return for each object that is seen what is held of it, in an order that does not depend on ids."""
    series = {}
    for (place, frame), kept in labels.items():
        said = [frame, kept.mask]
        if Trait.CONFIDENCE in holds:
            said.append(kept.confidence)
        if Trait.PROVENANCE in holds:
            said.append(kept.provenance)
        if Trait.PRESENCE in holds:
            said.append(kept.presence)
        series.setdefault(place, []).append(tuple(said))
    rows = []
    for place, said in series.items():
        found = objects[place]
        class_name = found.class_name if Trait.CLASSES in holds and found.kind.value == "mask" else ""
        name = found.name if Trait.NAMES in holds else ""
        rows.append((class_name, name, tuple(sorted(said, key=lambda row: row[0]))))
    return sorted(rows, key=repr)
