"""The real files that people gave us, in, out and in again; left out where they are not to be had."""

from pathlib import Path

import numpy as np
import pytest

from app.formats.interface import LabelSource
from app.formats.placing import placed
from app.formats.registry import reader
from app.media.clip import open_clip
from app.project.model import Kind, Label
from tests.app.formats import material
from tests.app.formats.material import MASK_FORMATS

DATA = Path(__file__).parents[4] / "shared" / "data"
EXACT = [
    row.name
    for row in MASK_FORMATS.values()
    if row.can_read and row.can_write and Kind.MASK in row.kinds and row.name not in ("davis2016", "yolo-seg")
]
BOXES = [row.name for row in MASK_FORMATS.values() if row.can_read and Kind.BOX in row.kinds]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the development data are not here")


def source_of(name, path, clip, n_frames):
    """Return the first labels of a real file as something to export, and their masks."""
    found = placed(reader(name).read(path, clip), clip)
    stored, labels = [], {}
    for on_frame in found.labels:
        for label in on_frame:
            if label.frame < n_frames:
                stored.append(label.mask)
                labels.setdefault(label.frame, {})[label.object_id] = Label(
                    label.provenance, len(stored), label.presence
                )
    return LabelSource(clip, found.objects, labels, lambda mask_id: stored[mask_id - 1], {}.__getitem__, 0)


@pytest.fixture(scope="module")
def davis_source():
    clip = open_clip(DATA / "JPEGImages" / "480p" / "bmx-trees")
    folder = DATA / "first_frame_multiobject" / "bmx-trees_00000.png"
    return source_of("davis", folder, clip, 1)


@pytest.mark.parametrize("name", EXACT)
def test_real_masks_survive(name, davis_source, tmp_path):
    folder = material.written(name, davis_source, tmp_path / "out")
    objects, labels = material.read_back(name, folder, davis_source.clip)
    assert len(objects) == 2
    assert labels == material.expected(name, davis_source)[1]


@pytest.mark.parametrize("sequence", sorted(path.name for path in (DATA / "boxes").glob("*")))
def test_real_boxes_survive_in_every_format_for_boxes(sequence, tmp_path):
    clip = open_clip(DATA / "boxes" / sequence / "img")
    truth = np.loadtxt(DATA / "boxes" / sequence / "groundtruth_rect.txt", delimiter=",")
    source = source_of("otb", DATA / "boxes" / sequence / "groundtruth_rect.txt", clip, 20)
    for frame in source.frames:
        ((_, _, mask),) = source.labels_on(frame)
        left, top, right, bottom = mask.box
        x, y, width, height = truth[frame]
        edges = np.clip([x, y, x + width, y + height], 0, [clip.width, clip.height] * 2)
        assert np.abs(edges - (left, top, right, bottom)).max() <= 0.5
    for name in BOXES:
        folder = material.written(name, source, tmp_path / name)
        assert material.read_back(name, folder, clip)[1] == material.expected(name, source)[1]
