"""Exports opened by TrackEval and by supervision: what they make of them is what was labelled."""

import shutil

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from tests.app.formats import material
from tests.app.formats.street import HEIGHT, N_FRAMES, WIDTH, other, street, thing

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools

CAR, PERSON = 2, 7


@pytest.fixture
def write(tmp_path):
    return lambda name: material.written(name, street(), tmp_path / name)


@pytest.fixture
def scored(tmp_path, capsys):
    """Give a data set of TrackEval an export as truth, and itself as result; return the raw data, and the scores."""
    trackeval = pytest.importorskip("trackeval", reason="TrackEval is installed by `make test`")

    def score(dataset, truth, result, sequence, metric, class_name, **more):
        """Lay `truth` and `result`, files or folders, where the data set looks for them."""
        for source, place in ((truth, tmp_path / "eval" / "gt"), (result, tmp_path / "eval" / "trackers/ours/data")):
            place.mkdir(parents=True)
            if source.is_dir():
                (place / sequence).mkdir()
                for file in source.glob("*.png"):
                    shutil.copy(file, place / sequence)
            else:
                shutil.copy(source, place / f"{sequence}{source.suffix}")
        config = {
            "GT_FOLDER": str(tmp_path / "eval" / "gt"),
            "TRACKERS_FOLDER": str(tmp_path / "eval" / "trackers"),
            "PRINT_CONFIG": False,
            "TRACKERS_TO_EVAL": ["ours"],
            "CLASSES_TO_EVAL": [class_name],
            "SEQ_INFO": {sequence: N_FRAMES},
            **more,
        }
        found = getattr(trackeval.datasets, dataset)(config)
        raw = found.get_raw_seq_data("ours", sequence)
        shown = {key: list(value) for key, value in raw.items() if isinstance(value, list)}
        scorer = getattr(trackeval.metrics, metric)({"PRINT_CONFIG": False})
        return shown, scorer.eval_sequence(found.get_preprocessed_seq_data(raw, class_name))

    return score


FLAT = {"GT_LOC_FORMAT": "{gt_folder}/{seq}.txt", "SKIP_SPLIT_FOL": True}


def test_mot_is_scored_by_trackeval(write, scored, tmp_path):
    truth = write("mot") / "gt" / "gt.txt"
    result = tmp_path / "result.txt"  # of what is scored: pedestrians
    rows = [line.split(",") for line in truth.read_text().splitlines()]
    result.write_text("\n".join(",".join([*row[:7], "-1", "-1", "-1"]) for row in rows if row[7] == "1"))
    raw, scores = scored("MotChallenge2DBox", truth, result, "clip", "CLEAR", "pedestrian", **FLAT)
    assert [ids.tolist() for ids in raw["gt_ids"]] == [[CAR, PERSON], [CAR], [CAR, PERSON], [CAR, PERSON]]
    assert raw["gt_dets"][1].tolist() == [[5 + 1, 3 + 1, 25, 19]]
    assert all(extras["zero_marked"].all() for extras in raw["gt_extras"]), "derived labels are considered too"
    assert scores["MOTA"] == 1 and scores["CLR_TP"] == 3 and scores["IDSW"] == 0


def test_mots_is_scored_by_trackeval(write, scored, tmp_path):
    (truth,) = (write("mots-txt") / "instances_txt").iterdir()
    result = tmp_path / "result.txt"
    result.write_text("\n".join(line for line in truth.read_text().splitlines() if line.split()[2] != "10"))
    raw, scores = scored("KittiMOTS", truth, result, "clip", "CLEAR", "pedestrian", **FLAT)
    assert [ids.tolist() for ids in raw["gt_ids"]][:2] == [[1002, 2007], [1002]]
    assert np.array_equal(coco_mask.decode(raw["gt_dets"][1][0]), thing(1))
    assert coco_mask.area(raw["gt_ignore_region"][2]) == 2 * WIDTH
    assert scores["MOTA"] == 1 and scores["CLR_TP"] == 3


