"""Exports of points opened by the consumers' own readers; where none can be had, held against the specification."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas
import pytest
import yaml
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from app.project.model import Provenance
from engines.labels.points import Joint, Points
from tests.app.formats import joint_material, material

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools

WIDTH, HEIGHT, N_FRAMES = 32, 24, 4


@pytest.fixture
def source():
    return joint_material.animals(material.bare_clip(WIDTH, HEIGHT, N_FRAMES))


@pytest.fixture
def write(source, tmp_path):
    return lambda name: material.written(name, source, tmp_path / name)


def test_coco_keypoints_are_scored_by_pycocotools_as_a_perfect_match(write):
    folder = write("coco-keypoints")
    truth = COCO(str(folder / "annotations.json"))
    (category,) = truth.loadCats(truth.getCatIds())
    assert category["keypoints"] == ["head", "left_end", "right_end"]
    assert category["skeleton"] == [[1, 2], [1, 3]]
    on_first = truth.loadAnns(truth.getAnnIds(imgIds=[1]))
    assert on_first[0]["keypoints"] == [2.5, 3.25, 2, 0, 0, 0, 7.0, 4.125, 2]
    assert [row["num_keypoints"] for row in on_first] == [2, 2]
    assert truth.loadAnns(truth.getAnnIds(imgIds=[4]))[0]["keypoints"][-1] == 1  # hidden
    found = truth.loadRes([{**row, "score": 1.0} for row in truth.loadAnns(truth.getAnnIds())])
    judge = COCOeval(truth, found, "keypoints")
    judge.params.kpt_oks_sigmas = judge.params.kpt_oks_sigmas[:3]
    judge.evaluate()
    judge.accumulate()
    assert judge.eval["precision"][0, :, 0, 0, 0].min() == 1


@pytest.fixture
def tables(write):
    """What pandas reads of DeepLabCut's CSV and HDF5, as DeepLabCut asks it to."""
    folder = write("deeplabcut") / "labeled-data" / "großer Hund"
    stem = folder / "CollectedData_Throughline"
    text = pandas.read_csv(f"{stem}.csv", header=[0, 1, 2, 3], index_col=[0, 1, 2])
    return text, pandas.read_hdf(f"{stem}.h5", "df_with_missing")


def test_deeplabcut_tables_are_what_pandas_reads(tables, source):
    text, stored = tables
    pandas.testing.assert_frame_equal(text, stored, check_names=False, check_column_type=False, check_index_type=False)
    assert list(stored.columns.names) == ["scorer", "individuals", "bodyparts", "coords"]
    assert list(stored.index) == [("labeled-data", "großer Hund", f"img{frame:04d}.png") for frame in (0, 1, 3)]
    of_ann = stored["Throughline", "ann"]
    assert of_ann["head"]["x"].tolist() == [2.5, 3.5, 5.5]
    assert of_ann["left_end"].isna().all().all()
    assert stored["Throughline", "bob", "head"].iloc[2].isna().all()  # "not here"


def test_deeplabcut_configuration(write):
    told = yaml.safe_load((write("deeplabcut") / "config.yaml").read_text(encoding="utf-8"))
    assert told["multianimalproject"] and told["individuals"] == ["ann", "bob"] and told["bodyparts"] == "MULTI!"
    assert told["multianimalbodyparts"] == ["head", "left_end", "right_end"]
    assert told["skeleton"] == [["head", "left_end"], ["head", "right_end"]]
    assert told["video_sets"] == {"videos/großer Hund.mp4": {"crop": f"0, {WIDTH}, 0, {HEIGHT}"}}


@pytest.mark.parametrize("layout", ["fixed", "table", "csv"])
def test_what_deeplabcut_found_is_read_with_its_likelihood(layout, source, tmp_path):
    levels = ["scorer", "bodyparts", "coords"]
    columns = pandas.MultiIndex.from_product([["DLC_resnet"], ["nose", "tail"], ["x", "y", "likelihood"]], names=levels)
    frame = pandas.DataFrame(np.arange(18.0).reshape(3, 6), columns=columns)
    frame.loc[:, ("DLC_resnet", slice(None), "likelihood")] = 0.25
    path = tmp_path / ("found.csv" if layout == "csv" else "found.h5")
    if layout == "csv":
        frame.to_csv(path)
    else:
        frame.to_hdf(path, key="df_with_missing", mode="w", format=layout)
    (found,), labels = material.read_back("deeplabcut", path, source.clip)
    assert [joint.name for joint in found.skeleton.joints] == ["nose", "tail"]
    assert [labels[0, row].mask for row in range(3)] == [
        Points.of([Joint(6 * row, 6 * row + 1, True, 0.25), Joint(6 * row + 3, 6 * row + 4, True, 0.25)])
        for row in range(3)
    ]
    assert {(kept.provenance, kept.confidence) for kept in labels.values()} == {(Provenance.DERIVED, 0.25)}


