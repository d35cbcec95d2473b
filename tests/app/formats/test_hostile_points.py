"""Files of points made to do harm: pickles that run code, tables in other files, out of measure or by alias."""

import io
import os
import pickle
import random

import h5py
import numpy as np
import pytest

from app.errors import UserError
from app.formats import hdf5
from app.formats.pickled_arrays import StoredArray
from app.formats.plain_pickle import read_plain
from tests.app.formats import joint_material, material
from tests.app.formats.mutations import mutated


@pytest.fixture
def source():
    return joint_material.animals(material.bare_clip(16, 12, 4))


class Trap:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_asks_for_code_is_refused_and_runs_none(protocol, tmp_path):
    content = pickle.dumps({"a": [1, 2.5, "ü", Trap(tmp_path / "sprung")]}, protocol)
    with pytest.raises(ValueError, match="mkdir to be run"):
        read_plain(io.BytesIO(content))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("protocol", range(1, 6))
def test_plain_values_and_arrays_come_out_of_a_pickle(protocol):
    rng = np.random.default_rng(0)
    arrays = [
        rng.random((3, 4, 2)),
        rng.random((3, 4)) < 0.5,
        np.asfortranarray(rng.random((5, 3)).astype(">f4")),
        rng.integers(0, 255, (9, 70, 5), np.uint8),
    ]
    plain = [None, True, -3, 2**40, 0.5, "großer Hund", (1, (2,)), {"a": [], "b": {}}]
    file = io.BytesIO(pickle.dumps({"arrays": arrays, "plain": plain}, protocol))
    found = read_plain(file)
    assert found["plain"] == plain
    for stored, told in zip(found["arrays"], arrays, strict=True):
        assert isinstance(stored, StoredArray)
        again = stored.load(file)
        assert again.dtype == told.dtype and np.array_equal(again, told)


def test_arrays_that_claim_more_than_there_is_are_refused():
    content = pickle.dumps(np.zeros((4, 4)), 4)
    file = io.BytesIO(content.replace(b"K\x04K\x04\x86", b"J\xff\xff\xff\x7fK\x04\x86"))
    with pytest.raises(ValueError, match="more than"):
        read_plain(file).load(file)


def test_arrays_of_python_objects_are_refused():
    with pytest.raises(ValueError, match="an array is of"):
        read_plain(io.BytesIO(pickle.dumps(np.array([{}, []], object))))


def test_a_configuration_of_aliases_is_refused(source, tmp_path):
    folder = material.written("deeplabcut", source, tmp_path / "out")
    (folder / "config.yaml").write_text("a: &a [x, x]\nb: &b [*a, *a]\nskeleton: [*b, *b]\n", encoding="utf-8")
    with pytest.raises(UserError, match="alias"):
        material.read_back("deeplabcut", folder, source.clip)


def _elsewhere(file, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["table"] = np.arange(3)
    file["table"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/table")


def _virtual(file, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["table"] = np.arange(3)
    layout = h5py.VirtualLayout((3,), "i8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "table", (3,))
    file.create_virtual_dataset("table", layout)


def _external(file, tmp_path):
    (tmp_path / "secret.bin").write_bytes(bytes(24))
    file.create_dataset("table", (3,), "i8", external=[(str(tmp_path / "secret.bin"), 0, 24)])


def _endless(file, _):
    file.create_dataset("table", (10**9,), "f8", chunks=(1000,))


def _packed(file, _):
    file.create_dataset("table", data=np.zeros(2 << 20, np.uint8), compression="gzip", chunks=(1 << 20,))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_elsewhere, "has no table"),
        (_virtual, "another file"),
        (_external, "another file"),
        (_endless, "claims to have"),
        (_packed, "claims to be in pieces"),
    ],
)
def test_a_table_elsewhere_or_out_of_measure_is_refused(spoil, words, tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5, "_MAX_CHUNK_BYTES", 1 << 16)
    with h5py.File(tmp_path / "in.h5", "w") as file:
        spoil(file, tmp_path)
    with hdf5.open_hdf5(tmp_path / "in.h5") as file, pytest.raises(ValueError, match=words):
        hdf5.table(file, "table")


def test_texts_that_all_point_to_one_long_one_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5, "_MAX_TEXTS_BYTES", 100)
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["texts"] = ["x" * 60] * 2
        file["short"] = ["ü", "b"]
    with hdf5.open_hdf5(tmp_path / "in.h5") as file:
        assert hdf5.texts(file, "short") == ["ü", "b"]
        with pytest.raises(ValueError, match="too long"):
            hdf5.texts(file, "texts")


def test_a_mutated_pickle_of_points_is_read_or_refused_in_one_sentence(source, tmp_path):
    chance = random.Random(0)
    points, occluded = np.random.default_rng(0).random((3, 4, 2)), np.zeros((3, 4), bool)
    path = tmp_path / "tapvid.pkl"
    n_refused = 0
    for number in range(400):
        content = pickle.dumps({"a": {"points": points, "occluded": occluded}}, 1 + number % 5)
        path.write_bytes(mutated(content, chance))
        try:
            material.read_back("tap-vid", path, source.clip)
        except UserError as error:
            n_refused += 1
            assert "\n" not in str(error)
    assert 0 < n_refused < 400
