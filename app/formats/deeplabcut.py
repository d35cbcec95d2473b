"""DeepLabCut's training data: a CSV and an HDF5 table of labels for each video, and the project's ``config.yaml``.

A table has columns for x and y of each joint, by scorer, individual (where there are several) and joint, and a row for
each labelled frame, called ``labeled-data/<video>/img<frame>.png``; places are in pixels, pixel centres at whole
numbers. Tables of what DeepLabCut found, with a likelihood beside x and y, can be read too.
https://deeplabcut.github.io/DeepLabCut/docs/standardDeepLabCut_UserGuide.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from app.errors import UserError
from app.formats.bounded import fields, read_yaml, reading, rows
from app.formats.deeplabcut_table import LEVELS, Individual, Table, X, Y, csv_text, identity, individuals, labels_of
from app.formats.deeplabcut_table import read_csv as read_csv_table
from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.joints import animal, couples_by_name, in_order, one_skeleton
from app.formats.only_file import only_file
from app.formats.pandas_hdf5 import read_table, write_table
from app.formats.side_car import FILES, write_side_car
from app.formats.skeletons import skeleton_of_dataset
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from app.project.skeleton import Skeleton

SCORER = "Throughline"
CONFIG_FILE = "config.yaml"
LABELS = "labeled-data"
_STEM = f"CollectedData_{SCORER}"
_WHAT = "DeepLabCut's labels"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where there is not one skeleton."""
    one_skeleton(source)
    tables = [f"{LABELS}/{source.video}/{_STEM}.csv"]
    if source.frames:
        tables.append(f"{LABELS}/{source.video}/{_STEM}.h5")
    return Plan((CONFIG_FILE, *tables, *FILES), max(1, len(source.frames)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the tables, ``config.yaml`` and the side-car; yields once for each labelled frame."""
    skeleton = one_skeleton(source)
    frames, objects = source.frames, source.objects
    names = _names(source)
    width = 2 * len(skeleton.joints)
    values = np.full((len(frames), width * len(objects)), np.nan)
    places = {found.object_id: place for place, found in enumerate(objects)}
    for row, frame in enumerate(frames):
        for found, _, points in source.points_on(frame):
            for joint, at in enumerate(in_order(points, skeleton)):
                if at is not None:
                    start = width * places[found.object_id] + 2 * joint
                    values[row, start : start + 2] = at[:2]
        yield
    several = len(objects) > 1
    columns = tuple(
        (SCORER, *((name,) if several else ()), joint.name, coordinate)
        for name in names
        for joint in skeleton.joints
        for coordinate in (X, Y)
    )
    index = tuple((LABELS, source.video, f"img{frame:04d}.png") for frame in frames)
    table = Table(LEVELS if several else LEVELS[:1] + LEVELS[2:], columns, index, values)
    home = folder / LABELS / source.video
    home.mkdir(parents=True)
    (home / f"{_STEM}.csv").write_text(csv_text(table), encoding="utf-8")
    if frames:
        write_table(home / f"{_STEM}.h5", table)
    config = yaml.safe_dump(_config(source, skeleton, names), sort_keys=False, allow_unicode=True, width=10_000)
    (folder / CONFIG_FILE).write_text(config, encoding="utf-8")
    known_as = {object_id: place + 1 for object_id, place in places.items()}
    write_side_car(source, folder, known_as, with_hidden=True, with_sure=True)
    if not frames:
        yield


def read(path: Path, clip: Clip) -> FileContent:
    """Read a table, CSV or HDF5, or the one for the clip in a project's folder."""
    file = _table_file(path, clip)
    project = next((folder for folder in file.parents[:3] if (folder / CONFIG_FILE).is_file()), file.parent)
    with reading(file, _WHAT):
        table = read_csv_table(file) if file.suffix.lower() == ".csv" else read_table(file)
        table = _of_clip(table, clip)
        animals = individuals(table)
    bones = _bones(project / CONFIG_FILE)
    with reading(file, _WHAT):
        objects = tuple(
            animal(number, number - 1, _skeleton(found, bones), found.name) for number, found in enumerate(animals, 1)
        )
    frames = tuple(identity(row) for row in table.rows)

    def labels() -> Iterator[Any]:
        with reading(file, _WHAT):
            yield from labels_of(table, animals)

    return FileContent(objects, frames, labels(), project)


def _names(source: LabelSource) -> list[str]:
    """Return a name for each object that no other has."""
    counts = Counter(found.name for found in source.objects)
    if max(counts.values()) == 1:
        return list(counts)
    return [f"{found.name} ({found.object_id})" for found in source.objects]


def _config(source: LabelSource, skeleton: Skeleton, names: Sequence[str]) -> dict[str, Any]:
    """Return what DeepLabCut's ``config.yaml`` says; its paths are to be set by whoever trains."""
    clip = source.clip
    joints = [joint.name for joint in skeleton.joints]
    several = len(source.objects) > 1
    told: dict[str, Any] = {
        "Task": SCORER,
        "scorer": SCORER,
        "date": "",
        "multianimalproject": several,
        "identity": False,
        "project_path": ".",
        "video_sets": {f"videos/{clip.path.name}": {"crop": f"0, {clip.width}, 0, {clip.height}"}},
    }
    if several:
        told |= {"individuals": list(names), "uniquebodyparts": [], "multianimalbodyparts": joints}
    return told | {
        "bodyparts": "MULTI!" if several else joints,
        "start": 0,
        "stop": 1,
        "numframes2pick": 20,
        "skeleton": couples_by_name(skeleton, skeleton.bones),
        "skeleton_color": "black",
        "pcutoff": 0.6,
        "dotsize": 12,
        "alphavalue": 0.7,
        "colormap": "rainbow",
        "TrainingFraction": [0.95],
        "iteration": 0,
        "default_net_type": "resnet_50",
        "snapshotindex": -1,
        "batch_size": 8,
        "cropping": False,
    }


def _table_file(path: Path, clip: Clip) -> Path:
    if not path.is_dir():
        return only_file(path, "", "", clip)
    for ending in ("h5", "csv"):
        with told_to_the_user(path):
            found = sorted(path.glob(f"CollectedData_*.{ending}"))
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(f"{path} has labels of {len(found)} scorers", "give the file of one")
    if not (path / LABELS).is_dir():
        raise UserError(f"There is nothing of DeepLabCut in {path}", f"give the folder with {LABELS}, or a table")
    return _table_file(only_file(path / LABELS, "", "", clip), clip)


def _of_clip(table: Table, clip: Clip) -> Table:
    """Return the rows of a table that are for the clip, where it has rows for several videos."""
    videos = [row[-2] if len(row) > 1 else "" for row in table.rows]
    if len(set(videos)) < 2:
        return table
    kept = [place for place, video in enumerate(videos) if video in (clip.path.name, clip.path.stem)]
    if not kept:
        raise ValueError(f"it has labels of {len(set(videos))} videos, none of them called {clip.path.stem}")
    return Table(table.levels, table.columns, tuple(table.rows[place] for place in kept), table.values[kept])


def _bones(file: Path) -> list[tuple[str, str]]:
    """Return the bones that ``config.yaml`` names, none where there is no such file."""
    if not file.is_file():
        return []
    with reading(file, "DeepLabCut's configuration"):
        told = fields(read_yaml(file)).get("skeleton") or []
        couples = [tuple(map(str, rows(bone))) for bone in rows(told)]
        return [(first, second) for first, second in (couple for couple in couples if len(couple) == 2)]


def _skeleton(found: Individual, bones: Sequence[tuple[str, str]]) -> Skeleton:
    known = [list(bone) for bone in bones if set(bone) <= set(found.joints) and len(set(bone)) == 2]
    content = {"names": list(found.joints)} | ({"bones": known} if known else {})
    return skeleton_of_dataset(content, "animal")
