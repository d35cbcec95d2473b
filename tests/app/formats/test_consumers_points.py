"""Exports of points opened by the consumers' own readers; where none can be had, held against the specification."""

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

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
