"""Classical ways of following points, to measure the engines against.

Each goes forward from one frame and looks back at nothing else; none says whether a point is seen.

Positions are float64 (p, 2), x and y in pixels; what comes out is float64 (frames, p, 2), of the first frame on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.propagation.point_sampling import sample

Peer = Callable[[FrameSource, range, NDArray[np.float64]], NDArray[np.float64]]

_PATCH_RADIUS_PX = 10
_SEARCH_PX = 24
"""Of template matching: a patch of 21 x 21, as Lucas and Kanade's, looked for so far from its last place."""


def stay(frames: FrameSource, path: range, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave every point where it was."""
    return np.repeat(start[None], len(path), 0)


def dis_chain(frames: FrameSource, path: range, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Follow OpenCV's DIS flow (medium) from frame to frame, with no check of any kind."""
    flow_engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    way = [start]
    for before, after in pairwise(_greys(frames, path)):
        flow = flow_engine.calc(before, after, cast(Any, None))  # (H, W, 2)
        way.append(way[-1] + sample(flow, way[-1].astype(np.float32)))
    return np.stack(way)


def lucas_kanade(frames: FrameSource, path: range, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Follow OpenCV's pyramidal Lucas-Kanade from frame to frame: windows of 21 x 21, four levels, as it comes."""
    way = [start]
    for before, after in pairwise(_greys(frames, path)):
        at = way[-1].astype(np.float32)[:, None]
        found, _, _ = cv2.calcOpticalFlowPyrLK(before, after, at, None, winSize=(21, 21), maxLevel=3)
        way.append(found[:, 0].astype(np.float64))
    return np.stack(way)


def template(frames: FrameSource, path: range, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Look for each point's patch of the first frame around its last place, by normalised correlation."""
    way: list[NDArray[np.float64]] = [start]
    patches: list[NDArray[np.uint8]] = []
    for grey in _greys(frames, path):
        if not patches:
            patches = [_cut(grey, place, _PATCH_RADIUS_PX) for place in start]
            continue
        found = []
        for place, patch in zip(way[-1], patches, strict=True):
            scores = cv2.matchTemplate(_cut(grey, place, _PATCH_RADIUS_PX + _SEARCH_PX), patch, cv2.TM_CCOEFF_NORMED)
            row, column = divmod(int(np.nan_to_num(scores).argmax()), scores.shape[1])
            found.append(place + np.array([column - _SEARCH_PX, row - _SEARCH_PX]))
        way.append(np.clip(found, 0, (frames.width - 1, frames.height - 1)))
    return np.stack(way)


PEERS: dict[str, Peer] = {
    "stay": stay,
    "dis-chain": dis_chain,
    "lucas-kanade": lucas_kanade,
    "template": template,
}


def interpolated(frames: NDArray[np.int64], positions: NDArray[np.float64], path: range) -> NDArray[np.float64]:
    """Return points on straight lines between their `positions` (anchors, p, 2) on `frames`, all along `path`."""
    flat = positions.reshape(len(frames), -1)
    lines = [np.interp(np.arange(path.start, path.stop), frames, values) for values in flat.T]
    return np.stack(lines, 1).reshape(len(path), -1, 2)


def _greys(frames: FrameSource, path: range) -> Iterator[NDArray[np.uint8]]:
    return (cv2.cvtColor(frames.image(frame), cv2.COLOR_RGB2GRAY) for frame in path)


def _cut(grey: NDArray[np.uint8], place: NDArray[np.float64], radius_px: int) -> NDArray[np.uint8]:
    side = 2 * radius_px + 1
    return cv2.getRectSubPix(grey, (side, side), (float(place[0]), float(place[1])))
