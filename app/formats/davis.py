"""Folders of palette PNGs, as DAVIS has them, with two JSON files beside them that DAVIS has not.

`objects.json` keeps names, colours and classes, `frames.json` time stamps and which objects are
labelled on which frame; readers that know only DAVIS see a folder of PNGs. Without the JSON files
every PNG counts as a label of every object: one that is missing from it is "not here".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from app.errors import UserError
from app.formats.interface import LabelSource, LabelsRead
from app.formats.label_pictures import read_labels
from app.formats.mask_png import MAX_VALUE, davis_palette, grey_palette, write_mask
from app.media.clip import Clip
from app.project.model import Object, Provenance
from app.project.verbs import COLOURS
from engines.labels.presence import Presence
from engines.propagation.types import MaskAnchor

T = TypeVar("T")

OBJECTS_FILE = "objects.json"
FRAMES_FILE = "frames.json"


def losses(source: LabelSource) -> tuple[str, ...]:
    """Return what palette PNGs cannot hold of `source`, a sentence each."""
    labels = [label for on_frame in source.labels.values() for label in on_frame.values()]
    found = []
    if len(source.objects) > 1:
        found.append("Where objects overlap, only the upper one keeps the pixels.")
    if any(label.provenance is not Provenance.ANCHOR for label in labels):
        found.append("Which labels a person made, and the confidence of the others, is not kept.")
    if any(label.presence is not Presence.VISIBLE for label in labels):
        found.append("Whether an object is occluded or out of the frame is not kept.")
    if any(value != object_id for object_id, value in _values(source).items()):
        found.append(f"Objects are numbered anew, because a PNG holds no id above {MAX_VALUE}.")
    return tuple(found)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a PNG for every frame, labelled or not, and the JSON files; yields once a frame."""
    values = _values(source)
    if len(values) > MAX_VALUE:
        raise UserError(
            f"The project has {len(values)} objects, but a palette PNG holds {MAX_VALUE}", "delete some, or split it"
        )
    clip = source.clip
    for frame in range(clip.n_frames):
        picture = np.zeros((clip.height, clip.width), np.uint8)
        for found, mask in source.masks_on(frame):
            left, top, right, bottom = mask.box
            picture[top:bottom, left:right][mask.crop()] = values[found.object_id]
        write_mask(folder / f"{frame:05d}.png", picture, davis_palette())
        yield
    _write_json(
        folder / OBJECTS_FILE,
        [
            {
                "value": values[found.object_id],
                "name": found.name,
                "colour": list(found.colour),
                "class": found.class_name,
            }
            for found in source.objects
        ],
    )
    _write_json(
        folder / FRAMES_FILE,
        [
            {
                "frame": frame,
                "time_s": float(time_s),
                "name": clip.names[frame] if clip.names else "",
                "labelled": sorted(values[object_id] for object_id in source.labels.get(frame, {})),
            }
            for frame, time_s in enumerate(clip.times_s)
        ],
    )


def read(path: Path, clip: Clip) -> LabelsRead:
    """Read a folder of PNGs, or one PNG, as anchors of `clip`; names come from the JSON file where there is one."""
    pictures = read_labels(path, clip)
    folder = path if path.is_dir() else path.parent
    described = {found.object_id: found for found in _read_json(folder / OBJECTS_FILE, _described_object)}
    labelled = dict(_read_json(folder / FRAMES_FILE, _labelled_values))
    is_grey = np.array_equal(pictures.palette, grey_palette())
    strangers = [
        Object(value, f"object {value}", COLOURS[place % len(COLOURS)] if is_grey else _colour(pictures.palette[value]))
        for place, value in enumerate(pictures.object_ids)
        if value not in described
    ]
    objects = tuple(replace(found, position=place) for place, found in enumerate([*described.values(), *strangers]))
    by_frame: dict[int, list[MaskAnchor]] = {frame: [] for frame in pictures.frames}
    for anchor in pictures.anchors:
        known = labelled.get(anchor.frame)
        if known is None or anchor.object_id in known or anchor.mask.area:
            by_frame[anchor.frame].append(anchor)
    return LabelsRead(objects, len(by_frame), (tuple(anchors) for anchors in by_frame.values()), pictures.notes)


def _values(source: LabelSource) -> dict[int, int]:
    """Return the pixel value of each object: its id, or its place where an id is too high for a PNG."""
    object_ids = sorted(found.object_id for found in source.objects)
    fits = not object_ids or object_ids[-1] <= MAX_VALUE
    return {object_id: object_id if fits else place for place, object_id in enumerate(object_ids, 1)}


def _described_object(row: dict[str, Any]) -> Object:
    """Return the object that a row of the JSON file describes. Raises ValueError, KeyError or TypeError."""
    value = int(row["value"])
    if not 1 <= value <= MAX_VALUE:
        raise ValueError(f"value {value} is not within 1 and {MAX_VALUE}")
    return Object(value, str(row["name"]), _colour(row["colour"]), class_name=str(row.get("class", "")))


def _labelled_values(row: dict[str, Any]) -> tuple[int, frozenset[int]]:
    """Return a frame and the values labelled on it, from a row of the JSON file. Raises like `_described_object`."""
    return int(row["frame"]), frozenset(int(value) for value in row["labelled"])


def _colour(parts: Iterable[int]) -> tuple[int, int, int]:
    """Return an RGB colour. Raises ValueError or TypeError for what is none."""
    red, green, blue = (int(part) for part in parts)
    if not 0 <= min(red, green, blue) <= max(red, green, blue) <= 255:
        raise ValueError(f"colour {red}, {green}, {blue} is not within 0 and 255")
    return red, green, blue


def _write_json(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write one row a line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _read_json(path: Path, parse: Callable[[dict[str, Any]], T]) -> list[T]:
    """Return what `parse` makes of each row of a JSON file of ours; nothing where there is no such file."""
    if not path.exists():
        return []
    try:
        return [parse(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise UserError(
            f"{path} cannot be read ({reason})", "correct it, or move it away to import only the masks"
        ) from error
