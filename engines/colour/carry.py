"""Colour carried through a clip from coloured frames, both ways: colour is a label, and labels follow looks.

From a frame to its neighbour chroma follows flow where that is sure; elsewhere, and a little everywhere, it is put
together from cells that look alike on the coloured frames and on the last ones, so that it does not drift. Features
and flow see the clip as it is; for a grey film that is its luminance.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engines.cie_lab import luminance, to_lab
from engines.colour.enlarge import smoothed
from engines.correspondence.affinity import Keys, TopMatches, Window, match_everywhere, match_windows, mix
from engines.correspondence.encoder import Encoder, encode
from engines.correspondence.feature_reader import encoding_size
from engines.correspondence.frame_features import CellGrid
from engines.device import Compute
from engines.frame_source import FrameSource
from engines.pixel_grid import fetch
from engines.propagation.cells import to_cells, to_pixels
from engines.propagation.flow_settings import SETTINGS, pixel_linker, working_size
from engines.propagation.pixel_links import WorkingPicture, working_picture
from engines.propagation.types import Direction, Quality

_N_MATCHES, _TEMPERATURE, _RADIUS = 10, 0.07, 4
_N_RECENT = 2
_UNLIKE, _ALIKE = 0.35, 0.7
"""Cosines of best matches below which a cell was never seen, and above which it was."""
_ALWAYS = 0.08
"""What matching counts where flow is sure: with none, edges wash out over a hundred frames."""
_OVERLAP = 8
"""Frames on either side of the middle between two coloured frames on which both are mixed."""


@dataclass(frozen=True, slots=True, eq=False)
class CarriedColour:
    """Chroma a, b float32 (h, w, 2) at the working size of a frame, and how sure it was seen before, (h, w) in 0..1."""

    frame: int
    chroma: NDArray[np.float32]
    seen: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A frame gone through: its cells (rows, columns, C), and labels (rows * columns, 3): a, b and how sure."""

    cells: torch.Tensor
    labels: torch.Tensor


def carry_colour(
    frames: FrameSource,
    coloured: Mapping[int, NDArray[np.uint8]],
    encoder: Encoder,
    compute: Compute,
    quality: Quality = "normal",
    direction: Direction = "both",
    wanted: Collection[int] | None = None,
) -> Generator[CarriedColour]:
    """Return the colours of frames that are `wanted`, all but the coloured ones where nothing is said, in no order.

    `coloured` are RGB uint8 (H, W, 3) by frame, as large as the clip's pictures. Between two of them each is carried to
    a little beyond the middle, where both are mixed; in one `direction` alone from the frame before, or after, to the
    next. Each comes once. Memory does not grow with the clip. Closing it cancels.
    Raises ValueError where a coloured frame does not fit the clip, or there is none.
    """
    for frame, image in coloured.items():
        if not 0 <= frame < len(frames) or image.shape[:2] != (frames.height, frames.width):
            raise ValueError(f"a coloured frame {frame} of {image.shape[1]} x {image.shape[0]} does not fit the clip")
    if not coloured:
        raise ValueError("no frame is coloured")
    asked = frozenset(range(len(frames)) if wanted is None else wanted)
    return _carried(_Clip(frames, coloured, encoder, compute, quality), sorted(coloured), direction, asked)


def _carried(clip: _Clip, anchors: list[int], direction: Direction, wanted: frozenset[int]) -> Generator[CarriedColour]:
    def swept(anchor: int, path: range) -> Iterator[CarriedColour]:
        """Yield what is wanted of a way, which ends with the last of it."""
        places = [place for place, frame in enumerate(path) if frame in wanted]
        found = clip.sweep(anchor, path[: places[-1] + 1]) if places else ()
        return (result for result in found if result.frame in wanted)

    if direction != "forward":
        yield from swept(anchors[0], range(anchors[0] - 1, -1, -1))
    for left, right in pairwise(anchors):
        if direction == "both":
            yield from _between(swept, left, right)
        elif direction == "forward":
            yield from swept(left, range(left + 1, right))
        else:
            yield from swept(right, range(right - 1, left, -1))
    if direction != "backward":
        yield from swept(anchors[-1], range(anchors[-1] + 1, max(wanted, default=0) + 1))


def _between(swept: Callable[[int, range], Iterator[CarriedColour]], left: int, right: int) -> Iterator[CarriedColour]:
    """Yield what is wanted between two coloured frames, both mixed in the middle."""
    middle = (left + right) // 2
    low, high = max(left + 1, middle - _OVERLAP), min(right - 1, middle + _OVERLAP)
    kept: dict[int, CarriedColour] = {}
    for result in swept(left, range(left + 1, high + 1)):
        if result.frame < low:
            yield result
        else:
            kept[result.frame] = result
    for result in swept(right, range(right - 1, low - 1, -1)):
        other = kept.get(result.frame)
        share = np.float32((result.frame - low + 1) / (high - low + 2))
        yield result if other is None else _mixed(other, result, share)


