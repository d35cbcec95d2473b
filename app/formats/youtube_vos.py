"""YouTube-VOS: palette PNGs of the labelled frames in `Annotations/<video>`, and `meta.json` with the categories."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.formats.bounded import fields, inside, one_file, read_json, reading, rows, text, whole
from app.formats.davis import colours
from app.formats.id_pictures import numbered, painted, pictures_in, read_pictures
from app.formats.interface import FileContent, FrameIdentity, LabelSource, Plan, is_empty
from app.formats.mask_png import MAX_VALUE, davis_palette, write_mask
from app.formats.numbering import NO_CLASS, category, numbering_losses, values
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from app.project.model import Object

META_FILE = "meta.json"
ANNOTATIONS = "Annotations"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write: a PNG for each frame with a label."""
    pictures = (f"{ANNOTATIONS}/{source.video}/{frame:05d}.png" for frame in source.frames)
    return Plan((*pictures, META_FILE, *FILES), source.clip.n_frames, numbering_losses(source, MAX_VALUE))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write PNGs, `meta.json` and the side-car; yields once a frame."""
    numbers = values(source, MAX_VALUE)
    pictures = folder / ANNOTATIONS / source.video
    pictures.mkdir(parents=True)
    seen: dict[int, list[str]] = {found.object_id: [] for found in source.objects}
    for frame in range(source.clip.n_frames):
        if source.labels.get(frame):
            write_mask(pictures / f"{frame:05d}.png", painted(source, frame, numbers), davis_palette())
            for found, _, mask in source.labels_on(frame):
                if mask.area:
                    seen[found.object_id].append(f"{frame:05d}")
        yield
    objects = {
        str(numbers[found.object_id]): {"category": category(found), "frames": seen[found.object_id]}
        for found in source.objects
    }
    meta = {"videos": {source.video.encode("utf-8", "replace").decode(): {"objects": objects}}}
    (folder / META_FILE).write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")
    write_side_car(source, folder, numbers)


def read(path: Path, clip: Clip) -> FileContent:
    """Read the folder with `meta.json`. An object is labelled from the first frame on that shows it."""
    file = one_file(path, META_FILE)
    with reading(file, "YouTube-VOS"):
        videos = fields(fields(read_json(file))["videos"])
        video = _video_of(videos, clip, file)
        described = {
            whole(value, 1, MAX_VALUE): fields(facts)
            for value, facts in fields(fields(videos[video])["objects"]).items()
        }
        first = {value: _first_frame(facts) for value, facts in described.items()}
        categories = {value: text(facts.get("category", "")) for value, facts in described.items()}
        folder = inside(file.parent, f"{ANNOTATIONS}/{video}")
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}, which {file} names", "give the whole data set")
    pictures = pictures_in(folder) if any(folder.iterdir()) else []
    found = read_pictures(pictures, clip) if pictures else None
    numbers = found.values if found else ()
    objects = tuple(
        Object(value, f"{_class(categories, value) or 'object'} {value}", colour, _class(categories, value))
        for value, colour in zip(numbers, colours(numbers, found.palette) if found else (), strict=True)
    )
    identities = tuple(identity for identity, _ in pictures)
    labels = found.labels if found else ()
    begun = (
        tuple(
            label for label in on_frame if not is_empty(label.mask) or _has_begun(identity, first.get(label.object_id))
        )
        for identity, on_frame in zip(identities, labels, strict=True)
    )
    return FileContent(objects, identities, iter(enumerate(begun)), file.parent, found.notes if found else ())


def _first_frame(facts: Mapping[str, Any]) -> int | None:
    frames = [numbered(text(name)).number for name in rows(facts.get("frames", []))]
    return min((frame for frame in frames if frame is not None), default=None)


def _has_begun(identity: FrameIdentity, first: int | None) -> bool:
    return first is None or identity.number is None or identity.number >= first


def _class(categories: Mapping[int, str], value: int) -> str:
    found = categories.get(value, "")
    return "" if found == NO_CLASS else found


def _video_of(videos: Mapping[str, Any], clip: Clip, file: Path) -> str:
    """Return the name of the video in the file that is the clip: the only one, or the one with its name."""
    names = [clip.path.name, clip.path.stem, *(videos if len(videos) == 1 else ())]
    for name in names:
        if name in videos:
            return name
    raise UserError(
        f"{file} has {len(videos)} videos, none of them called {clip.path.stem}", "name the clip as the file does"
    )
