"""Points of a clip as one JSON file: ``frames[frame][instance][joint] = [x, y, visible]``, with the joints' `names`.

A joint that was not placed is ``[null, null, 0]``. Instances are the same animal from frame to frame by their place in
the list, or by `instance_ids` where the file has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS, fields, finite, read_json, reading, rows, share, text, whole

FORMAT = "frames[frame][instance][joint]=[x,y,visible]; confidence likewise, one number a joint"
_WHAT = "points"


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPoints:
    """Points by frame.

    `positions[frame]` is float64 (instances, joints, 2), NaN where a joint is not placed; `visible[frame]` bool
    (instances, joints). `ids` names the instances, in the order of these arrays; on a frame that lacks some of them
    their joints are not placed. `raw` has each frame as the file has it, with the ids of its instances.
    """

    names: tuple[str, ...]
    ids: tuple[int, ...]
    positions: Mapping[int, NDArray[np.float64]]
    visible: Mapping[int, NDArray[np.bool_]]
    raw: Mapping[int, tuple[Any, tuple[int, ...]]]
    has_ids: bool
    size: tuple[int, int] | None
    """(width, height) that the file says its positions are on, if it does."""
    confidence: Mapping[int, NDArray[np.float64]]
    """(instances, joints) in [0, 1] for each frame that the file has it of."""

    @property
    def frames(self) -> list[int]:
        """The labelled frames, rising."""
        return sorted(self.positions)


def read_points(path: Path) -> LabelledPoints:
    """Return the points in the file at `path`. Raises UserError, naming what is wrong."""
    if path.is_dir():
        raise UserError(f"{path} is a folder, but points lie in one file", "give the JSON file itself")
    with reading(path, _WHAT):
        content = fields(read_json(path))
        names = tuple(text(name) for name in rows(content["names"]))
        if not names or len(set(names)) < len(names):
            raise ValueError("its names are missing or not all different")
        given = fields(content["frames"])
        by_number = {_number(key): (key, rows(instances)) for key, instances in given.items()}
        if len(by_number) < len(given):
            raise ValueError("two of its frames have the same number")
        told = fields(content["instance_ids"]) if "instance_ids" in content else None
        ids_on = {number: _ids(told, key, len(found)) for number, (key, found) in by_number.items()}
        ids = tuple(sorted({instance for on_frame in ids_on.values() for instance in on_frame}))
        if len(ids) * len(names) > MAX_OBJECTS:
            raise ValueError(f"it has {len(ids) * len(names)} points a frame, more than {MAX_OBJECTS}")
        size = None
        if content.get("image_size") is not None:
            width, height = rows(content["image_size"])
            size = whole(width, 1), whole(height, 1)
        positions: dict[int, NDArray[np.float64]] = {}
        visible: dict[int, NDArray[np.bool_]] = {}
        for number, (key, found) in by_number.items():
            at = positions[number] = np.full((len(ids), len(names), 2), np.nan)
            seen = visible[number] = np.zeros((len(ids), len(names)), bool)
            for instance, joints in zip(ids_on[number], found, strict=True):
                if len(rows(joints)) != len(names):
                    raise ValueError(f"frame {key} has {len(joints)} joints, but there are {len(names)} names")
                for joint, entry in enumerate(joints):
                    row = ids.index(instance)
                    at[row, joint], seen[row, joint] = _joint(entry, key)
        confidence = _confidence(content, by_number, ids_on, ids, len(names))
        raw = {number: (found, ids_on[number]) for number, (_, found) in by_number.items()}
    return LabelledPoints(names, ids, positions, visible, raw, told is not None, size, confidence)


def write_points(
    path: Path,
    labels: LabelledPoints,
    positions: NDArray[np.float64],
    visible: NDArray[np.bool_],
    confidence: NDArray[np.float32],
    size: tuple[int, int],
) -> None:
    """Write every frame to `path`: those in `labels` as they were given, the others from the arrays.

    `positions` is float64 (frames, instances, joints, 2), NaN where nothing is known; `visible` bool and `confidence`
    float32 (frames, instances, joints). `size` is the clip's (width, height).
    """
    frames: dict[str, Any] = {}
    sure: dict[str, Any] = {}
    ids: dict[str, Any] = {}
    for frame in range(len(positions)):
        key = f"{frame:05d}"
        if frame in labels.raw:
            frames[key], of_frame = labels.raw[frame]
        else:
            of_frame = labels.ids
            frames[key] = [
                [_entry(*joint) for joint in zip(*instance, strict=True)]
                for instance in zip(positions[frame], visible[frame], strict=True)
            ]
        instances = [labels.ids.index(instance) for instance in of_frame]
        sure[key] = np.round(confidence[frame][instances].astype(float), 4).tolist()
        ids[key] = list(of_frame)
    content: dict[str, Any] = {"names": list(labels.names), "image_size": list(size)}
    if labels.has_ids:
        content["instance_ids"] = ids
    content |= {"frames": frames, "confidence": sure, "format": FORMAT}
    path.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")


def _entry(position: NDArray[np.float64], is_visible: np.bool_) -> list[Any]:
    """Return a joint as it stands in the file."""
    if np.isnan(position).any():
        return [None, None, 0]
    return [round(float(position[0]), 3), round(float(position[1]), 3), int(is_visible)]


def _joint(entry: Any, key: str) -> tuple[tuple[float, float], bool]:
    """Return the place of a joint and whether it is seen."""
    if len(rows(entry)) != 3:
        raise ValueError(f"a joint of frame {key} is not [x, y, visible]")
    x, y, shown = entry
    if (x is None) != (y is None):
        raise ValueError(f"a joint of frame {key} has only one of x and y")
    if shown not in (0, 1, 2) or isinstance(shown, float):
        raise ValueError(f"a joint of frame {key} is neither visible (1) nor hidden (0)")
    if x is None:
        return (np.nan, np.nan), False
    return (finite(x), finite(y)), bool(shown)


def _confidence(
    content: Mapping[str, Any],
    by_number: Mapping[int, tuple[str, Any]],
    ids_on: Mapping[int, tuple[int, ...]],
    ids: tuple[int, ...],
    n_joints: int,
) -> dict[int, NDArray[np.float64]]:
    """Return how sure the file is of each joint, frame by frame; 1 where an instance is missing."""
    told = fields(content.get("confidence", {}))
    found: dict[int, NDArray[np.float64]] = {}
    for number, (key, _) in by_number.items():
        if key in told:
            sure = found[number] = np.ones((len(ids), n_joints))
            for instance, chances in zip(ids_on[number], rows(told[key]), strict=True):
                if len(rows(chances)) != n_joints:
                    raise ValueError(f"the confidence of frame {key} is not one number a joint")
                sure[ids.index(instance)] = [share(chance) or 0.0 for chance in chances]
    return found


def _ids(told: Mapping[str, Any] | None, key: str, n_instances: int) -> tuple[int, ...]:
    """Return the ids of a frame's instances."""
    if told is None:
        return tuple(range(n_instances))
    ids = tuple(whole(instance) for instance in rows(told[key]))
    if len(ids) != n_instances or len(set(ids)) < len(ids):
        raise ValueError(f"frame {key} has {n_instances} instances, but its instance_ids do not name each once")
    return ids


def _number(key: str) -> int:
    if not (key.isascii() and key.isdecimal()):
        raise ValueError(f"{key!r} is no number of a frame")
    return whole(key)
