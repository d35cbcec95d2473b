import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from app.errors import UserError
from app.formats import davis
from app.formats.losses import kept_beside, losses
from app.formats.mask_png import ONLY_255, davis_palette, read_mask
from app.formats.placing import placed
from app.formats.registry import FORMATS
from app.project.model import Object, Provenance
from engines.labels.presence import Presence
from tests.app.clips import HEIGHT, WIDTH, square

N_FRAMES = 5


def write(source, folder):
    folder.mkdir()
    assert sum(1 for _ in davis.write(source, folder)) == N_FRAMES
    return folder


def read(folder, clip):
    found = placed(davis.read(folder, clip), clip)
    steps = list(found.labels)
    assert len(steps) == found.n_steps
    return found.objects, {(label.object_id, label.frame): label.mask for labels in steps for label in labels}


def test_what_is_written_is_read_back(maker, tmp_path):
    maker.add(2, "große Katze", (1, 2, 3), class_name="cat")
    maker.add(7, "dog", (4, 5, 6))
    maker.put(2, 0, square(0))
    maker.put(7, 3, np.roll(square(0), 20, axis=0))
    maker.put(2, 3, np.zeros((HEIGHT, WIDTH), bool), presence=Presence.OUT_OF_FRAME)
    objects, anchors = read(write(maker.source(), tmp_path / "out"), maker.clip)
    assert [dataclasses.replace(found, position=0) for found in objects] == [
        Object(2, "große Katze", (1, 2, 3), class_name="cat"),
        Object(7, "dog", (4, 5, 6)),
    ]
    assert anchors == {
        (object_id, frame): maker.masks[label.mask_id - 1]
        for frame, on_frame in maker.labels.items()
        for object_id, label in on_frame.items()
    }


def test_every_frame_has_a_png_in_the_colours_of_davis(maker, tmp_path):
    maker.add(1)
    maker.put(1, 2, square(2))
    folder = write(maker.source(), tmp_path / "out")
    pictures = [read_mask(folder / f"{frame:05d}.png") for frame in range(N_FRAMES)]
    assert [picture.values.any() for picture in pictures] == [False, False, True, False, False]
    assert np.array_equal(pictures[2].values, square(2))
    assert np.array_equal(pictures[0].palette, davis_palette())


def test_the_upper_object_keeps_shared_pixels(maker, tmp_path):
    maker.add(5)
    maker.add(3)  # above it in the list, whatever the ids
    for object_id in (5, 3):
        maker.put(object_id, 0, square(0))
    source = maker.source()
    assert any("overlap" in loss for loss in losses(source, FORMATS["davis"]))
    assert np.array_equal(read_mask(write(source, tmp_path / "out") / "00000.png").values, square(0) * 3)


def test_what_a_person_drew_keeps_its_pixels_under_what_was_found_or_carried(maker, tmp_path):
    for object_id, provenance in ((5, Provenance.ANCHOR), (3, Provenance.DERIVED)):
        maker.add(object_id)
        maker.put(object_id, 0, square(0), provenance)
    assert np.array_equal(read_mask(write(maker.source(), tmp_path / "out") / "00000.png").values, square(0) * 5)


def test_time_stamps_and_names_go_along(maker, tmp_path):
    maker.add(1)
    rows = json.loads((write(maker.source(), tmp_path / "out") / "frames.json").read_text(encoding="utf-8"))
    assert [row["frame"] for row in rows] == list(range(N_FRAMES))
    assert [row["time_s"] for row in rows] == pytest.approx(list(maker.clip.times_s))
    assert [row["name"] for row in rows] == list(maker.clip.names)


def test_ids_too_high_for_a_png_are_numbered_anew_and_this_is_told(maker, tmp_path):
    maker.add(300)
    maker.add(4)
    maker.put(300, 0, square(0))
    source = maker.source()
    assert any("numbered anew" in loss for loss in davis.plan(source).losses)
    objects, anchors = read(write(source, tmp_path / "out"), maker.clip)
    assert {found.object_id: found.name for found in objects} == {2: "object 300", 1: "object 4"}
    assert np.array_equal(anchors[2, 0].decode(), square(0))


def test_more_objects_than_a_png_has_values_are_refused(maker, tmp_path):
    for object_id in range(1, 257):
        maker.add(object_id)
    with pytest.raises(UserError, match="256 objects"):
        next(davis.write(maker.source(), tmp_path))


def test_what_only_the_side_car_keeps_is_told(maker):
    maker.add(1)
    maker.put(1, 0, square(0))
    row = FORMATS["davis"]
    assert losses(maker.source(), row) == () and "presence" not in " ".join(kept_beside(maker.source(), row))
    maker.put(1, 1, square(1), provenance=Provenance.DERIVED)
    maker.put(1, 2, np.zeros((HEIGHT, WIDTH), bool), presence=Presence.OCCLUDED)
    (told,) = kept_beside(maker.source(), row)
    assert "confidence" in told and "presence" in told and "objects.json and frames.json" in told


def test_255_is_void_where_there_are_other_values(maker, tmp_path):
    values = square(0).astype(np.uint8)
    values[40:45] = 255
    Image.fromarray(values).save(tmp_path / "00000.png")
    objects, labels = read(tmp_path, maker.clip)
    assert [found.kind.value for found in objects] == ["mask", "void"]
    assert labels[255, 0].area == 5 * WIDTH


def test_a_plain_davis_folder_makes_every_png_an_anchor(maker, tmp_path):
    maker.add(1)
    maker.add(2)
    maker.put(1, 0, square(0))
    maker.put(2, 1, square(1))
    folder = write(maker.source(), tmp_path / "out")
    for name in ("objects.json", "frames.json", "00003.png", "00004.png"):
        (folder / name).unlink()
    objects, anchors = read(folder, maker.clip)
    assert [(found.name, found.colour) for found in objects] == [("object 1", (128, 0, 0)), ("object 2", (0, 128, 0))]
    assert {key: mask.area > 0 for key, mask in anchors.items()} == {
        (1, 0): True,
        (2, 0): False,
        (1, 1): False,
        (2, 1): True,
        (1, 2): False,
        (2, 2): False,
    }


def test_masks_in_black_and_white_get_a_colour(maker, tmp_path):
    Image.fromarray((square(0) * 255).astype(np.uint8)).save(tmp_path / "m.png")
    (found,), _ = read(tmp_path / "m.png", maker.clip)
    assert found.object_id == 255
    assert davis.read(tmp_path / "m.png", maker.clip).notes == (ONLY_255,)
    assert max(found.colour) - min(found.colour) > 50


@pytest.mark.parametrize(
    "content", ["{", "3", "[1]", '[{"value": 1}]', '[{"value": "x", "name": 1, "colour": 3}]', "\xff", "[" * 9999]
)
def test_a_broken_description_is_refused_by_name(maker, tmp_path, content):
    maker.add(1)
    maker.put(1, 0, square(0))
    folder = write(maker.source(), tmp_path / "out")
    (folder / "objects.json").write_text(content, encoding="latin-1")
    with pytest.raises(UserError, match=r"objects\.json"):
        placed(davis.read(folder, maker.clip), maker.clip)
