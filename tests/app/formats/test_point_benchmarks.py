"""TAP-Vid, J-HMDB and YOLO's poses, of which no reader is to be had, held against what is published of them."""

import pickle
import struct
import zlib

import numpy as np
import pytest
import yaml
from scipy.io import loadmat, savemat

from app.errors import UserError
from app.formats import mat5
from app.formats.mat5 import read_array
from app.formats.skeletons import shipped
from app.project.model import Kind, Object
from app.project.skeleton import skeleton_of
from engines.labels.points import Joint, Points
from engines.metrics.points import tap_score
from tests.app.formats import joint_material, material

WIDTH, HEIGHT, N_FRAMES = 32, 24, 4


@pytest.fixture
def source():
    return joint_material.animals(material.bare_clip(WIDTH, HEIGHT, N_FRAMES))


def queries_first(occluded, points):
    """TAP-Vid's `sample_queries_first`: of each point that is ever seen, the first frame on which it is, t, y, x."""
    seen = np.flatnonzero((~occluded).any(1))
    frames = [int(np.flatnonzero(~occluded[point])[0]) for point in seen]
    return seen, np.array([[t, *points[point, t, ::-1]] for point, t in zip(seen, frames, strict=True)])


def test_tap_vid_as_its_scorer_takes_it(source, tmp_path):
    with np.load(material.written("tap-vid", source, tmp_path / "out") / "tapvid.npz") as file:
        points, occluded = file["points"], file["occluded"]
    assert points.shape == (6, N_FRAMES, 2) and occluded.shape == (6, N_FRAMES) and occluded.dtype == bool
    assert np.isnan(points[:, 2]).all() and occluded[:, 2].all()  # not labelled
    assert np.allclose(points[0, 0] * (256, 256), (3 / WIDTH * 256, 3.75 / HEIGHT * 256))
    assert np.allclose(points[2, 3] * (WIDTH, HEIGHT), (7.5, 7.625)) and occluded[2, 3]  # hidden, at a place
    seen, queries = queries_first(occluded, points)
    assert seen.tolist() == [0, 2, 3, 5]  # left_end is never placed
    assert queries[:, 0].tolist() == [0, 0, 0, 0]
    at, visible = (points * (WIDTH, HEIGHT)).swapaxes(0, 1), ~occluded.T
    score = tap_score(at, visible, at, visible, np.ones_like(visible), (WIDTH, HEIGHT))
    assert (score.average_jaccard, score.position_accuracy) == (1, 1)


def test_the_benchmarks_pickles_are_read_by_the_clips_name(source, tmp_path):
    rng = np.random.default_rng(0)
    points, occluded = rng.random((3, N_FRAMES, 2)).astype(np.float32), rng.random((3, N_FRAMES)) < 0.3
    points[occluded] = 0
    ours = {"video": np.zeros((N_FRAMES, 9, 9, 3), np.uint8), "points": points, "occluded": occluded}
    other = ours | {"points": points * 0}
    path = tmp_path / "tapvid_davis.pkl"
    for content in ({"elsewhere": other, "großer Hund": ours}, [ours], ours):
        path.write_bytes(pickle.dumps(content))
        (found,), labels = material.read_back("tap-vid", path, source.clip)
        assert [joint.name for joint in found.skeleton.joints] == ["point 1", "point 2", "point 3"]
        for frame in range(N_FRAMES):
            at, visible = (labels[0, frame].mask if (0, frame) in labels else Points()).arrays(3)
            assert np.array_equal(visible, ~occluded[:, frame])
            assert np.allclose(at[visible], (points[:, frame] * (WIDTH, HEIGHT) - 0.5)[visible])
            assert np.isnan(at[~visible]).all()  # (0, 0) says nothing
    path.write_bytes(pickle.dumps({"elsewhere": other, "too": other}))
    with pytest.raises(UserError, match="none of them called großer Hund"):
        material.read_back("tap-vid", path, source.clip)


def test_jhmdb_as_scipy_reads_it(source, tmp_path):
    folder = material.written("jhmdb", source, tmp_path / "out") / "joint_positions"
    told = loadmat(folder / "großer Hund_00001" / "joint_positions.mat")
    assert told["pos_img"].shape == (2, 3, N_FRAMES) and told["scale"].shape == (1, N_FRAMES)
    assert told["pos_img"][:, 0, 0].tolist() == [3.5, 4.25]  # pixels count from 1
    assert np.isnan(told["pos_img"][:, :, 2]).all() and np.isnan(told["pos_img"][:, 1]).all()
    x, y = told["pos_img"]
    assert np.allclose(told["pos_world"][0], (x / WIDTH - 0.5) * WIDTH / HEIGHT / told["scale"], equal_nan=True)
    assert np.allclose(told["pos_world"][1], (y / HEIGHT - 0.5) / told["scale"], equal_nan=True)


