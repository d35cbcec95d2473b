"""One object's points on one frame: where its joints are, and whether the picture shows them.

The counterpart of `RleMask`: engines return it, the project stores it, the canvas draws it. Which joint a place in it
stands for, a skeleton says; nothing here knows one.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engines.labels.presence import Presence
from engines.labels.rle import Box

MAX_JOINTS = 1000
"""Far more than any skeleton has, and a bound for what a damaged file may claim."""

_MAGIC = b"TLP1"
_HEADER = struct.Struct("<4sI")
_JOINT = struct.Struct("<dd?f")
_NOWHERE = _JOINT.pack(math.nan, math.nan, False, 0.0)
_SINGLE = struct.Struct("<f")
_FARTHEST_PX = 1e6


class Joint(NamedTuple):
    """Where a joint is: `x`, `y` in pixels of the clip, pixel centres at whole numbers; it may lie outside.

    With `is_visible` the picture shows it there; without, something hides it. `confidence` in [0, 1] is how likely
    a run thinks the place is right, 1 for what a person placed.
    """

    x: float
    y: float
    is_visible: bool = True
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Points:
    """Joints by place, None for one that is not placed. Immutable, equal by content.

    Make it with `of`: it rounds confidences as they are stored, and leaves out what is not placed at the end, so that a
    skeleton may get more joints without any label changing.
    """

    joints: tuple[Joint | None, ...] = ()

    @classmethod
    def of(cls, joints: Iterable[Joint | None]) -> Points:
        """Return the points of `joints`. Raises ValueError for a joint that is nowhere, or for too many."""
        kept = [None if joint is None else _checked(joint) for joint in joints]
        while kept and kept[-1] is None:
            kept.pop()
        if len(kept) > MAX_JOINTS:
            raise ValueError(f"{len(kept)} joints, more than {MAX_JOINTS}")
        return cls(tuple(kept))

    @classmethod
    def of_arrays(
        cls,
        positions: NDArray[np.floating],
        visible: NDArray[np.bool_],
        confidence: NDArray[np.floating] | None = None,
    ) -> Points:
        """Return points at `positions` (p, 2), NaN where not placed, `visible` (p,), of `confidence` (p,) or 1."""
        sure = np.ones(len(positions)) if confidence is None else confidence
        rows = zip(positions.tolist(), visible.tolist(), sure.tolist(), strict=True)
        return cls.of(None if math.isnan(x) else Joint(x, y, seen, chance) for (x, y), seen, chance in rows)

    def arrays(self, n_places: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return positions (n_places, 2), NaN where not placed, and visibility (n_places,)."""
        positions, visible = np.full((n_places, 2), np.nan), np.zeros(n_places, bool)
        for place, joint in enumerate(self.joints[:n_places]):
            if joint is not None:
                positions[place], visible[place] = joint[:2], joint.is_visible
        return positions, visible

    def at(self, place: int) -> Joint | None:
        """Return the joint at a place, None where it is not placed."""
        return self.joints[place] if place < len(self.joints) else None

    def with_joint(self, place: int, joint: Joint | None) -> Points:
        """Return these points with another joint at `place`, or none."""
        joints = list(self.joints) + [None] * (place + 1 - len(self.joints))
        joints[place] = joint
        return Points.of(joints)

    def owned(self) -> Points:
        """Return these points as a person's, who is sure of them."""
        return Points.of(None if joint is None else joint._replace(confidence=1.0) for joint in self.joints)

    @property
    def is_nothing(self) -> bool:
        """Whether no joint is placed."""
        return not self.joints

    @property
    def placed(self) -> tuple[Joint, ...]:
        """The joints that are placed."""
        return tuple(joint for joint in self.joints if joint is not None)

    @property
    def box(self) -> Box:
        """The pixels that hold all placed joints, which may lie outside the picture; empty where there are none."""
        placed = self.placed
        if not placed:
            return (0, 0, 0, 0)
        columns, rows = ([math.floor(joint[axis] + 0.5) for joint in placed] for axis in (0, 1))
        return (min(columns), min(rows), max(columns) + 1, max(rows) + 1)

    @property
    def presence(self) -> Presence:
        """What the joints say of their object: visible where any of them is."""
        if not self.placed:
            return Presence.OUT_OF_FRAME
        return Presence.VISIBLE if any(joint.is_visible for joint in self.placed) else Presence.OCCLUDED

    def to_bytes(self) -> bytes:
        """Return the points as one self-describing block of bytes, for storage."""
        joints = [_NOWHERE if joint is None else _JOINT.pack(*joint) for joint in self.joints]
        return b"".join((_HEADER.pack(_MAGIC, len(joints)), *joints))

    @classmethod
    def from_bytes(cls, data: bytes) -> Points:
        """Read back `to_bytes`. Raises ValueError, naming the fault, on anything else."""
        if len(data) < _HEADER.size:
            raise ValueError("block of points is shorter than its header")
        magic, n_joints = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("block is not one of points")
        if n_joints > MAX_JOINTS or len(data) != _HEADER.size + n_joints * _JOINT.size:
            raise ValueError(f"block of {n_joints} points has {len(data)} bytes")
        rows = _JOINT.iter_unpack(data[_HEADER.size :])
        found = cls.of(None if math.isnan(row[0]) else Joint(*row) for row in rows)
        if found.to_bytes() != data:
            raise ValueError("points are not as they are coded")
        return found


def _checked(joint: Joint) -> Joint:
    x, y, is_visible, confidence = joint
    if not (abs(x) <= _FARTHEST_PX and abs(y) <= _FARTHEST_PX):
        raise ValueError(f"a joint at {x}, {y}")
    if not 0 <= confidence <= 1:
        raise ValueError(f"a joint of confidence {confidence}")
    return Joint(float(x), float(y), bool(is_visible), _SINGLE.unpack(_SINGLE.pack(confidence))[0])
