"""LabelMe: a JSON for each labelled frame, masks as polygons along the edges of pixels.

The parts of a mask are shapes with the same `group_id`, which is the object. Presence, confidence, provenance, frame
number and time stamp are fields of our own, which LabelMe keeps when it saves the file.
Format: `labelme/_label_file.py` of LabelMe 5 and later, read for what it accepts.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.errors import UserError
from app.formats.bounded import fields, finite, read_json, reading, rows, share, text, whole
from app.formats.boxes import box_mask
from app.formats.coco_file import said_in
from app.formats.id_pictures import numbered
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.numbering import Identities, category
from app.formats.outlines import mask_from_outlines, outlines
from app.formats.side_car import FILES, MAX_TIME_S, has_side_car, write_side_car
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from engines.labels.rle import RleMask

VERSION = "5.5.0"
"""Of LabelMe, whose readers look at it."""


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write: a JSON for each frame with a label."""
    return Plan((*(f"{frame:05d}.json" for frame in source.frames), *FILES), source.clip.n_frames)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the JSON files and the side-car; yields once a frame."""
    clip = source.clip
    for frame in range(clip.n_frames):
        if source.labels.get(frame):
            content: dict[str, Any] = {
                "version": VERSION,
                "flags": {},
                "shapes": list(_shapes(source, frame)),
                "imagePath": f"{frame:05d}.jpg",
                "imageData": None,
                "imageHeight": clip.height,
                "imageWidth": clip.width,
                "frame": frame,
                "time_s": float(clip.times_s[frame]),
            }
            written = json.dumps(content, ensure_ascii=False)
            (folder / f"{frame:05d}.json").write_text(written, encoding="utf-8")
        yield
    write_side_car(source, folder)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a folder of JSON files, or one. Polygons, rectangles and masks are taken; the rest is told."""
    if not path.exists():
        raise UserError(f"There is no {path}", "check the path")
    with told_to_the_user(path):
        found = [path] if path.is_file() else sorted(path.glob("*.json"))
    files = [file for file in found if file.name not in FILES]
    if not files and not has_side_car(path):
        raise UserError(f"There is no JSON of LabelMe in {path}", "give one, or the folder with all of them")
    identities = Identities()
    frames: list[FrameIdentity] = []
    by_place: list[tuple[Found, ...]] = []
    passed_over: set[str] = set()
    for place, file in enumerate(files):
        with reading(file, "LabelMe"):
            content = fields(read_json(file))
            size = (whole(content["imageWidth"]), whole(content["imageHeight"]))
            if size != (clip.width, clip.height):
                raise ValueError(f"its picture is not {clip.width} x {clip.height}, the size of the clip")
            frames.append(_identity(content, file))
            parts: dict[int, list[tuple[dict[str, Any], RleMask]]] = {}
            for shape in rows(content["shapes"]):
                kind = fields(shape).get("shape_type", "polygon")
                if kind not in ("polygon", "rectangle", "mask"):
                    passed_over.add(str(kind)[:20])
                    continue
                group = shape.get("group_id")
                name = shape.get("description") if isinstance(shape.get("description"), str) else ""
                track = None if group is None else whole(group)
                object_id = identities.object_id(place, track, text(shape["label"]), name or "")
                parts.setdefault(object_id, []).append((shape, _mask(shape, kind, clip)))
            by_place.append(tuple(_found(object_id, shapes) for object_id, shapes in parts.items()))
    notes = (f"Shapes of other kinds were passed over: {', '.join(sorted(passed_over))}.",) if passed_over else ()
    folder = path if path.is_dir() else path.parent
    labels = iter(enumerate(by_place))
    return FileContent(identities.objects, tuple(frames), labels, folder, (*identities.notes, *notes))


def _shapes(source: LabelSource, frame: int) -> Iterator[dict[str, Any]]:
    for found, label, mask in source.labels_on(frame):
        for ring in outlines(mask):
            yield {
                "label": category(found),
                "points": ring.astype(float).tolist(),
                "group_id": found.object_id,
                "description": found.name,
                "shape_type": "polygon",
                "flags": {},
                "score": label.confidence,
                "attributes": {"presence": label.presence.value, "provenance": label.provenance.value},
            }


def _identity(content: dict[str, Any], file: Path) -> FrameIdentity:
    number, time_s = content.get("frame"), content.get("time_s")
    by_name = numbered(file.stem)
    return FrameIdentity(
        by_name.number if number is None else whole(number),
        by_name.name,
        None if time_s is None else finite(time_s, MAX_TIME_S),
    )


def _found(object_id: int, shapes: list[tuple[dict[str, Any], RleMask]]) -> Found:
    """Return the label of which `shapes` are the parts."""
    first, mask = shapes[0]
    if len(shapes) > 1:
        whole_mask = np.logical_or.reduce([part.decode() for _, part in shapes])
        mask = RleMask.encode(whole_mask)
    presence, provenance = said_in(first.get("attributes"))
    return Found(object_id, mask, presence, share(first.get("score")), provenance)


def _mask(shape: dict[str, Any], kind: str, clip: Clip) -> RleMask:
    points = [[finite(x), finite(y)] for x, y in rows(shape["points"])]
    if kind == "polygon":
        return mask_from_outlines([[value for point in points for value in point]], clip.width, clip.height)
    (x0, y0), (x1, y1) = points
    left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    if kind == "rectangle":
        return box_mask(left, top, right - left, bottom - top, clip.width, clip.height)
    return _pasted(text(shape["mask"]), int(left), int(top), clip)


def _pasted(coded: str, left: int, top: int, clip: Clip) -> RleMask:
    """Return a mask that LabelMe keeps as a PNG in the JSON, with its corner at `left` and `top`."""
    with Image.open(io.BytesIO(base64.b64decode(coded, validate=True)), formats=["PNG"]) as picture:
        if left < 0 or top < 0 or left + picture.width > clip.width or top + picture.height > clip.height:
            raise ValueError(f"a mask reaches outside {clip.width} x {clip.height}, the size of the clip")
        crop = np.array(picture.convert("L")) > 0
    return RleMask.encode_crop(crop, (left, top), clip.width, clip.height)
