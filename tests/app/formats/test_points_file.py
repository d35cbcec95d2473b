import json

import numpy as np
import pytest

from app.errors import UserError
from app.formats.points_file import read_points, write_points
from tests.app.points import NAMES, content, joints, write

NOWHERE = [None, None, 0]


def arrays(n_frames, n_instances=1):
    shape = (n_frames, n_instances, len(NAMES))
    return np.full((*shape, 2), 7.25), np.ones(shape, bool), np.full(shape, 0.5, np.float32)


def test_what_is_read(tmp_path):
    labels = read_points(write(tmp_path / "p.json", (0, 4)))
    assert labels.names == tuple(NAMES)
    assert labels.frames == [0, 4]
    assert labels.positions[4].tolist() == [[joint[:2] for joint in joints(4)]]
    assert labels.visible[0].all()


def test_joints_that_are_not_placed_or_hidden(tmp_path):
    given = [NOWHERE, [1.5, 2, 0], *joints(0)[2:]]
    labels = read_points(write(tmp_path / "p.json", {"3": [given]}))
    assert np.isnan(labels.positions[3][0, 0]).all()
    assert labels.positions[3][0, 1].tolist() == [1.5, 2]
    assert labels.visible[3][0, :3].tolist() == [False, False, True]


def test_instances_by_id_whatever_their_order(tmp_path):
    frames = {"0": [joints(0), joints(1)], "1": [joints(5)]}
    labels = read_points(write(tmp_path / "p.json", frames=frames, instance_ids={"0": [7, 3], "1": [7]}))
    assert labels.ids == (3, 7)
    assert labels.positions[0][1].tolist() == [joint[:2] for joint in joints(0)]
    assert np.isnan(labels.positions[1][0]).all()
    assert labels.positions[1][1].tolist() == [joint[:2] for joint in joints(5)]


def test_labelled_frames_are_written_as_they_were_read(tmp_path):
    odd = [[0.1 + 0.2, 1e-3, 1], NOWHERE, [5, 6, 0], [7, 8, 1], [9.000000001, 1, 1]]
    source = write(tmp_path / "p.json", frames={"00001": [odd]})
    write_points(tmp_path / "out.json", read_points(source), *arrays(3), (64, 48))
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["frames"]["00001"] == [odd]
    assert written["frames"]["00002"] == [[[7.25, 7.25, 1]] * len(NAMES)]
    assert written["confidence"]["00002"] == [[0.5] * len(NAMES)]
    assert list(written["frames"]) == ["00000", "00001", "00002"]
    assert "instance_ids" not in written


def test_what_is_written_can_be_read(tmp_path):
    frames = {"0": [joints(0), joints(1)], "1": [joints(5)]}
    labels = read_points(write(tmp_path / "p.json", frames=frames, instance_ids={"0": [7, 3], "1": [7]}))
    positions, visible, confidence = arrays(3, 2)
    positions[2, 0, 0] = np.nan
    write_points(tmp_path / "out.json", labels, positions, visible, confidence, (64, 48))
    again = read_points(tmp_path / "out.json")
    assert again.ids == labels.ids
    assert all(np.array_equal(again.positions[f], labels.positions[f], equal_nan=True) for f in (0, 1))
    assert np.isnan(again.positions[2][0, 0]).all()
    assert not again.visible[2][0, 0]
    assert again.size == (64, 48)


SPOILT = {
    "no names": ({"names": []}, "names"),
    "a name twice": ({"names": ["a"] * 5}, "names"),
    "no frames": ({"frames": None}, "object"),
    "a frame without a number": ({"frames": {"first": [joints(0)]}}, "first"),
    "a frame twice": ({"frames": {"1": [], "01": []}}, "same number"),
    "too few joints": ({"frames": {"0": [joints(0)[:2]]}}, "2 joints"),
    "a joint of two": ({"frames": {"0": [[[1, 2], *joints(0)[1:]]]}}, "x, y, visible"),
    "half a joint": ({"frames": {"0": [[[1, None, 1], *joints(0)[1:]]]}}, "only one"),
    "a place that is none": ({"frames": {"0": [[["here", 1, 1], *joints(0)[1:]]]}}, "here"),
    "far away": ({"frames": {"0": [[[1e300, 1, 1], *joints(0)[1:]]]}}, "range"),
    "seen by half": ({"frames": {"0": [[[1, 2, 0.5], *joints(0)[1:]]]}}, "visible"),
    "an id twice": ({"frames": {"0": [joints(0)] * 2}, "instance_ids": {"0": [1, 1]}}, "instance_ids"),
    "ids of no frame": ({"instance_ids": {}}, "00000"),
}


@pytest.mark.parametrize("name", sorted(SPOILT))
def test_spoilt_files_are_told(tmp_path, name):
    more, word = SPOILT[name]
    path = tmp_path / "p.json"
    path.write_text(json.dumps(content((0,)) | more))
    with pytest.raises(UserError, match=word) as told:
        read_points(path)
    assert str(path) in str(told.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"names": ["a"], "frames": {"0": [[[NaN, 1, 1]]]}}', "\x00" * 9])
def test_files_that_are_no_points(tmp_path, text):
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(UserError):
        read_points(path)
    with pytest.raises(UserError, match="folder"):
        read_points(tmp_path)
    with pytest.raises(UserError):
        read_points(tmp_path / "none.json")
