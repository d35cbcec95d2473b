"""The real files that people gave us, in, out and in again; left out where they are not to be had."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.formats.interface import LabelSource
from app.formats.look import Look
from app.formats.placing import placed
from app.formats.registry import reader
from app.media.clip import open_clip
from app.project.model import Kind, Label
from app.project.project import Project
from app.tasks.exchange import export_labels, import_labels, label_source, read_to_import, snapshot
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


BOXED = sorted(path.name for path in (DATA / "boxes").glob("*"))
SEEN = Look(frames="labelled", side=2000)


def some_annotations(sequence, folder):
    """Return a folder with the first, a middle and the last mask of a sequence."""
    folder.mkdir()
    files = sorted((DATA / "Annotations" / "480p" / sequence).glob("*.png"))
    for place in (0, len(files) // 2, -1):
        shutil.copy(files[place], folder)
    return folder


def imported(name, path, clip, folder):
    """Return a project made of the labels at `path`."""
    project = folder / "work.throughline"
    list(import_labels(read_to_import(path, name, clip), clip, project))
    return project


def assert_seen(sheet, masks, clip):
    """The masks are drawn over the clip's pictures, each on its own, and nothing else is."""
    picture = np.array(Image.open(sheet)).astype(int)
    n_columns = picture.shape[1] // clip.width
    with clip.open() as frames:
        for place, (mask, frame) in enumerate(zip(masks, (0, clip.n_frames // 2, clip.n_frames - 1), strict=True)):
            top, left = 8 + place // n_columns * (clip.height + 30), 8 + place % n_columns * (clip.width + 8)
            changed = (picture[top : top + clip.height, left : left + clip.width] != frames.image(frame)).any(axis=2)
            assert not changed[~mask].any() and changed[mask].mean() > 0.95


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
    return LabelSource(clip, found.objects, labels, lambda mask_id: stored[mask_id - 1], {}.__getitem__)


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


@pytest.mark.parametrize("sequence", sorted(path.name for path in (DATA / "Annotations" / "480p").glob("*")))
def test_real_folders_of_masks_become_a_project_and_the_same_pictures_again(sequence, tmp_path):
    clip = open_clip(DATA / "JPEGImages" / "480p" / sequence)
    given = some_annotations(sequence, tmp_path / "given")
    with Project.open(imported("davis", given, clip, tmp_path)) as project:
        source = label_source(snapshot(project, clip))
        assert list(export_labels(source, "davis2016", tmp_path / "out"))
        list(export_labels(replace(source, look=SEEN), "contact-sheet", tmp_path / "seen"))
    files = sorted(given.iterdir())
    for file in files:
        values = np.array(Image.open(file))
        assert np.array_equal(np.array(Image.open(tmp_path / "out" / file.name)), np.where(values, 255, 0))
    assert_seen(tmp_path / "seen" / "contact-sheet.png", [np.array(Image.open(file)) > 0 for file in files], clip)


@pytest.mark.parametrize("sequence", BOXED)
def test_real_boxes_of_a_whole_clip_become_a_project_and_the_same_text_again(sequence, tmp_path):
    clip = open_clip(DATA / "boxes" / sequence / "img")
    file = DATA / "boxes" / sequence / "groundtruth_rect.txt"
    with Project.open(imported("otb", file, clip, tmp_path)) as project:
        assert len(project.anchor_frames(1)) == clip.n_frames
        list(export_labels(label_source(snapshot(project, clip)), "otb", tmp_path / "out"))
    (text,) = (tmp_path / "out").glob("*.txt")
    truth, again = np.loadtxt(file, delimiter=","), np.loadtxt(text, delimiter=",")
    assert truth.shape == again.shape == (clip.n_frames, 4)
    edges = [np.hstack((rows[:, :2], rows[:, :2] + rows[:, 2:])) for rows in (truth, again)]
    assert np.abs(np.clip(edges[0], 0, [clip.width, clip.height] * 2) - edges[1]).max() <= 0.5


@pytest.mark.parametrize("sequence", BOXED)
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
