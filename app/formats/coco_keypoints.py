"""COCO's keypoints: ``[x1, y1, v1, ...]`` for each annotation, v = 0 not labelled, 1 hidden, 2 visible.

A category has `keypoints`, the joints' names, and `skeleton`, bones of two joints counted from 1. Places are in pixels,
pixel centres at whole numbers. Sizes of animals (`bbox`, `area`, for COCO's similarity) are those of the box around
their joints. https://cocodataset.org/#format-data
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.formats import coco_file
from app.formats.bounded import finite, rows, text, whole
from app.formats.coco_file import Category
from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.joints import couples_by_place, in_order, some_skeleton
from app.formats.numbering import category
from app.formats.side_car import write_side_car
from app.formats.skeletons import skeleton_of_dataset
from app.media.clip import Clip
from app.project.model import Kind, Label, Object
from app.project.skeleton import Skeleton
from engines.labels.points import Joint, Points

_HIDDEN, _VISIBLE = 1, 2


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where there are no points."""
    some_skeleton(source)
    return coco_file.plan(source)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the JSON file and the side-car; yields once a frame."""
    kinds = sorted({(category(found), found.skeleton) for found in source.objects if found.skeleton}, key=repr)
    numbers = {kind: number for number, kind in enumerate(kinds, 1)}

    def annotated(frame: int) -> Iterator[tuple[Object, Label, dict[str, Any]]]:
        for found, label, points in source.points_on(frame):
            if points.joints and found.skeleton is not None:
                number = numbers[category(found), found.skeleton]
                yield found, label, _annotation(points, found.skeleton) | {"category_id": number}

    yield from coco_file.write(
        source, folder, [_category_row(*kind, number) for kind, number in numbers.items()], annotated
    )
    write_side_car(source, folder, with_sure=True)


def read(path: Path, clip: Clip) -> FileContent:
    """Read COCO's JSON: a file, or the folder with `annotations.json`."""
    known: dict[str, Skeleton] = {}

    def skeleton_of(found: Category | None) -> Skeleton:
        if found is None or "keypoints" not in found.row:
            raise ValueError("an annotation is of no category with keypoints")
        names = [text(name) for name in rows(found.row["keypoints"])]
        bones = [[names[whole(joint, 1, len(names)) - 1] for joint in rows(bone)] for bone in _bones(found)]
        key = repr((found.name, names, bones))
        if key not in known:
            known[key] = skeleton_of_dataset({"names": names} | ({"bones": bones} if bones else {}), found.name)
        return known[key]

    def as_object(found: Object, of: Category | None) -> Object:
        return replace(found, kind=Kind.POINTS, skeleton=skeleton_of(of))

    def decoded(row: Mapping[str, Any], of: Category | None, _: Clip) -> Points:
        numbers = rows(row.get("keypoints", []))
        n_joints = len(skeleton_of(of).joints)
        if numbers and len(numbers) != 3 * n_joints:
            raise ValueError(f"an annotation has {len(numbers)} numbers for {n_joints} joints")
        return Points.of(_joint(*numbers[place : place + 3]) for place in range(0, len(numbers), 3))

    return coco_file.read(path, clip, decoded, as_object)


def _annotation(points: Points, skeleton: Skeleton) -> dict[str, Any]:
    """Return what COCO's row says of an animal."""
    joints = in_order(points, skeleton)
    left, top, right, bottom = points.box
    numbers = [(0, 0, 0) if joint is None else (*joint[:2], 1 + joint.is_visible) for joint in joints]
    return {
        "keypoints": [number for joint in numbers for number in joint],
        "num_keypoints": sum(joint is not None for joint in joints),
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": 0,
    }


def _category_row(name: str, skeleton: Skeleton, number: int) -> dict[str, Any]:
    bones = [[first + 1, second + 1] for first, second in couples_by_place(skeleton, skeleton.bones)]
    joints = [joint.name for joint in skeleton.joints]
    return {"id": number, "name": name, "supercategory": name, "keypoints": joints, "skeleton": bones}


def _bones(found: Category) -> list[Any]:
    return [bone for bone in rows(found.row.get("skeleton", [])) if len(rows(bone)) == 2]


def _joint(x: Any, y: Any, flag: Any) -> Joint | None:
    """Return a joint, None where it is not labelled."""
    seen = whole(flag, 0, _VISIBLE)
    return Joint(finite(x), finite(y), seen == _VISIBLE) if seen else None
