"""Exports opened by the consumers' own readers; where none can be had, held against the published specification."""

import configparser
import json
import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from app.formats.coco_rle import counts_of, mask_of, packed, unpacked
from app.formats.outlines import mask_from_outlines, outlines
from engines.labels.rle import RleMask
from tests.app.formats import material
from tests.app.formats.street import HEIGHT, N_FRAMES, WIDTH, other, street, thing

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools


@pytest.fixture
def source():
    return street()


@pytest.fixture
def write(source, tmp_path):
    return lambda name: material.written(name, source, tmp_path / name)


def random_masks():
    rng = np.random.default_rng(0)
    for number in range(60):
        height, width = rng.integers(1, 40, 2)
        if number % 2:
            yield rng.random((height, width)) < rng.choice([0, 0.05, 0.5, 0.95, 1])
        else:
            yield cv2.GaussianBlur(rng.random((height, width)), (0, 0), 2) > 0.5


def test_run_lengths_are_those_of_pycocotools():
    for mask in random_masks():
        ours = RleMask.encode(mask)
        theirs = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
        assert packed(counts_of(ours)) == theirs
        assert mask_of(unpacked(theirs), mask.shape[1], mask.shape[0]) == ours


def test_outlines_are_filled_to_the_very_same_mask_by_us_and_by_pycocotools():
    for mask in random_masks():
        height, width = mask.shape
        rings = [ring.ravel().astype(float).tolist() for ring in outlines(RleMask.encode(mask))]
        assert np.array_equal(mask_from_outlines(rings, width, height).decode(), mask)
        if rings:
            theirs = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(rings, height, width)))
            assert np.array_equal(theirs, mask)


@pytest.mark.parametrize("name", ["coco", "coco-polygons", "coco-boxes"])
def test_coco_is_read_by_pycocotools(write, name):
    coco = COCO(write(name) / "annotations.json")
    assert [coco.loadCats(number)[0]["name"] for number in coco.getCatIds()] == ["car", "pedestrian"]
    assert len(coco.getImgIds()) == N_FRAMES
    for image in coco.loadImgs(coco.getImgIds()):
        frame = image["frame_id"]
        rows = {row["track_id"]: row for row in coco.loadAnns(coco.getAnnIds(image["id"]))}
        assert set(rows) == ({2} if frame == 1 else {2, 7})
        assert rows[2]["bbox"] == [4 + frame, 3, 26 - frame, 19] and rows[2]["score"] == (0.25 if frame == 3 else 1.0)
        if name != "coco-boxes":
            assert np.array_equal(coco.annToMask(rows[2]), thing(frame))
            assert rows[2]["area"] == thing(frame).sum()


def test_youtube_vis_masks_are_decoded_by_pycocotools(write):
    content = json.loads((write("youtube-vis") / "instances.json").read_text(encoding="utf-8"))
    (video,) = content["videos"]
    assert len(video["file_names"]) == video["length"] == N_FRAMES
    for row in content["annotations"]:
        shown = [frame for frame, found in enumerate(row["segmentations"]) if found is not None]
        assert shown == ([0, 2, 3] if row["id"] == 7 else [0, 1, 2, 3])
        truth = other if row["id"] == 7 else thing
        for frame in shown:
            segmentation = coco_mask.frPyObjects(row["segmentations"][frame], HEIGHT, WIDTH)
            assert np.array_equal(coco_mask.decode(segmentation), truth(frame))
            assert list(coco_mask.toBbox(segmentation)) == row["bboxes"][frame]


def test_mots_text_is_decoded_as_the_development_kit_does(write):
    """As `load_txt` of mots_tools: masks of a frame are disjoint, and 10000 is to be ignored."""
    (file,) = (write("mots-txt") / "instances_txt").iterdir()
    by_frame = {}
    for line in file.read_text().splitlines():
        frame, track, kind, height, width, runs = line.split(" ")
        segmentation = {"size": [int(height), int(width)], "counts": runs.encode()}
        by_frame.setdefault(int(frame), {})[int(track), int(kind)] = segmentation
    assert set(by_frame[1]) == {(1002, 1)} and set(by_frame[2]) == {(1002, 1), (2007, 2), (10000, 10)}
    for masks in by_frame.values():
        assert coco_mask.area(coco_mask.merge(list(masks.values()), intersect=True)) == 0 or len(masks) == 1
    assert np.array_equal(coco_mask.decode(by_frame[1][1002, 1]), thing(1))


