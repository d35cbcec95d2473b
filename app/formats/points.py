"""Points of all animals as one JSON file; see `points_file`. Bones and pairs of their skeleton go along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import UserError
from app.formats.bounded import one_file
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.joints import animal, couples_by_name, in_order, one_skeleton
from app.formats.points_file import FORMAT, LabelledPoints, read_points
from app.formats.side_car import FILES, write_side_car
from app.formats.skeletons import read_skeleton
from app.media.clip import Clip
from app.project.model import Provenance
from engines.labels.points import Joint, Points

FILE_NAME = "points.json"
_FIRST_ID = 1
"""Objects are counted from 1, instances in files from 0."""


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where that is nothing, or too many things for one file."""
    one_skeleton(source)
    return Plan((FILE_NAME, *FILES), max(1, len(source.frames)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write every labelled frame; yields once for each."""
    skeleton = one_skeleton(source)
    frames: dict[str, Any] = {}
    sure: dict[str, Any] = {}
    ids: dict[str, list[int]] = {}
    for frame in source.frames:
        found = list(source.points_on(frame))
        key = f"{frame:05d}"
        frames[key] = [list(map(_entry, in_order(points, skeleton))) for _, _, points in found]
        sure[key] = [list(map(_confidence, in_order(points, skeleton))) for _, _, points in found]
        ids[key] = [each.object_id - _FIRST_ID for each, _, _ in found]
        yield
    content = {
        "names": [joint.name for joint in skeleton.joints],
        "bones": couples_by_name(skeleton, skeleton.bones),
        "pairs": couples_by_name(skeleton, skeleton.pairs),
        "image_size": [source.clip.width, source.clip.height],
        "instance_ids": ids,
        "frames": frames,
        "confidence": sure,
        "format": FORMAT,
    }
    (folder / FILE_NAME).write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
    write_side_car(source, folder)
    if not source.frames:
        yield


def read(path: Path, clip: Clip) -> FileContent:
    """Read the file, or the folder with ``points.json`` or ``keypoints.json``."""
    file = one_file(path, FILE_NAME, "keypoints.json")
    found, skeleton = read_points(file), read_skeleton(file)
    if found.size is not None and found.size != (clip.width, clip.height):
        raise UserError(
            f"{file} has points on pictures of {found.size[0]} x {found.size[1]} pixels, "
            f"but the clip's are {clip.width} x {clip.height}",
            "give points on pictures of the clip's size",
        )
    ids = [instance + _FIRST_ID for instance in found.ids]
    objects = tuple(animal(each, place, skeleton) for place, each in enumerate(ids))
    frames = tuple(FrameIdentity(frame) for frame in found.frames)
    return FileContent(objects, frames, _labels(found, ids), file.parent)


def _labels(found: LabelledPoints, ids: list[int]) -> Iterator[tuple[int, tuple[Found, ...]]]:
    """Yield the labels of each frame by its place; an animal without a joint is not there."""
    for place, frame in enumerate(found.frames):
        on_frame = []
        told = set(found.raw[frame][1])
        for row, (instance, object_id) in enumerate(zip(found.ids, ids, strict=True)):
            sure = found.confidence.get(frame)
            chances = None if sure is None else sure[row]
            points = Points.of_arrays(found.positions[frame][row], found.visible[frame][row], chances)
            if instance not in told or not points.joints:
                continue
            mean = float(np.mean([joint.confidence for joint in points.placed])) if points.placed else 1.0
            provenance = None if mean == 1 else Provenance.DERIVED
            on_frame.append(Found(object_id, points, None, None if mean == 1 else mean, provenance))
        yield place, tuple(on_frame)


def _entry(joint: Joint | None) -> list[Any]:
    """Return a joint as it stands in the file."""
    return [None, None, 0] if joint is None else [joint.x, joint.y, int(joint.is_visible)]


def _confidence(joint: Joint | None) -> float:
    return 0.0 if joint is None else float(f"{joint.confidence:.9g}")  # all of a single's digits
