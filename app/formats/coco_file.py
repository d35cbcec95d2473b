"""COCO's JSON for the frames of a clip: what its variants share.

Beside COCO's own fields an image has `frame_id`, `time_s` and `video_id`, an annotation `track_id`, `score` and
`attributes`, named as trackers and other tools name them; `pycocotools` passes them over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.formats.bounded import fields, finite, one_file, read_json, reading, rows, share, text, whole
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.numbering import Identities
from app.formats.side_car import FILES, MAX_TIME_S
from app.media.clip import Clip
from app.project.model import Label, Object, Provenance
from engines.labels.points import Points
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

FILE_NAME = "annotations.json"
_MAX_ID = 2**53


@dataclass(frozen=True, slots=True)
class Category:
    """What a file says of a category; `row` is its own row."""

    name: str
    row: Mapping[str, Any]


Annotated = Callable[[int], Iterable[tuple[Object, Label, dict[str, Any]]]]
"""The labels on a frame, each with what its annotation says of the shape and `category_id`."""
Decoded = Callable[[Mapping[str, Any], Category | None, Clip], RleMask | Points]
"""What an annotation of a category shows."""
AsObject = Callable[[Object, Category | None], Object]


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return Plan((FILE_NAME, *FILES), source.clip.n_frames)


def write(
    source: LabelSource, folder: Path, category_rows: list[dict[str, Any]], annotated: Annotated
) -> Iterator[None]:
    """Write the JSON file a row at a time; yields once a frame."""
    clip = source.clip
    with (folder / FILE_NAME).open("w", encoding="utf-8") as file:
        file.write('{"info": {"description": "Throughline"},\n"videos": ')
        json.dump([{"id": 1, "name": source.video.encode("utf-8", "replace").decode()}], file)
        file.write(',\n"categories": ')
        json.dump(category_rows, file, ensure_ascii=False)
        file.write(',\n"images": [')
        for frame, time_s in enumerate(clip.times_s):
            image = {
                "id": frame + 1,
                "file_name": f"{frame:05d}.jpg",
                "width": clip.width,
                "height": clip.height,
                "video_id": 1,
                "frame_id": frame,
                "time_s": float(time_s),
            }
            file.write(f"{',' if frame else ''}\n{json.dumps(image)}")
        file.write('\n],\n"annotations": [')
        n_written = 0
        for frame in range(clip.n_frames):
            for found, label, shape in annotated(frame):
                row = {
                    **shape,
                    "score": label.confidence,
                    "attributes": {"presence": label.presence.value, "provenance": label.provenance.value},
                    "id": n_written + 1,
                    "image_id": frame + 1,
                    "track_id": found.object_id,
                }
                file.write(f"{',' if n_written else ''}\n{json.dumps(row)}")
                n_written += 1
            yield
        file.write("\n]}\n")


def read(path: Path, clip: Clip, decoded: Decoded, as_object: AsObject) -> FileContent:
    """Read COCO's JSON: a file, or the folder with `annotations.json`."""
    file = one_file(path, FILE_NAME, "instances.json", "result.json")
    with reading(file, "COCO"):
        content = fields(read_json(file))
        categories = {
            whole(row["id"], high=_MAX_ID): Category(text(row["name"]), row)
            for row in map(fields, rows(content.get("categories", [])))
        }
        video_id = _video_of(content, clip, file)
        images = [row for row in rows(content["images"]) if video_id is None or row.get("video_id") == video_id]
        places = {whole(image["id"], high=_MAX_ID): place for place, image in enumerate(images)}
        if len(places) < len(images):
            raise ValueError("two images have the same id")
        by_image: dict[int, list[Any]] = {}
        for row in rows(content.get("annotations", [])):
            place = places.get(whole(fields(row)["image_id"], high=_MAX_ID))
            if place is not None:
                by_image.setdefault(place, []).append(row)
        identities = Identities()
        owners = {
            place: [_object_id(identities, place, row, _category(row, categories)) for row in on_image]
            for place, on_image in sorted(by_image.items())
        }
        said_of: dict[int, list[Category | None]] = {}
        for place, on_image in sorted(by_image.items()):
            for object_id, row in zip(owners[place], on_image, strict=True):
                found_there = _category(row, categories)
                if found_there not in said_of.setdefault(object_id, []):
                    said_of[object_id].append(found_there)
        objects = tuple(_one(found, said_of[found.object_id], as_object) for found in identities.objects)
        frames = tuple(_identity(image) for image in images)

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        for place in range(len(images)):
            with reading(file, "COCO"):
                on_image = by_image.pop(place, [])
                if on_image:
                    _check_size(images[place], clip, file)
                found = tuple(
                    _found(object_id, row, decoded(row, _category(row, categories), clip))
                    for object_id, row in zip(owners.get(place, ()), on_image, strict=True)
                )
            yield place, tuple(label for label in found if not isinstance(label.mask, Points) or label.mask.joints)

    return FileContent(objects, frames, labels(), file.parent, identities.notes)


