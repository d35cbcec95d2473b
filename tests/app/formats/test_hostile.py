"""Files made to do harm are refused: entities, paths that climb out, bombs, pickles."""

import json
import pickle
import zipfile

import numpy as np
import pytest

from app.errors import UserError
from app.formats import bounded
from app.formats.outlines import mask_from_outlines
from app.formats.registry import FORMATS
from tests.app.formats import material
from tests.app.formats.mutations import sample

ENTITIES = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.fixture
def source():
    return sample()


def read(name, folder, source):
    return material.read_back(name, folder, source.clip)


@pytest.mark.parametrize(("name", "file"), [("cvat", "annotations.xml"), ("pascal-voc", "Annotations/00000.xml")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused(source, tmp_path, name, file, encoding):
    folder = material.written(name, source, tmp_path / "out")
    text = (folder / file).read_text(encoding="utf-8")
    text = text.split("?>", 1)[-1].replace("<annotation", f"{ENTITIES}<annotation", 1)
    (folder / file).write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding))
    with pytest.raises(UserError, match="DTDForbidden"):
        read(name, folder, source)


def test_a_video_whose_name_climbs_out_of_the_folder_is_refused(source, tmp_path):
    folder = material.written("youtube-vos", source, tmp_path / "out")
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    meta["videos"] = {"../../elsewhere": meta["videos"].popitem()[1]}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    with pytest.raises(UserError, match="leads out of the folder"):
        read("youtube-vos", folder, source)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="leads out"):
        bounded.inside(tmp_path / "in", "link")


def test_an_array_of_python_objects_is_refused_and_not_unpickled(source, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    folder = material.written("numpy", source, tmp_path / "out")
    trap = np.array([Trap(), Trap()], object)
    with zipfile.ZipFile(folder / "labels.npz") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(folder / "labels.npz", "w") as archive:
        for name, content in files.items():
            if name != "names.npy":
                archive.writestr(name, content)
        with archive.open("names.npy", "w") as file:
            np.lib.format.write_array(file, trap, allow_pickle=True)
    with pytest.raises(UserError, match="names is object"):
        read("numpy", folder, source)
    assert not (tmp_path / "sprung").exists()
    assert pickle.dumps(trap)  # it would have been one


def test_a_side_car_of_no_end_is_refused_by_its_size(source, tmp_path, monkeypatch):
    folder = material.written("davis", source, tmp_path / "out")
    monkeypatch.setattr(bounded, "MAX_TEXT_BYTES", 100)
    monkeypatch.setattr(bounded.read_bytes, "__defaults__", (100,))
    with pytest.raises(UserError, match=r"objects\.json.* more than"):
        read("davis", folder, source)


@pytest.mark.parametrize(
    "outline",
    [
        [0, 0, 1, 0, float("nan"), 3],
        [0, 0, 1e300, 0, 3, 3],
        [0, 0, 1, 0, 3],
        [0, 0],
        [value for row in range(100_000) for value in (row % 7, (row % 2) * 1000)],
    ],
)
def test_outlines_that_cannot_be_meant_are_refused(outline):
    with pytest.raises(ValueError, match=r"outline|range"):
        mask_from_outlines([outline], 1000, 1000)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("coco", b"dear diary", "it is not JSON, or damaged in line 1"),
        ("youtube-vis", b'{"videos": [],\n', "it is not JSON, or damaged in line 2"),
        ("coco", b"\xff\xfe", "it is not a text file in UTF-8"),
        ("cvat", b"dear diary", "it is not XML, or damaged in line 1"),
        ("cvat", b"<?xml version='1.0' encoding='upf-8'?><annotations/>", "unknown encoding: upf-8"),
        ("numpy", b"dear diary", "it is not an .npz file, or damaged"),
    ],
)
def test_a_file_of_another_kind_is_told_in_plain_words(name, content, words, source, tmp_path):
    (tmp_path / "diary").write_bytes(content)
    with pytest.raises(UserError, match=words):
        read(name, tmp_path / "diary", source)


@pytest.mark.parametrize("name", [row.name for row in FORMATS.values() if row.can_read])
def test_what_is_not_there_or_is_something_else_is_told(name, source, tmp_path):
    with pytest.raises(UserError, match="There is no"):
        read(name, tmp_path / "gone", source)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError):
        read(name, tmp_path / "empty", source)
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(UserError, match="noise"):
        read(name, tmp_path / "noise", source)