def _mixed(one: CarriedColour, other: CarriedColour, share: np.float32) -> CarriedColour:
    """Return both, the other one by its share, each by how sure it is."""
    weights = (1 - share) * (one.seen + np.float32(1e-3)), share * (other.seen + np.float32(1e-3))
    total = weights[0] + weights[1]
    chroma = (one.chroma * weights[0][..., None] + other.chroma * weights[1][..., None]) / total[..., None]
    return CarriedColour(one.frame, chroma.astype(np.float32), np.maximum(one.seen, other.seen))


class _Clip:
    """The clip with its coloured frames. One thread."""

    def __init__(
        self,
        frames: FrameSource,
        coloured: Mapping[int, NDArray[np.uint8]],
        encoder: Encoder,
        compute: Compute,
        quality: Quality,
    ) -> None:
        settings = SETTINGS[quality]
        self._frames, self._encoder, self._compute = frames, encoder, compute
        self._size = working_size(frames.width, frames.height, settings)
        self._linker = pixel_linker(*self._size, settings)
        self._encoded_at = encoding_size(frames.width, frames.height)
        width, height = self._encoded_at
        step, centre = encoder.stride, encoder.centre
        scales = self._size[0] / width, self._size[1] / height
        firsts = ((centre + 0.5) * scale - 0.5 for scale in scales)
        shape = math.ceil(height / step), math.ceil(width / step)
        self._grid = CellGrid(*shape, step * scales[0], step * scales[1], *firsts)
        self._sure = np.ones(self._size[::-1], np.float32)
        self._anchors = {}
        for frame, image in coloured.items():
            chroma = cv2.resize(to_lab(image)[..., 1:], self._size, interpolation=cv2.INTER_AREA)
            self._anchors[frame] = chroma, self._place(self._cells(frames.image(frame)), chroma, self._sure)

    def sweep(self, anchor: int, path: range) -> Iterator[CarriedColour]:
        """Yield what is carried from a coloured frame along `path`."""
        chroma, _ = self._anchors[anchor]
        seen = self._sure
        recent: deque[_Place] = deque(maxlen=_N_RECENT)
        before = self._working(anchor)
        for frame in path:
            image = self._frames.image(frame)
            picture = working_picture(image, *self._size)
            cells = self._cells(image)
            light = luminance(picture.image)
            matched, found = self._matched(cells, [place for _, place in self._anchors.values()], recent, light)
            chroma, seen = self._joined(picture, before, chroma, seen, matched, found)
            recent.appendleft(self._place(cells, chroma, seen))
            before = picture
            yield CarriedColour(frame, chroma, seen)

    def _joined(
        self,
        picture: WorkingPicture,
        before: WorkingPicture,
        chroma: NDArray[np.float32],
        seen: NDArray[np.float32],
        matched: NDArray[np.float32],
        found: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return chroma and how sure it is: what flow brings from the frame before, and what was matched."""
        link = self._linker.link(picture, before)
        brought = fetch(np.dstack([chroma, seen]), link.positions)
        by_flow = link.weight * brought[..., 2]
        by_looks = (1 - link.weight + np.float32(_ALWAYS)) * found
        total = by_flow + by_looks
        share = (by_looks / np.maximum(total, 1e-3))[..., None]
        return brought[..., :2] * (1 - share) + matched * share, np.minimum(total, 1)

    def _matched(
        self, cells: torch.Tensor, anchors: list[_Place], recent: deque[_Place], light: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return chroma (h, w, 2) put together from cells that look alike, and how sure they were seen (h, w)."""
        rows, columns = cells.shape[:2]
        queries = cells.flatten(0, 1)
        best = TopMatches(len(queries), _N_MATCHES)
        first = 0
        for place in anchors:
            match_everywhere(queries, place.cells.flatten(0, 1), best, torch.arange(first, first + len(place.labels)))
            first += len(place.labels)
        keys = [Keys(place.cells, first + number * rows * columns) for number, place in enumerate(recent)]
        if keys:
            match_windows(cells, keys, Window(_RADIUS), best)
        labels = torch.cat([place.labels for place in [*anchors, *recent]])
        told = mix(best.index, best.weights(_TEMPERATURE), labels)
        is_like = ((best.scores.amax(1) - _UNLIKE) / (_ALIKE - _UNLIKE)).clamp(0, 1)
        told[:, 2] *= is_like
        maps = [
            to_pixels(np.ascontiguousarray(told[:, number].view(rows, columns).numpy()), self._grid, *self._size)
            for number in range(3)
        ]
        chroma = smoothed(np.dstack(maps[:2]), light, smoothness=10.0)
        return chroma, np.clip(maps[2], 0, 1)

    def _cells(self, image: NDArray[np.uint8]) -> torch.Tensor:
        small = cv2.resize(image, self._encoded_at, interpolation=cv2.INTER_AREA)
        with torch.inference_mode():
            found = encode(self._encoder, small[None], self._compute).coarse[0].float().cpu()
        return found.permute(1, 2, 0).contiguous()

    def _place(self, cells: torch.Tensor, chroma: NDArray[np.float32], seen: NDArray[np.float32]) -> _Place:
        values = (chroma[..., 0], chroma[..., 1], seen)
        labels = np.stack([to_cells(np.ascontiguousarray(value), self._grid).ravel() for value in values], 1)
        return _Place(cells, torch.from_numpy(labels))

    def _working(self, frame: int) -> WorkingPicture:
        return working_picture(self._frames.image(frame), *self._size)