def said_in(attributes: Any) -> tuple[Presence | None, Provenance | None]:
    """Return presence and provenance from the `attributes` that we write; None for what is not known."""
    attributes = attributes if isinstance(attributes, dict) else {}
    presence, provenance = attributes.get("presence"), attributes.get("provenance")
    return (
        Presence(presence) if presence in list(Presence) else None,
        Provenance(provenance) if provenance in list(Provenance) else None,
    )


def _found(object_id: int, row: Mapping[str, Any], content: RleMask | Points) -> Found:
    presence, provenance = said_in(row.get("attributes"))
    return Found(object_id, content, presence, share(row.get("score")), provenance)


def _one(found: Object, said: list[Category | None], as_object: AsObject) -> Object:
    """Return an object that the file puts into the categories `said`, of which the first counts."""
    made, *others = (as_object(found, category) for category in said)
    if any(other.skeleton != made.skeleton for other in others):
        raise ValueError(f"object {found.object_id} has joints of two categories")
    return made


def _category(row: Mapping[str, Any], categories: Mapping[int, Category]) -> Category | None:
    category_id = row.get("category_id")
    return None if category_id is None else categories.get(whole(category_id, high=_MAX_ID))


def _object_id(identities: Identities, place: int, row: dict[str, Any], category: Category | None) -> int:
    attributes = row.get("attributes")
    tracks = [row.get("track_id"), row.get("instance_id")]
    if isinstance(attributes, dict):
        tracks.append(attributes.get("track_id"))
    track = next((whole(track) for track in tracks if track is not None), None)
    return identities.object_id(place, track, "" if category is None else category.name)


def _identity(image: Any) -> FrameIdentity:
    number, time_s = image.get("frame_id"), image.get("time_s")
    return FrameIdentity(
        None if number is None else whole(number),
        Path(text(image.get("file_name", ""))).stem,
        None if time_s is None else finite(time_s, MAX_TIME_S),
    )


def _check_size(image: dict[str, Any], clip: Clip, file: Path) -> None:
    size = (whole(image.get("width", clip.width)), whole(image.get("height", clip.height)))
    if size != (clip.width, clip.height):
        raise UserError(
            f"{file} is for pictures of {size[0]} x {size[1]} pixels, but the clip is {clip.width} x {clip.height}",
            "give labels of the clip's own size",
        )


def _video_of(content: dict[str, Any], clip: Clip, file: Path) -> Any:
    """Return the id of the video in the file that is the clip, None where the file has one at most."""
    videos = rows(content.get("videos", []))
    if len(videos) < 2:
        return None
    wanted = {clip.path.name, clip.path.stem}
    same = [fields(video)["id"] for video in videos if fields(video).get("name") in wanted]
    if len(same) != 1:
        raise UserError(
            f"{file} has {len(videos)} videos, none of them called {clip.path.stem}",
            "name the clip as the file does, or take the others out",
        )
    return same[0]
