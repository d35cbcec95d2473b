"""The target models of the objects of a sweep: each learned from all anchors around and from late frames.

Matching asks where a place was before; a target model asks whether it looks like the object at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.correspondence.frame_features import FINE_STRIDE, CellGrid, FrameFeatures
from engines.propagation.cells import reached, to_cells, to_pixels
from engines.propagation.soft_labels import near
from engines.propagation.target_model import Lesson, TargetModel, left_out
from engines.propagation.types import MaskAnchor

_MOST_ANCHORS = 8
"""The nearest ones on either side teach; those further off cost as much and look less like the object here."""


class Reader(Protocol):
    """Where features come from."""

    def at(self, frame: int) -> FrameFeatures:
        """Return the features of `frame`."""

    def described(self, frame: int) -> NDArray[np.float32]:
        """Return `target_model.described` of the features of `frame`, which have fine ones."""

    def grid(self, stride: int | None = None, shown: tuple[int, int] | None = None) -> CellGrid:
        """Return where cells lie; see `FeatureReader.grid`."""


class Targets:
    """One thread, that of its reader. Labels are float32 (h, w) at the working `size` (width, height)."""

    def __init__(self, reader: Reader, size: tuple[int, int], given: Mapping[tuple[int, int], MaskAnchor]) -> None:
        """Learn from the anchors `given`, by (object id, frame)."""
        self._reader = reader
        self._size = size
        self._given = given
        self._grid = reader.grid(FINE_STRIDE, shown=size)
        self._models: dict[int, TargetModel] = {}
        self._lessons: dict[tuple[int, int], Lesson | None] = {}  # by object id and frame
        self._described: tuple[int, NDArray[np.float32] | None] | None = None

    def hold(self, object_id: int, frame: int, soft: NDArray[np.float32]) -> None:
        """Start an object anew from `soft`, its label on `frame`."""
        lesson = self._lessons[object_id, frame] = self._lesson(frame, soft)
        self._models[object_id] = TargetModel([] if lesson is None else [lesson])

    def look_around(self, object_id: int, frame: int) -> float | None:
        """Learn from the object's anchors around `frame` too, on which it was set down.

        Returns what is explained of each anchor by the others, None where there are no others; see `left_out`.
        """
        places = [place for own, place in self._given if own == object_id and place != frame]
        nearest = sorted(places, key=lambda place: (abs(place - frame), place))[: _MOST_ANCHORS - 1]
        lessons = {(object_id, frame): self._lessons[object_id, frame]}
        for place in nearest:
            key = object_id, place
            lessons[key] = self._lessons[key] if key in self._lessons else self._lesson(place, self._given_label(key))
        others = {key: lesson for key, lesson in self._lessons.items() if key[0] != object_id}
        self._lessons = others | lessons
        known = [lesson for lesson in lessons.values() if lesson is not None]
        self._models[object_id].look_back(known)
        return left_out(known)

    def release(self, object_id: int) -> None:
        """Forget an object; what its anchors teach is kept."""
        self._models.pop(object_id, None)

    def learn(self, object_id: int, frame: int, soft: NDArray[np.float32]) -> None:
        """Take note of what was decided on `frame`."""
        if object_id in self._models:
            self._models[object_id].learn(self._lesson(frame, soft))

    def odds(self, object_id: int, frame: int, counted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is added to an object's log-odds (h, w) for looking like it, only at the pixels `counted`."""
        scores = np.zeros((self._grid.rows, self._grid.columns), np.float32)
        model = self._models.get(object_id)
        values = None if model is None else self._values(frame)
        if model is not None and values is not None:
            around = reached(counted, self._grid)
            scores[around] = model.score(values[around])
        return to_pixels(scores, self._grid, *self._size)

    def _lesson(self, frame: int, soft: NDArray[np.float32]) -> Lesson | None:
        around = to_cells(near(soft).astype(np.float32), self._grid) > 0.3
        values = self._values(frame) if around.any() else None
        return None if values is None else Lesson.of(values[around], to_cells(soft, self._grid)[around])

    def _given_label(self, key: tuple[int, int]) -> NDArray[np.float32]:
        return cv2.resize(self._given[key].mask.decode().astype(np.float32), self._size, interpolation=cv2.INTER_AREA)

    def _values(self, frame: int) -> NDArray[np.float32] | None:
        """Return what a model looks at on `frame`, kept for the last one asked about; None without fine features."""
        if self._described is None or self._described[0] != frame:
            values = None if self._reader.at(frame).fine is None else self._reader.described(frame)
            self._described = frame, values
        return self._described[1]
