"""The frames that a new one is compared with: the nearest anchors, the last frames, and some from farther back.

Which these are is decided here, how they are compared in `memory`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.propagation.cells import thinned, to_cells
from engines.propagation.match_settings import MatchSettings
from engines.propagation.targets import Reader
from engines.propagation.types import MaskAnchor

_KEYS_AROUND = 0.3
"""Width of the surroundings on an anchor frame that are compared with whole, in square roots of the object's area."""


@dataclass(slots=True, eq=False)
class SeenFrame:
    """A frame in memory: features (h, w, C), the label of each object float32 (h, w), the cells to compare with."""

    frame: int
    cells: Tensor
    labels: dict[int, NDArray[np.float32]]
    keys: Tensor | None = None


class RememberedFrames:
    """Anchor, recent and far frames with what is known of the objects there. One thread, that of its reader."""

    def __init__(
        self,
        reader: Reader,
        size: tuple[int, int],
        settings: MatchSettings,
        given: Mapping[tuple[int, int], MaskAnchor],
    ) -> None:
        """Remember the anchors `given` by object and frame; `size` is the (width, height) of the working pictures."""
        self.grid = reader.grid(shown=size)
        """Where the cells lie on a working picture."""
        self._reader = reader
        self._size = size
        self._settings = settings
        self._given = given
        self._anchors: dict[int, SeenFrame] = {}
        self._recent: deque[SeenFrame] = deque(maxlen=max(1, settings.n_recent))
        self._far: deque[SeenFrame] = deque(maxlen=max(1, settings.n_far))
        self._now: tuple[int, Tensor] | None = None

    def hold(self, object_id: int, frame: int, label: NDArray[np.float32]) -> None:
        """Take `label`, float32 (h, w) of the cells, as the truth of an object on `frame`."""
        anchor = self._anchors.get(frame)
        if anchor is None:
            anchor = self._anchors[frame] = SeenFrame(frame, self.cells(frame), {})
        anchor.labels[object_id] = label
        anchor.keys = None
        if not self._recent or self._recent[0].frame != frame:
            self._recent.appendleft(SeenFrame(frame, anchor.cells, {}))
        self._recent[0].labels[object_id] = label

    def learn(self, frame: int, labels: dict[int, NDArray[np.float32]]) -> None:
        """Take note of what was decided on `frame`: the label of each object, float32 (h, w) of the cells."""
        if len(self._recent) == self._recent.maxlen and self._recent[-1].frame % self._settings.far_every == 0:
            self._far.appendleft(self._recent[-1])
        self._recent.appendleft(SeenFrame(frame, self.cells(frame), labels))

    def cells(self, frame: int) -> Tensor:
        """Return the coarse features of a frame, (h, w, C), those of the present one read once."""
        if self._now is None or self._now[0] != frame:
            self._now = frame, self._reader.at(frame).coarse
        return self._now[1]

    def references(self, frame: int, held: Collection[int], *, is_urgent: bool) -> list[SeenFrame]:
        """Return the frames to compare `frame` with: anchors and far ones, then recent ones from the newest.

        `held` are the objects that are asked about. Where it `is_urgent`, each one's nearest anchor is enough.
        """
        nearest = self._nearest_anchors(frame, held, is_urgent=is_urgent)
        for place in nearest:
            if place not in self._anchors:
                self._anchors[place] = SeenFrame(place, self._reader.at(place).coarse, {})
            seen = self._anchors[place]
            for object_id in held:
                anchor = self._given.get((object_id, place))
                if anchor is not None and object_id not in seen.labels:
                    soft = cv2.resize(anchor.mask.decode().astype(np.float32), self._size, interpolation=cv2.INTER_AREA)
                    seen.labels[object_id] = to_cells(soft, self.grid)
                    seen.keys = None
        self._anchors = {place: self._anchors[place] for place in nearest}
        far = list(self._far)[: self._settings.n_far]
        recent = list(self._recent)[: self._settings.n_recent]
        return [*self._anchors.values(), *far, *(seen for seen in recent if seen.frame not in self._anchors)]

    def _nearest_anchors(self, frame: int, held: Collection[int], *, is_urgent: bool) -> list[int]:
        """Return the frames of the anchors to compare `frame` with, the nearest first, every held object among them."""

        def distance(place: int) -> tuple[int, int]:
            return abs(place - frame), place

        own: dict[int, set[int]] = {object_id: set() for object_id in held}
        remembered = ((object_id, seen.frame) for seen in self._anchors.values() for object_id in seen.labels)
        for object_id, place in chain(self._given, remembered):
            if object_id in own and place != frame:
                own[object_id].add(place)
        nearest = sorted(set().union(*own.values()), key=distance)[: self._settings.n_anchors]
        # However many anchors of other objects are nearer.
        least = {min(places, key=distance) for places in own.values() if places}
        if is_urgent:
            return sorted(least, key=distance)
        return sorted({*nearest, *least}, key=distance)

    def is_anchor(self, seen: SeenFrame) -> bool:
        """Return whether `seen` is an anchor to compare with."""
        return seen.frame in self._anchors

    def anchors_of(self, object_id: int, references: Iterable[SeenFrame]) -> list[SeenFrame]:
        """Return those of `references` that are anchors of an object."""
        return [seen for seen in references if seen.frame in self._anchors and object_id in seen.labels]

    def is_long_ago(self, seen: SeenFrame) -> bool:
        """Return whether `seen` is an anchor or a far frame, where flow says nothing of places."""
        return seen.frame in self._anchors or any(seen is far for far in self._far)

    def keys_of(self, seen: SeenFrame) -> Tensor:
        """Return the numbers of the cells of an anchor or far frame to compare with, found once."""
        if seen.keys is None:
            seen.keys = keys_near(seen.labels.values(), (self.grid.rows, self.grid.columns)).to(seen.cells.device)
        return seen.keys


def keys_near(labels: Iterable[NDArray[np.float32]], shape: tuple[int, int]) -> Tensor:
    """Return the numbers of the cells of an anchor frame to compare with: all near its objects, few elsewhere."""
    chosen = thinned(shape)
    for label in labels:
        radius = max(2, round(_KEYS_AROUND * math.sqrt(label.sum())))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
        chosen |= cv2.dilate((label > 0).astype(np.uint8), disc) > 0
    return torch.from_numpy(np.flatnonzero(chosen))