def test_jhmdbs_joints_go_out_in_its_order_and_are_known_by_it(tmp_path):
    theirs = next(each for each in shipped() if "JHMDB" in each.name)
    names = [joint.name for joint in theirs.joints]
    ours = skeleton_of("person", names[::-1])
    clip = material.bare_clip(WIDTH, HEIGHT, 2)
    points = Points.of([Joint(place, 5) for place in range(15)])
    person = Object(1, "person", (1, 2, 3), kind=Kind.POINTS, skeleton=ours)
    source = joint_material.animals(clip, ())
    label = material.Label(material.Provenance.ANCHOR, 1)
    source = material.replace(source, objects=(person,), labels={0: {1: label}}, points=lambda _: points)
    folder = material.written("jhmdb", source, tmp_path / "out")
    told = loadmat(folder / "joint_positions" / "großer Hund" / "joint_positions.mat")["pos_img"]
    assert told[0, :, 0].tolist() == list(range(15, 0, -1))
    for file in ("objects.json", "frames.json"):
        (folder / file).unlink()
    (found,), labels = material.read_back("jhmdb", folder, clip)
    assert [joint.name for joint in found.skeleton.joints] == names and found.skeleton.bones == theirs.bones
    assert [joint.x for joint in labels[0, 0].mask.joints] == list(range(14, -1, -1))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["f8", "f4", "i2", "u1"])
def test_arrays_in_mat_files_are_what_scipy_wrote(kind, packed, tmp_path):
    wanted = (np.random.default_rng(0).random((2, 15, 7)) * 200).astype(kind)
    beside = {"viewpoint": "left", "cells": np.array([1, "a"], object), "struct": {"a": 1}, "whole": np.arange(3.0)}
    savemat(tmp_path / "in.mat", beside | {"pos_img": wanted}, do_compression=packed)
    found = read_array(tmp_path / "in.mat", "pos_img")
    assert found.dtype == wanted.dtype and np.array_equal(found, wanted)
    assert np.array_equal(read_array(tmp_path / "in.mat", "whole").ravel(), [0, 1, 2])
    for name in ("viewpoint", "cells", "struct"):
        with pytest.raises(ValueError, match="no array of numbers"):
            read_array(tmp_path / "in.mat", name)
    with pytest.raises(KeyError):
        read_array(tmp_path / "in.mat", "gone")


def test_a_mat_file_that_grows_out_of_measure_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(mat5, "_MAX_BYTES", 1 << 20)
    bomb = zlib.compress(bytes(2 << 20), 9)
    header = b"MATLAB 5.0".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    (tmp_path / "in.mat").write_bytes(header + struct.pack("<II", 15, len(bomb)) + bomb)
    with pytest.raises(ValueError, match="more than 1 MiB"):
        read_array(tmp_path / "in.mat", "pos_img")


def test_poses_of_yolo_pass_ultralytics_own_checks(source, tmp_path):
    """What its `verify_image_label` asserts of a file, written out here since the package is under another licence."""
    folder = material.written("yolo-pose", source, tmp_path / "out")
    data = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))
    n_joints, n_numbers = data["kpt_shape"]
    assert (n_joints, n_numbers) == (3, 3) and data["names"] == {0: "stick insect"}
    assert data["flip_idx"] == [0, 2, 1] and data["kpt_names"] == {0: ["head", "left_end", "right_end"]}
    assert sorted(file.name for file in (folder / "labels").iterdir()) == ["00000.txt", "00001.txt", "00003.txt"]
    for file in (folder / "labels").iterdir():
        rows = np.array([line.split() for line in file.read_text().splitlines()], np.float32)
        assert rows.shape[1] == 5 + n_joints * n_numbers
        places = rows[:, 5:].reshape(-1, n_joints, n_numbers)
        assert rows.min() >= 0 and rows[:, 1:5].max() <= 1 and places[..., :2].max() <= 1
        assert set(np.unique(places[..., 2])) <= {0, 1, 2}
    first = (folder / "labels" / "00000.txt").read_text().splitlines()[0].split()
    assert np.allclose(np.float64(first[5:8]), (3 / WIDTH, 3.75 / HEIGHT, 2))
    assert first[8:11] == ["0", "0", "0"]
    x, y, width, height = np.float64(first[1:5]) * (WIDTH, HEIGHT, WIDTH, HEIGHT)
    assert np.allclose((x - width / 2, y - height / 2, x + width / 2, y + height / 2), (3, 3, 8, 5), atol=1e-4)