def test_deeplabcut_text_and_table_say_the_same_to_us(write, source):
    folder = write("deeplabcut")
    home = folder / "labeled-data" / "großer Hund"
    of_table = material.read_back("deeplabcut", home / "CollectedData_Throughline.h5", source.clip)
    assert of_table == material.read_back("deeplabcut", home / "CollectedData_Throughline.csv", source.clip)
    assert of_table == material.read_back("deeplabcut", folder, source.clip)


READERS = Path(__file__).parents[3] / ".venv" / "readers"
"""Where `make test` puts sleap-io, apart from all else: it brings a package that is called tests."""

_SLEAP = """
import json, sys
import numpy, sleap_io
labels = sleap_io.load_slp(sys.argv[1], open_videos=False)
rows = [
    [frame.frame_idx, one.track.name, type(one).__name__, one.points["xy"].tolist(), one.points["visible"].tolist()]
    + ([float(one.score), one.points["score"].tolist()] if type(one).__name__ == "PredictedInstance" else [None, None])
    for frame in labels for one in frame.instances
]
skeleton = labels.skeleton
print(json.dumps({
    "rows": rows, "name": skeleton.name, "nodes": skeleton.node_names, "edges": skeleton.edge_inds,
    "pairs": skeleton.symmetry_names, "video": [labels.video.filename, list(labels.video.shape)],
}))
"""


@pytest.mark.skipif(not READERS.is_dir(), reason="sleap-io is not in .venv/readers, where make test puts it")
def test_sleap_is_what_sleap_io_reads(write, source):
    path = write("sleap") / "labels.slp"
    command = [sys.executable, "-c", _SLEAP, str(path)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(READERS)}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["nodes"] == ["head", "left_end", "right_end"] and told["edges"] == [[0, 1], [0, 2]]
    assert told["pairs"] == [["left_end", "right_end"]]
    assert told["video"] == ["großer Hund.mp4", [N_FRAMES, HEIGHT, WIDTH, 3]]
    wanted = [
        (frame, found, label, points) for frame in source.frames for found, label, points in source.points_on(frame)
    ]
    wanted = [row for row in wanted if row[-1].joints]
    assert len(told["rows"]) == len(wanted)
    for row, (frame, found, label, points) in zip(told["rows"], wanted, strict=True):
        positions, visible = points.arrays(3)
        is_run = label.provenance is Provenance.DERIVED
        assert row[:3] == [frame, found.name, "PredictedInstance" if is_run else "Instance"]
        assert np.array_equal(np.array(row[3], float), positions, equal_nan=True) and row[4] == visible.tolist()
        assert row[5:] == ([0.25, [0.25, 0, 0.25]] if is_run else [None, None])


_SLEAP_WRITES = """
import sys
import numpy, sleap_io
wings = ("wingR", "wingL")
skeleton = sleap_io.Skeleton(nodes=list(wings), edges=[wings], symmetries=[wings], name="fly")
tracks = [sleap_io.Track("t0"), sleap_io.Track("t1")]
video = sleap_io.Video(filename="elsewhere/clip.mp4", open_backend=False)
frames = []
for number in range(3):
    at = numpy.array([[1.5 + number, 2], [numpy.nan, numpy.nan]])
    sure = dict(score=0.5, point_scores=numpy.array([0.25, 0]))
    first = sleap_io.PredictedInstance.from_numpy(at, skeleton=skeleton, track=tracks[0], **sure)
    by_hand = sleap_io.Instance.from_numpy(at + 1, skeleton=skeleton, track=tracks[1])
    other = sleap_io.PredictedInstance.from_numpy(at, skeleton=skeleton, track=tracks[1], **sure)
    frames.append(sleap_io.LabeledFrame(video=video, frame_idx=number, instances=[first, other, by_hand]))
sleap_io.save_slp(sleap_io.Labels(frames), sys.argv[1], embed=False)
"""


@pytest.mark.skipif(not READERS.is_dir(), reason="sleap-io is not in .venv/readers, where make test puts it")
def test_what_sleap_io_writes_is_read_and_corrections_replace_what_a_run_found(source, tmp_path):
    path = tmp_path / "labels.slp"
    command = [sys.executable, "-c", _SLEAP_WRITES, str(path)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(READERS)}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    objects, labels = material.read_back("sleap", path, source.clip)
    assert [found.name for found in objects] == ["t0", "t1"]
    assert objects[0].skeleton.bones == ((0, 1),)
    assert objects[0].skeleton.pairs == ((1, 0),)  # by their names, as sleap-io has them in no order
    for frame in range(3):
        run, by_hand = labels[0, frame], labels[1, frame]
        assert (run.provenance, run.confidence) == (Provenance.DERIVED, 0.5)
        assert run.mask == Points.of([Joint(1.5 + frame, 2, True, 0.25)])
        assert by_hand.provenance is Provenance.ANCHOR and by_hand.mask == Points.of([Joint(2.5 + frame, 3)])
