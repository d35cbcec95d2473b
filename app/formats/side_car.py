"""Two JSON files beside every export, for what the format itself has no place for.

`objects.json` has names, colours, classes, kinds and skeletons; `frames.json` the number, time stamp and file name of
every frame of the clip and, for each label on it, who made it, how sure it is and where the object was, and what the
format cannot say of its joints. Other programs need not know them. What the format's own files say of shapes always
holds: they may have been edited since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS, fields, finite, read_json, reading, rows, share, text, whole
from app.formats.interface import FrameIdentity, LabelSource
from app.project.model import ABSENT, Kind, Label, Object, Provenance
from app.project.skeleton import Skeleton, skeleton_from
from engines.labels.points import Points
from engines.labels.presence import Presence

T = TypeVar("T")

OBJECTS_FILE = "objects.json"
FRAMES_FILE = "frames.json"
FILES = (OBJECTS_FILE, FRAMES_FILE)

MAX_TIME_S = 1e9


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one label beside its shape. `is_empty`: it is a label that shows nothing.

    `hidden` are the names of joints that something hides, `sure` the confidence of joints by name where it is not 1:
    both only where the format's own files cannot say it.
    """

    presence: Presence
    confidence: float
    provenance: Provenance
    is_empty: bool
    hidden: frozenset[str] = frozenset()
    sure: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SideCar:
    """What a side-car says: objects, and by frame number the frame's identity and its labels by object.

    Objects have the ids by which the format's own files know them.
    """

    objects: Mapping[int, Object]
    frames: Mapping[int, tuple[FrameIdentity, Mapping[int, Said]]]


def write_side_car(
    source: LabelSource,
    folder: Path,
    values: Mapping[int, int] | None = None,
    *,
    with_hidden: bool = False,
    with_sure: bool = False,
) -> None:
    """Write both files. `values` gives the number by which the format's files know an object, where not its id.

    `with_hidden` and `with_sure` say of joints which are hidden and how sure they are, for formats that cannot.
    """
    known_as = values or {found.object_id: found.object_id for found in source.objects}
    _write_rows(folder / OBJECTS_FILE, (_object_row(found, known_as) for found in source.objects))
    _write_rows(folder / FRAMES_FILE, _frame_rows(source, known_as, with_hidden=with_hidden, with_sure=with_sure))


def has_side_car(folder: Path) -> bool:
    """Return whether `folder` is an export of ours, so that it may also hold no label at all."""
    return (folder / OBJECTS_FILE).is_file()


def read_side_car(folder: Path) -> SideCar:
    """Return what the side-car in `folder` says, nothing where there is none. Raises UserError, naming the file."""
    objects = _read_rows(folder / OBJECTS_FILE, _parsed_object)
    frames = _read_rows(folder / FRAMES_FILE, _parsed_frame)
    if len(objects) > MAX_OBJECTS:
        raise UserError(f"{folder / OBJECTS_FILE} names {len(objects)} objects", f"give at most {MAX_OBJECTS}")
    return SideCar(
        {found.object_id: found for found in objects},
        {identity.number: (identity, labels) for identity, labels in frames if identity.number is not None},
    )


def _object_row(found: Object, known_as: Mapping[int, int]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "value": known_as[found.object_id],
        "name": found.name,
        "colour": list(found.colour),
        "class": found.class_name,
        "kind": found.kind.value,
    }
    if found.skeleton is not None:
        row["skeleton"] = json.loads(found.skeleton.to_json())
        for joint in row["skeleton"]["joints"]:
            del joint["slot"]  # says where labels of the project have it; in files joints are in order
    return row


def _frame_rows(
    source: LabelSource, known_as: Mapping[int, int], *, with_hidden: bool, with_sure: bool
) -> Iterator[dict[str, Any]]:
    clip = source.clip
    for frame, time_s in enumerate(clip.times_s):
        yield {
            "frame": frame,
            "time_s": float(time_s),
            "name": clip.names[frame] if clip.names else "",
            "labels": [
                {
                    "value": known_as[found.object_id],
                    "provenance": label.provenance.value,
                    "presence": label.presence.value,
                    "confidence": label.confidence,
                    "empty": is_empty,
                    **_told_of_joints(found.skeleton, points, with_hidden=with_hidden, with_sure=with_sure),
                }
                for found, label, is_empty, points in _labels_on(source, frame)
            ],
        }


def _labels_on(source: LabelSource, frame: int) -> Iterator[tuple[Object, Label, bool, Points]]:
    """Yield the objects that have a label on a frame with it, whether it shows nothing, and its joints."""
    yield from ((found, label, mask.area == 0, Points()) for found, label, mask in source.labels_on(frame))
    yield from ((found, label, not points.joints, points) for found, label, points in source.points_on(frame))
    yield from ((found, label, label.presence in ABSENT, Points()) for found, label in source.pictures_on(frame))


def _told_of_joints(skeleton: Skeleton | None, points: Points, *, with_hidden: bool, with_sure: bool) -> dict[str, Any]:
    """Return what a label's row says of joints; nothing where there is nothing to be said."""
    joints = [(joint.name, points.at(joint.slot)) for joint in (skeleton.joints if skeleton else ())]
    hidden = [name for name, joint in joints if with_hidden and joint is not None and not joint.is_visible]
    sure = {
        name: joint.confidence for name, joint in joints if with_sure and joint is not None and joint.confidence < 1
    }
    return ({"hidden": hidden} if hidden else {}) | ({"sure": sure} if sure else {})


def _parsed_object(row: Any) -> Object:
    row = fields(row)
    red, green, blue = (whole(part, high=255) for part in rows(row["colour"]))
    return Object(
        whole(row["value"], 1),
        text(row["name"]),
        (red, green, blue),
        text(row.get("class", "")),
        Kind(row.get("kind", Kind.MASK)),
        skeleton=skeleton_from(row["skeleton"]) if "skeleton" in row else None,
    )


def _parsed_frame(row: Any) -> tuple[FrameIdentity, Mapping[int, Said]]:
    row = fields(row)
    time_s = row.get("time_s")
    identity = FrameIdentity(
        whole(row["frame"]),
        Path(text(row.get("name", ""))).stem,
        None if time_s is None else finite(time_s, MAX_TIME_S),
    )
    return identity, dict(_parsed_label(label) for label in rows(row["labels"]))


def _parsed_label(row: Any) -> tuple[int, Said]:
    row = fields(row)
    confidence = share(row["confidence"])
    said = Said(
        Presence(row["presence"]),
        1.0 if confidence is None else confidence,
        Provenance(row["provenance"]),
        bool(row["empty"]),
        frozenset(text(name) for name in rows(row.get("hidden", []))),
        {name: share(chance) or 0.0 for name, chance in fields(row.get("sure", {})).items()},
    )
    return whole(row["value"], 1), said


def _write_rows(path: Path, made: Iterable[dict[str, Any]]) -> None:
    """Write one row a line, so that the file can be read by people and compared line by line."""
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:  # names of files need not be text
        file.write("[")
        for place, row in enumerate(made):
            file.write(f"{',' if place else ''}\n{json.dumps(row, ensure_ascii=False)}")
        file.write("\n]\n")


def _read_rows(path: Path, parsed: Callable[[Any], T]) -> list[T]:
    if not path.exists():
        return []
    with reading(path, "a description beside labels"):
        return [parsed(row) for row in rows(read_json(path))]
