"""Two JSON files beside every export, for what the format itself has no place for.

`objects.json` has names, colours, classes and kinds; `frames.json` the number, time stamp and file name of every frame
of the clip and, for each label on it, who made it, how sure it is and where the object was. Other programs need
not know them. What the format's own files say of shapes always holds: they may have been edited since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS, fields, finite, read_json, reading, rows, share, text, whole
from app.formats.interface import FrameIdentity, LabelSource
from app.project.model import Kind, Label, Object, Provenance
from engines.labels.presence import Presence

T = TypeVar("T")

OBJECTS_FILE = "objects.json"
FRAMES_FILE = "frames.json"
FILES = (OBJECTS_FILE, FRAMES_FILE)

MAX_TIME_S = 1e9


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one label beside its shape. `is_empty`: it is a label that shows nothing."""

    presence: Presence
    confidence: float
    provenance: Provenance
    is_empty: bool


@dataclass(frozen=True, slots=True)
class SideCar:
    """What a side-car says: objects, and by frame number the frame's identity and its labels by object.

    Objects have the ids by which the format's own files know them.
    """

    objects: Mapping[int, Object]
    frames: Mapping[int, tuple[FrameIdentity, Mapping[int, Said]]]


def write_side_car(source: LabelSource, folder: Path, values: Mapping[int, int] | None = None) -> None:
    """Write both files. `values` gives the number by which the format's files know an object, where not its id."""
    known_as = values or {found.object_id: found.object_id for found in source.objects}
    _write_rows(folder / OBJECTS_FILE, (_object_row(found, known_as) for found in source.objects))
    _write_rows(folder / FRAMES_FILE, _frame_rows(source, known_as))


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
    return {
        "value": known_as[found.object_id],
        "name": found.name,
        "colour": list(found.colour),
        "class": found.class_name,
        "kind": found.kind.value,
    }


def _frame_rows(source: LabelSource, known_as: Mapping[int, int]) -> Iterator[dict[str, Any]]:
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
                }
                for found, label, is_empty in _labels_on(source, frame)
            ],
        }


def _labels_on(source: LabelSource, frame: int) -> Iterator[tuple[Object, Label, bool]]:
    """Yield the objects that have a label on a frame with it, and whether it shows nothing."""
    yield from ((found, label, mask.area == 0) for found, label, mask in source.labels_on(frame))
    yield from ((found, label, not points.joints) for found, label, points in source.points_on(frame))


def _parsed_object(row: Any) -> Object:
    row = fields(row)
    red, green, blue = (whole(part, high=255) for part in rows(row["colour"]))
    return Object(
        whole(row["value"], 1),
        text(row["name"]),
        (red, green, blue),
        text(row.get("class", "")),
        Kind(row.get("kind", Kind.MASK)),
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