def test_mots_pictures_hold_class_and_instance_as_specified(write):
    files = sorted((write("mots-png") / "instances").rglob("*.png"))
    assert [file.name for file in files] == [f"{frame:06d}.png" for frame in range(N_FRAMES)]
    values = np.array(Image.open(files[2]))
    assert values.dtype == np.uint16 and set(np.unique(values)) == {0, 1002, 2007, 10000}
    assert set(np.unique(values // 1000)) == {0, 1, 2, 10}


def test_davis_is_what_its_loader_expects(write):
    """As the `davis2017-evaluation` kit opens it: palette pictures, ids from 1, 255 left out."""
    files = sorted(write("davis").glob("*.png"))
    assert len(files) == N_FRAMES
    with Image.open(files[0]) as picture:
        assert picture.mode == "P"
    values = np.array(Image.open(files[2]))
    assert set(np.unique(values)) == {0, 2, 7, 255}
    assert np.array_equal(values == 7, other(2))


def test_youtube_vos_lists_what_its_pictures_show(write):
    folder = write("youtube-vos")
    ((name, video),) = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["videos"].items()
    assert video["objects"]["7"] == {"category": "pedestrian", "frames": ["00000", "00002", "00003"]}
    for value, facts in video["objects"].items():
        for stem in facts["frames"]:
            assert int(value) in np.array(Image.open(folder / "Annotations" / name / f"{stem}.png"))


def test_cvat_has_what_its_importer_looks_at(write):
    """As `load_anno` in cvat/apps/dataset_manager/formats/cvat.py: every attribute that it takes without asking."""
    for name, tag in (("cvat", "mask"), ("cvat-boxes", "box")):
        root = ElementTree.parse(write(name) / "annotations.xml").getroot()
        assert root.tag == "annotations" and root.findtext("version") == "1.1"
        assert [found.text for found in root.iter("name")][1] == "car"
        tracks = root.findall("track")
        assert [track.get("label") for track in tracks] == ["car", "pedestrian"]
        shapes = tracks[1].findall(tag)
        assert [(shape.get("frame"), shape.get("outside")) for shape in shapes] == [
            ("0", "0"),
            ("1", "1"),
            ("2", "0"),
            ("3", "0"),
        ]
        for shape in shapes:
            assert {"frame", "outside", "occluded", "keyframe", "z_order"} <= set(shape.attrib)
        if tag == "mask":
            shape = tracks[0].find(tag)
            width, height = int(shape.get("width")), int(shape.get("height"))
            lengths = [int(length) for length in shape.get("rle").split(",")]
            crop = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(height, width)
            assert np.array_equal(crop, thing(0)[3 : 3 + height, 4 : 4 + width])


def test_labelme_files_hold_what_its_loader_demands(write):
    """Field by field as `labelme/_label_file.py` of version 5 and later."""
    folder = write("labelme")
    files = sorted(file for file in folder.glob("*.json") if file.stem.isdecimal())
    assert len(files) == N_FRAMES
    for file in files:
        content = json.loads(file.read_text(encoding="utf-8"))
        assert isinstance(content["version"], str) and content["imageData"] is None and content["imagePath"]
        assert (content["imageWidth"], content["imageHeight"]) == (WIDTH, HEIGHT)
        for shape in content["shapes"]:
            assert isinstance(shape["label"], str) and shape["shape_type"] == "polygon"
            assert len(shape["points"]) >= 3 and all(len(point) == 2 for point in shape["points"])
            assert isinstance(shape["flags"], dict) and isinstance(shape["group_id"], int)
            assert isinstance(shape["description"], str)


def test_pascal_voc_numbers_objects_by_their_order(write):
    folder = write("pascal-voc")
    stems = (folder / "ImageSets" / "Segmentation" / "default.txt").read_text().split()
    names = [line.split(":")[0] for line in (folder / "labelmap.txt").read_text(encoding="utf-8").splitlines()[1:]]
    for stem in stems:
        root = ElementTree.parse(folder / "Annotations" / f"{stem}.xml").getroot()
        by_object, by_class = (
            np.array(Image.open(folder / kind / f"{stem}.png")) for kind in ("SegmentationObject", "SegmentationClass")
        )
        objects = root.findall("object")
        assert set(np.unique(by_object)) - {0, 255} == set(range(1, len(objects) + 1))
        for value, found in enumerate(objects, 1):
            rows, columns = np.nonzero(by_object == value)
            edges = [int(found.findtext(f"bndbox/{tag}")) for tag in ("xmin", "ymin", "xmax", "ymax")]
            assert edges == [columns.min() + 1, rows.min() + 1, columns.max() + 1, rows.max() + 1]
            assert {names[kind] for kind in np.unique(by_class[by_object == value])} == {found.findtext("name")}


def test_yolo_segments_are_filled_as_ultralytics_fills_them(write):
    """`polygon2mask` of ultralytics/data/utils.py: whole pixels by cutting off, then `cv2.fillPoly`."""
    folder = write("yolo-seg")
    names = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))["names"]
    for frame in range(N_FRAMES):
        lines = [line.split() for line in (folder / "labels" / f"{frame:05d}.txt").read_text().splitlines()]
        assert [names[int(line[0])] for line in lines] == (["car"] if frame == 1 else ["car", "pedestrian"])
        for line, truth in zip(lines, (thing(frame), other(frame)), strict=False):
            polygon = np.array(line[1:], float).reshape(-1, 2) * (WIDTH, HEIGHT)
            filled = cv2.fillPoly(np.zeros((HEIGHT, WIDTH), np.uint8), [polygon.astype(np.int32)], 1).astype(bool)
            assert filled[truth].all()
            extra = filled & ~truth  # the hole, and a line between the parts
            assert extra.sum() <= 16 + 2 * (HEIGHT + WIDTH) if truth[20, 26] else not extra.any()