def test_davis_is_scored_by_trackeval(write, scored, tmp_path):
    truth, result = write("davis"), tmp_path / "result"
    result.mkdir()
    for file in truth.glob("*.png"):
        values = np.array(Image.open(file))
        Image.fromarray(np.where(values == 255, 0, values)).save(result / file.name)  # void is no result
    raw, scores = scored("DAVIS", truth, result, "clip", "HOTA", "general")
    assert [ids.tolist() for ids in raw["gt_ids"]] == [[CAR, PERSON], [CAR], [CAR, PERSON], [CAR, PERSON]]
    assert np.array_equal(coco_mask.decode(raw["gt_dets"][2][1]), other(2))
    assert coco_mask.area(raw["masks_void"][2]) == 2 * WIDTH
    assert np.allclose(scores["HOTA"], 1)


def test_youtube_vis_is_read_by_trackeval(write, tmp_path):
    trackeval = pytest.importorskip("trackeval", reason="TrackEval is installed by `make test`")
    places = tmp_path / "gt" / "youtube_vis_train", tmp_path / "trackers" / "youtube_vis_train" / "ours" / "data"
    file = write("youtube-vis") / "instances.json"
    places[0].mkdir(parents=True)
    shutil.copy(file, places[0])
    places[1].mkdir(parents=True)
    (places[1] / "empty.json").write_text("[]")
    found = trackeval.datasets.YouTubeVIS(
        {
            "GT_FOLDER": f"{tmp_path}/gt/",
            "TRACKERS_FOLDER": f"{tmp_path}/trackers/",
            "SPLIT_TO_EVAL": "train",
            "PRINT_CONFIG": False,
        }
    )
    (sequence,) = found.seq_list
    raw = found.get_raw_seq_data("ours", sequence)
    assert set(found.class_list) == {"car", "pedestrian"} and raw["num_timesteps"] == N_FRAMES
    assert [ids.tolist() for ids in raw["gt_ids"]] == [[CAR, PERSON], [CAR], [CAR, PERSON], [CAR, PERSON]]
    assert np.array_equal(coco_mask.decode(raw["gt_dets"][2][1]), other(2))


@pytest.fixture
def opened():
    """Open an export as a data set of supervision, with pictures, and return it with its labels by frame."""
    supervision = pytest.importorskip("supervision", reason="supervision is installed by `make test`")

    def open_as(kind, images, *places):
        images.mkdir(parents=True, exist_ok=True)
        for frame in range(N_FRAMES):
            Image.new("RGB", (WIDTH, HEIGHT)).save(images / f"{frame:05d}.jpg")
        dataset = getattr(supervision.DetectionDataset, f"from_{kind}")(str(images), *map(str, places))
        by_frame = {int(path[-9:-4]): found for path, found in dataset.annotations.items()}
        named = {
            frame: [dataset.classes[number] for number in found.class_id] for frame, found in sorted(by_frame.items())
        }
        assert named == {0: ["car", "pedestrian"], 1: ["car"], 2: ["car", "pedestrian"], 3: ["car", "pedestrian"]}
        return by_frame

    return open_as


def assert_boxes(by_frame, within=0.01):
    for frame, found in by_frame.items():
        assert np.allclose(found.xyxy[0], (4 + frame, 3, 30, 22), atol=within)
        if frame != 1:
            assert np.allclose(found.xyxy[1], (2, 10, 9 + frame, 20), atol=within)


def test_yolo_boxes_are_read_by_supervision(write, opened):
    folder = write("yolo")
    assert_boxes(opened("yolo", folder / "images", folder / "labels", folder / "data.yaml"))


def test_yolo_segments_are_read_by_supervision(write, opened):
    folder = write("yolo-seg")
    by_frame = opened("yolo", folder / "images", folder / "labels", folder / "data.yaml")
    for frame, found in by_frame.items():
        assert found.mask[0][thing(frame)].mean() > 0.95
        if frame != 1:
            assert np.mean(found.mask[1] == other(frame)) > 0.95


def test_pascal_voc_is_read_by_supervision(write, opened):
    folder = write("pascal-voc")
    assert_boxes(opened("pascal_voc", folder / "JPEGImages", folder / "Annotations"))


@pytest.mark.parametrize("name", ["coco", "coco-polygons", "coco-boxes"])
def test_coco_is_read_by_supervision(write, opened, name):
    folder = write(name)
    by_frame = opened("coco", folder / "images", folder / "annotations.json")
    assert_boxes(by_frame)
    if name == "coco":
        assert all(np.array_equal(found.mask[0], thing(frame)) for frame, found in by_frame.items())
