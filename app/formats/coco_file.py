"""COCO's instance JSON for the frames of a clip: what its variants share.

Beside COCO's own fields an image has `frame_id`, `time_s` and `video_id`, an annotation `track_id`, `score` and
`attributes`, named as trackers and other tools name them; `pycocotools` passes them over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from app.errors import UserError
from app.formats.bounded import fields, finite, one_file, read_json, reading, rows, share, text, whole
from app.formats.boxes import box_mask, box_of
from app.formats.coco_rle import counts_of, mask_of, packed, unpacked
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.numbering import Identities, categories, category
from app.formats.outlines import mask_from_outlines, outlines
from app.formats.side_car import FILES, MAX_TIME_S, write_side_car
from app.media.clip import Clip
from app.project.model import Label, Provenance
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

Shape = Literal["rle", "polygons", "boxes"]

FILE_NAME = "annotations.json"
_MAX_ID = 2**53


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return Plan((FILE_NAME, *FILES), source.clip.n_frames)


def write(source: LabelSource, folder: Path, shape: Shape) -> Iterator[None]:
    """Write the JSON file a row at a time, and the side-car; yields once a frame."""
    clip = source.clip
    numbers = categories(source)
    with (folder / FILE_NAME).open("w", encoding="utf-8") as file:
        file.write('{"info": {"description": "Throughline"},\n"videos": ')
        json.dump([{"id": 1, "name": source.video.encode("utf-8", "replace").decode()}], file)
        file.write(',\n"categories": ')
        json.dump([{"id": number, "name": name} for name, number in numbers.items()], file, ensure_ascii=False)
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
            for found, label, mask in source.labels_on(frame):
                if mask.area:
                    row = _annotation(label, mask, shape)
                    row |= {
                        "id": n_written + 1,
                        "image_id": frame + 1,
                        "category_id": numbers[category(found)],
                        "track_id": found.object_id,
                    }
                    file.write(f"{',' if n_written else ''}\n{json.dumps(row)}")
                    n_written += 1
            yield
        file.write("\n]}\n")
    write_side_car(source, folder)


def read(path: Path, clip: Clip, shape: Shape) -> FileContent:
    """Read COCO's JSON: a file, or the folder with `annotations.json`."""
    file = one_file(path, FILE_NAME, "instances.json", "result.json")
    with reading(file, "COCO"):
        content = fields(read_json(file))
        names = {whole(row["id"], high=_MAX_ID): text(row["name"]) for row in rows(content.get("categories", []))}
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
            place: [_object_id(identities, place, row, names) for row in on_image]
            for place, on_image in sorted(by_image.items())
        }
        frames = tuple(_identity(image) for image in images)

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        for place in range(len(images)):
            with reading(file, "COCO"):
                on_image = by_image.pop(place, [])
                if on_image:
                    _check_size(images[place], clip, file)
                found = tuple(
                    _found(object_id, row, clip, shape)
                    for object_id, row in zip(owners.get(place, ()), on_image, strict=True)
                )
            yield place, found

    return FileContent(identities.objects, frames, labels(), file.parent, identities.notes)


def _annotation(label: Label, mask: RleMask, shape: Shape) -> dict[str, Any]:
    """Return COCO's row of one label but for its ids."""
    segmentation: Any = []
    if shape == "rle":
        segmentation = rle_of(mask)
    elif shape == "polygons":
        segmentation = [ring.ravel().tolist() for ring in outlines(mask)]
    box = box_of(mask)
    return {
        "segmentation": segmentation,
        "bbox": list(box),
        "area": box[2] * box[3] if shape == "boxes" else mask.area,
        "iscrowd": 0,
        "score": label.confidence,
        "attributes": {"presence": label.presence.value, "provenance": label.provenance.value},
    }


def rle_of(mask: RleMask) -> dict[str, Any]:
    """Return a mask as COCO writes it into JSON."""
    return {"size": [mask.height, mask.width], "counts": packed(counts_of(mask))}


def mask_from_rle(segmentation: Mapping[str, Any], clip: Clip) -> RleMask:
    """Return the mask in COCO's JSON, packed or not. Raises ValueError where it is damaged or of another size."""
    if [whole(side) for side in rows(segmentation["size"])] != [clip.height, clip.width]:
        raise ValueError(f"a mask is not {clip.width} x {clip.height}, the size of the clip")
    counts = segmentation["counts"]
    if isinstance(counts, str):
        return mask_of(unpacked(counts), clip.width, clip.height)
    return mask_of(np.array([whole(count) for count in rows(counts)], np.int64), clip.width, clip.height)


def said_in(attributes: Any) -> tuple[Presence | None, Provenance | None]:
    """Return presence and provenance from the `attributes` that we write; None for what is not known."""
    attributes = attributes if isinstance(attributes, dict) else {}
    presence, provenance = attributes.get("presence"), attributes.get("provenance")
    return (
        Presence(presence) if presence in list(Presence) else None,
        Provenance(provenance) if provenance in list(Provenance) else None,
    )


def _found(object_id: int, row: dict[str, Any], clip: Clip, shape: Shape) -> Found:
    segmentation = row.get("segmentation")
    if shape == "boxes" or not segmentation:
        x, y, width, height = rows(row["bbox"])
        mask = box_mask(x, y, width, height, clip.width, clip.height)
    elif isinstance(segmentation, dict):
        mask = mask_from_rle(segmentation, clip)
    else:
        mask = mask_from_outlines([rows(outline) for outline in rows(segmentation)], clip.width, clip.height)
    presence, provenance = said_in(row.get("attributes"))
    return Found(object_id, mask, presence, share(row.get("score")), provenance)


def _object_id(identities: Identities, place: int, row: dict[str, Any], names: Mapping[int, str]) -> int:
    attributes = row.get("attributes")
    tracks = [row.get("track_id"), row.get("instance_id")]
    if isinstance(attributes, dict):
        tracks.append(attributes.get("track_id"))
    track = next((whole(track) for track in tracks if track is not None), None)
    category_id = row.get("category_id")
    return identities.object_id(place, track, "" if category_id is None else names.get(whole(category_id), ""))


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