def test_yolo_boxes_are_shares_of_the_picture(write):
    line = (write("yolo") / "labels" / "00001.txt").read_text().split()
    centre_x, centre_y, width, height = (float(number) for number in line[1:])
    assert np.allclose(((centre_x - width / 2) * WIDTH, (centre_y - height / 2) * HEIGHT), (5, 3), atol=1e-4)


def test_mot_is_as_the_challenge_says(write):
    """MOT16 paper, section 3.3: nine fields, and frames, ids and positions from 1."""
    folder = write("mot")
    rows = np.loadtxt(folder / "gt" / "gt.txt", delimiter=",", ndmin=2)
    assert rows.shape == (2 * N_FRAMES - 1, 9)
    assert rows[0].tolist() == [1, 2, 5, 4, 26, 19, 1, 3, 1]
    facts = configparser.ConfigParser()
    facts.read(folder / "seqinfo.ini", encoding="utf-8")
    assert facts.getint("Sequence", "seqLength") == N_FRAMES and facts.getint("Sequence", "imWidth") == WIDTH


def test_otb_text_is_read_as_trackers_read_it(write):
    """`np.loadtxt(file, delimiter=",")`, as in PyTracking's `load_text`."""
    first, second = (np.loadtxt(write_path, delimiter=",") for write_path in sorted(write("otb").glob("*.txt")))
    assert first.tolist() == [[4 + frame, 3, 26 - frame, 19] for frame in range(N_FRAMES)]
    assert np.isnan(second[1]).all() and second[0].tolist() == [2, 10, 7, 10]


def test_numpy_arrays_are_loaded_without_pickle(write):
    content = np.load(write("numpy") / "labels.npz", allow_pickle=False)
    assert content["object_2"].dtype == bool and np.array_equal(content["object_2"][3], thing(3))
    assert content["names"].tolist() == ["großes Auto", "Ana", "Void"]
    assert content["confidence"][0].tolist() == [1, 1, 1, 0.25] and np.isnan(content["confidence"][1, 1])
    assert content["times_s"].shape == (N_FRAMES,)
