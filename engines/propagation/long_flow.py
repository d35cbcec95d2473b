"""Where every pixel of one frame is on another one, however far apart the two are.

Several ways lead there: links put end to end over one, two, four and eight frames, the surest for each pixel (after
Neoral et al., "MFT: Long-Term Tracking of Every Pixel", WACV 2024; see `long_way`); flow from one frame to the other
without what lies between; cells that look alike (Wang, "Learning and Reasoning with Visual Correspondence in Time",
section 2.3.6); and the first and last of these with flow put right against the other frame itself, so that no chain
drifts. Each pixel takes the way on which its surroundings look most like what they lead to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.correspondence.feature_reader import FeatureExtractor, FeatureReader
from engines.frame_source import FrameSource
from engines.pixel_grid import fetch, pixel_grid
from engines.propagation.alike_cells import alike_flow
from engines.propagation.flow_choice import Comparison, certainty, reversed_flow
from engines.propagation.flow_settings import SETTINGS as FLOW_SETTINGS
from engines.propagation.flow_settings import pixel_linker, working_size
from engines.propagation.long_way import LongWay
from engines.propagation.pixel_links import PixelLink, WorkingPicture, working_picture
from engines.propagation.types import Quality

STEPS = (1, 2, 4, 8)
"""How many frames back links go on the way."""

MOST_STATIONS = 24
"""Between two frames farther apart the way leaps several frames at a time."""

SEEN = 0.5
"""Certainty from which on a pixel counts as seen on the other frame."""


@dataclass(frozen=True, slots=True, eq=False)
class LongFlow:
    """Where the pixels of `frame` are on the `other` frame.

    `flow` is float32 (h, w, 2), x and y in pixels of a picture of this size, from each pixel to its place on the other
    frame: finite everywhere, the best guess where that is not seen. `certainty` is float32 (h, w) in [0, 1], how sure
    it is that the pixel is seen there, and there; 0 where the place lies outside the picture.
    """

    frame: int
    other: int
    flow: NDArray[np.float32]
    certainty: NDArray[np.float32]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which pixels are seen on the other frame, bool (h, w)."""
        return self.certainty >= SEEN

    @property
    def positions(self) -> NDArray[np.float32]:
        """Return the x and y on the other frame, float32 (h, w, 2)."""
        return pixel_grid(self.flow.shape[1], self.flow.shape[0]) + self.flow

    def resized(self, width: int, height: int) -> LongFlow:
        """Return it for pictures of another size, displacements in pixels of that."""
        h, w = self.certainty.shape
        if (w, h) == (width, height):
            return self
        flow = cv2.resize(self.flow, (width, height), interpolation=cv2.INTER_LINEAR)
        flow *= np.array([width / w, height / h], np.float32)
        certainty = cv2.resize(self.certainty, (width, height), interpolation=cv2.INTER_LINEAR)
        return LongFlow(self.frame, self.other, flow, certainty)

    def warped(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return `image`, uint8 (H, W, 3) of the other frame, as `frame` would show it, seen or not."""
        height, width = image.shape[:2]
        positions = self.resized(width, height).positions
        return fetch(image, positions)


class LongFlows:
    """Finds flow between any two frames of a clip. One thread; holds a dozen working pictures, however long the clip.

    Without an `extractor` no looks are compared, only pictures.
    """

    def __init__(
        self, frames: FrameSource, extractor: FeatureExtractor | None = None, quality: Quality = "normal"
    ) -> None:
        self._frames = frames
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        settings = FLOW_SETTINGS[quality]
        self.size = working_size(frames.width, frames.height, settings)
        """The (width, height) of the flow that comes out."""
        self.linker = pixel_linker(*self.size, settings)
        self.reader = None if extractor is None else FeatureReader(frames, extractor)

    def between(self, frame: int, other: int) -> LongFlow:
        """Return where the pixels of `frame` are on the `other` frame."""
        *_, last = self.on_the_way(frame, other)
        assert last is not None
        return last

    def on_the_way(self, frame: int, other: int) -> Iterator[LongFlow | None]:
        """Yield None for each station on the way from `other` to `frame` (see `stations`), but the flow for the last.

        Close it to stop. Raises IndexError outside the clip.
        """
        for number in (frame, other):
            if not 0 <= number < len(self._frames):
                raise IndexError(f"frame {number} of a clip of {len(self._frames)}")
        path = stations(other, frame)
        sweep = _Sweep(self, other)
        for station in path[:-1]:
            sweep.settle(station, by_looks=False)
            yield None
        yield sweep.settle(frame, by_looks=True)

    def picture(self, frame: int) -> WorkingPicture:
        """Return a frame at the size of the flow."""
        return working_picture(self._frames.image(frame), *self.size)

    def straight(self, here: WorkingPicture, there: WorkingPicture) -> NDArray[np.float32]:
        """Return the flow from `here` to `there` without anything between, (h, w, 2)."""
        return np.asarray(self._dis.calc(here.grey, there.grey, cast(Any, None)), np.float32)

    def put_right(self, here: WorkingPicture, there: WorkingPicture, start: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the flow `start` with what is still amiss between `here` and what it fetches from `there`."""
        rest = self._dis.calc(here.grey, fetch(there.grey, self.linker.grid + start), cast(Any, None))
        return np.asarray(rest + fetch(start, self.linker.grid + rest), np.float32)


def stations(start: int, end: int) -> tuple[int, ...]:
    """Return the frames after `start` on the way to `end`, evenly spaced, `end` last; just it where both are one."""
    distance = abs(end - start)
    n_steps = max(1, min(distance, MOST_STATIONS))
    return tuple(start + round((end - start) * step / n_steps) for step in range(1, n_steps + 1))


class _Sweep:
    """Goes away from an anchor, station by station."""

    def __init__(self, flows: LongFlows, anchor: int) -> None:
        self._flows = flows
        self._anchor = anchor
        self._home = flows.picture(anchor)
        self._passed = deque([self._home], maxlen=max(STEPS))  # newest first
        self._way = LongWay(flows.size, max(STEPS))

    def settle(self, frame: int, *, by_looks: bool) -> LongFlow:
        """Go to a frame and return the flow from it to the anchor, cells that look alike being a way `by_looks`."""
        if frame == self._anchor:
            width, height = self._flows.size
            return LongFlow(
                frame, frame, np.zeros((height, width, 2), np.float32), np.ones((height, width), np.float32)
            )
        flows, here, home = self._flows, self._flows.picture(frame), self._home
        links = [(step, flows.linker.link(here, self._passed[step - 1])) for step in STEPS if step <= len(self._passed)]
        along = self._way.extend(links).positions - flows.linker.grid
        onward = [along, flows.straight(here, home), flows.put_right(here, home, along)]
        back = [flows.straight(home, here)]
        if flows.reader is not None and by_looks:
            alike, alike_back = alike_flow(flows.reader, frame, self._anchor, flows.size)
            onward.append(flows.put_right(here, home, alike))
            back.append(flows.put_right(home, here, alike_back))
        there = Comparison(here, home)
        found = there.spread(there.best(onward))
        smooth = np.dstack([cv2.medianBlur(np.ascontiguousarray(found.flow[..., axis]), 5) for axis in (0, 1)])
        found = there.best([found.flow, flows.put_right(here, home, smooth)])
        back.append(flows.put_right(home, here, reversed_flow(found)))
        sure = certainty(found, Comparison(home, here).best(back).flow)
        # The next frames go on from here: what was put right against the anchor itself does not drift.
        self._way.put_right(PixelLink(found.flow + flows.linker.grid, sure))
        self._passed.appendleft(here)
        return LongFlow(frame, self._anchor, found.flow, sure)
