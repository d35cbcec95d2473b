"""YouTube-VIS: one JSON in which each object has a list of masks as COCO's run lengths, one for each frame.

Run lengths are lists of numbers, as in the published annotations: TrackEval reads nothing else. We read packed ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.formats.bounded import fields, one_file, read_json, reading, rows, share, text, whole
from app.formats.boxes import box_of
from app.formats.coco_rle import counts_of
from app.formats.coco_shapes import mask_from_rle
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.numbering import Identities, categories, category
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from engines.labels.rle import RleMask

FILE_NAME = "instances.json"
_MAX_ID = 2**53


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return Plan((FILE_NAME, *FILES), source.clip.n_frames * max(1, len(source.objects)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the JSON file a mask at a time, and the side-car; yields once a frame and object."""
    clip = source.clip
    numbers = categories(source)
    video = source.video.encode("utf-8", "replace").decode()
    facts = {"width": clip.width, "height": clip.height, "length": clip.n_frames}
    names = [f"{video}/{frame:05d}.jpg" for frame in range(clip.n_frames)]
    times_s = [float(time_s) for time_s in clip.times_s]
    with (folder / FILE_NAME).open("w", encoding="utf-8") as file:
        file.write('{"info": {"description": "Throughline"},\n"videos": ')
        json.dump([{"id": 1, **facts, "file_names": names, "times_s": times_s}], file, ensure_ascii=False)
        file.write(',\n"categories": ')
        json.dump([{"id": number, "name": name} for name, number in numbers.items()], file, ensure_ascii=False)
        file.write(',\n"annotations": [')
        for place, found in enumerate(source.objects):
            row = {
                "id": found.object_id,
                "video_id": 1,
                "category_id": numbers[category(found)],
                "iscrowd": 0,
                **facts,
            }
            boxes, areas = [], []
            file.write(f'{"," if place else ""}\n{json.dumps(row)[:-1]}, "segmentations": [')
            for frame in range(clip.n_frames):
                label = source.labels.get(frame, {}).get(found.object_id)
                mask = None if label is None else source.mask(label.mask_id)
                there = mask if mask is not None and mask.area else None
                file.write(f"{', ' if frame else ''}{json.dumps(_run_lengths(there) if there else None)}")
                boxes.append(list(box_of(there)) if there else None)
                areas.append(there.area if there else None)
                yield
            file.write(f'], "bboxes": {json.dumps(boxes)}, "areas": {json.dumps(areas)}}}')
        if not source.objects:
            yield from (None for _ in range(clip.n_frames))
        file.write("\n]}\n")
    write_side_car(source, folder)


def _run_lengths(mask: RleMask) -> dict[str, Any]:
    return {"size": [mask.height, mask.width], "counts": counts_of(mask).tolist()}


def read(path: Path, clip: Clip) -> FileContent:
    """Read the JSON file, or the folder with `instances.json`."""
    file = one_file(path, FILE_NAME, "annotations.json")
    with reading(file, "YouTube-VIS"):
        content = fields(read_json(file))
        video = _video_of(rows(content["videos"]), clip, file)
        if (whole(video["width"]), whole(video["height"])) != (clip.width, clip.height):
            raise ValueError(f"its video is not {clip.width} x {clip.height}, the size of the clip")
        names = [text(name) for name in rows(video["file_names"])]
        categories = {whole(row["id"], high=_MAX_ID): text(row["name"]) for row in rows(content.get("categories", []))}
        identities = Identities()
        tracks: list[tuple[int, float | None, list[Any]]] = []
        for row in rows(content["annotations"]):
            if fields(row)["video_id"] == video["id"]:
                name = categories.get(whole(row.get("category_id", 0)), "")
                object_id = identities.object_id(0, whole(row["id"], high=_MAX_ID), name)
                masks = rows(row["segmentations"])
                if len(masks) != len(names):
                    raise ValueError(f"an object has {len(masks)} masks for {len(names)} frames")
                tracks.append((object_id, share(row.get("score")), masks))
        frames = tuple(_identity(place, name) for place, name in enumerate(names))

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        for place in range(len(names)):
            with reading(file, "YouTube-VIS"):
                found = tuple(
                    Found(object_id, mask_from_rle(fields(masks[place]), clip), confidence=score)
                    for object_id, score, masks in tracks
                    if masks[place] is not None
                )
            yield place, found

    return FileContent(identities.objects, frames, labels(), file.parent, identities.notes)


def _identity(place: int, name: str) -> FrameIdentity:
    """Return the frame of a file name: by the number that it is, else by its place among the names."""
    stem = Path(name).stem
    return FrameIdentity(int(stem) if stem.isascii() and stem.isdecimal() and len(stem) < 10 else place, stem)


def _video_of(videos: list[Any], clip: Clip, file: Path) -> dict[str, Any]:
    """Return the video in the file that is the clip: the only one, or by the folder of its frames."""
    if len(videos) == 1:
        return fields(videos[0])
    wanted = {clip.path.name, clip.path.stem}
    for video in videos:
        names = rows(fields(video)["file_names"])
        if names and Path(text(names[0])).parent.name in wanted:
            return video
    raise UserError(
        f"{file} has {len(videos)} videos, none of them called {clip.path.stem}", "name the clip as the file does"
    )
