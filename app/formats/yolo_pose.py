"""YOLO's poses: `class x y width height` and for each joint `x y visible` a line, places as shares of the picture.

Visible is 0 for a joint that is not placed, 1 for a hidden one, 2 for one that is seen. `data.yaml` has `kpt_shape`,
how many joints of how many numbers, `kpt_names`, and `flip_idx`, for each joint the one that it becomes in a mirror
(https://docs.ultralytics.com/datasets/pose). The box is that around the joints. Edges of pixels are at whole numbers,
as for boxes, so that the middle of the first pixel is half a pixel in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.formats.bounded import fields, finite, read_yaml, reading, rows, whole
from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.joints import in_order, one_skeleton, sided
from app.formats.numbering import category
from app.formats.side_car import read_side_car, write_side_car
from app.formats.yolo_data import DATA_FILE, classes_of, plan_yolo, read_yolo, write_files, yaml_text
from app.media.clip import Clip
from app.project.model import Kind, Object
from app.project.skeleton import Skeleton, skeleton_of
from engines.labels.points import MAX_JOINTS, Joint, Points

_BOX = 4
_HIDDEN, _VISIBLE = 1, 2


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where there is not one skeleton."""
    one_skeleton(source)
    lost = "Joints outside the picture are left out."
    rounded = "Places are rounded to a millionth of the picture's width and height."
    return plan_yolo(source, (lost, rounded))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a text file for each labelled frame, `data.yaml` and the side-car; yields once a frame."""
    skeleton = one_skeleton(source)
    classes = classes_of(source)
    seen = _with_something_inside(source)

    def lines(frame: int) -> Iterator[str]:
        for found, _, points in seen.points_on(frame):
            if points.joints:
                yield f"{classes[category(found)]} {_line(points, skeleton, source.clip)}"

    mirrored = {joint.slot: place for place, joint in enumerate(skeleton.joints)}
    flips = [mirrored[skeleton.mirrored(joint.slot)] for joint in skeleton.joints]
    names = yaml_text([joint.name for joint in skeleton.joints])
    more = [f"kpt_shape: [{len(flips)}, 3]", f"flip_idx: {flips}", "kpt_names:"]
    more += [f"  {number}: {names}" for number in classes.values()]
    yield from write_files(source, folder, lines, "\n".join((*more, "")))
    write_side_car(seen, folder, with_sure=True)


def read(path: Path, clip: Clip) -> FileContent:
    """Read the folder with `data.yaml` or with text files, or one text file."""
    shape: list[tuple[Skeleton, int]] = []

    def as_object(found: Object, home: Path) -> Object:
        if not shape:
            shape.append(_shape(home))
        return replace(found, kind=Kind.POINTS, skeleton=shape[0][0])

    def decoded(numbers: list[float], clip: Clip) -> Points:
        skeleton, n_numbers = shape[0]
        n_wanted = _BOX + n_numbers * len(skeleton.joints)
        if len(numbers) != n_wanted:
            raise ValueError(f"a line has {len(numbers)} numbers instead of {n_wanted} after its class")
        starts = range(_BOX, n_wanted, n_numbers)
        return Points.of(_joint(numbers[start : start + n_numbers], clip) for start in starts)

    return read_yolo(path, clip, decoded, as_object)


def _with_something_inside(source: LabelSource) -> LabelSource:
    """Return `source` without the labels of which no joint lies in the picture, but with those that show nothing."""
    kept: dict[int, dict[int, Any]] = {}
    for frame, on_frame in source.labels.items():
        for found, _, points in source.points_on(frame):
            if not points.joints or any(_is_inside(joint, source.clip) for joint in points.placed):
                kept.setdefault(frame, {})[found.object_id] = on_frame[found.object_id]
    return replace(source, labels=kept)


def _is_inside(joint: Joint, clip: Clip) -> bool:
    return -0.5 <= joint.x <= clip.width - 0.5 and -0.5 <= joint.y <= clip.height - 0.5


def _line(points: Points, skeleton: Skeleton, clip: Clip) -> str:
    """Return a line but for its class."""
    joints = [joint if joint and _is_inside(joint, clip) else None for joint in in_order(points, skeleton)]
    left, top, right, bottom = Points.of(joints).box
    left, right = min(left, clip.width - 1), min(right, clip.width)
    top, bottom = min(top, clip.height - 1), min(bottom, clip.height)
    box = ((left + right) / 2 / clip.width, (top + bottom) / 2 / clip.height)
    sides = ((right - left) / clip.width, (bottom - top) / clip.height)
    parts = [f"{value:.6f}" for value in (*box, *sides)]
    for joint in joints:
        if joint is None:
            parts.append("0 0 0")
        else:
            flag = _VISIBLE if joint.is_visible else _HIDDEN
            parts.append(f"{(joint.x + 0.5) / clip.width:.6f} {(joint.y + 0.5) / clip.height:.6f} {flag}")
    return " ".join(parts)


def _joint(numbers: list[float], clip: Clip) -> Joint | None:
    """Return a joint, None where it is not placed. Without a flag that is one in the very corner."""
    x, y, *flag = numbers
    if (flag and flag[0] == 0) or (not flag and x == y == 0):
        return None
    is_visible = not flag or flag[0] != _HIDDEN  # what models found has a confidence there
    return Joint(finite(x * clip.width) - 0.5, finite(y * clip.height) - 0.5, is_visible)


def _shape(home: Path) -> tuple[Skeleton, int]:
    """Return which joints lines have, and of how many numbers each. Raises UserError where that is not told."""
    file = home / DATA_FILE
    with reading(file, "YOLO's description"):
        data = fields(read_yaml(file))
        n_joints, n_numbers = (whole(number, 1, MAX_JOINTS) for number in rows(data["kpt_shape"]))
        if n_numbers not in (2, 3):
            raise ValueError(f"a joint of {n_numbers} numbers")
        names = next(iter(fields(data.get("kpt_names") or {}).values()), None)
        told = next((found.skeleton for found in read_side_car(home).objects.values() if found.skeleton), None)
        if names is None:
            is_told = told is not None and len(told.joints) == n_joints
            names = [joint.name for joint in told.joints] if told is not None and is_told else None
        joints = [str(name) for name in rows(names)] if names else [f"joint {at}" for at in range(1, n_joints + 1)]
        if len(joints) != n_joints:
            raise ValueError(f"it names {len(joints)} joints, but there are {n_joints}")
        flips = [whole(place, high=n_joints - 1) for place in rows(data.get("flip_idx") or list(range(n_joints)))]
        mutual = [(place, other) for place, other in enumerate(flips) if place < other and flips[other] == place]
        pairs = sided([(joints[place], joints[other]) for place, other in mutual], joints)
        return skeleton_of("animal", joints, pairs=pairs), n_numbers
