"""One clip as it is searched for objects that nobody has drawn: boxes first, pixels and pictures when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from app.media.clip import Clip
from app.media.reader import FrameReader
from app.tasks.engine_loader import EngineLoader, torch_told
from app.tasks.weights import weights_told
from engines.frame_source import FrameSource
from engines.labels.rle import RleMask
from engines.propagation.registry import DEFAULT_ENGINE
from engines.proposals.tubes import Found, Step, Tube, TubeMask

if TYPE_CHECKING:
    from engines.proposals.views import ClipViews

PICTURES_BYTES = 32 << 20
THUMBNAIL_SIZE = (120, 80)
"""Width and height in pixels."""
_MARGIN = 0.15
"""Of a thumbnail's box on each side: an object is known by what it stands on, too."""


def views_of(frames: FrameSource, engines: EngineLoader, weights: str, device: str) -> ClipViews:
    """Return a clip as the proposal engine sees it. Raises UserError where weights, device or torch cannot be used."""
    chosen = engines.weights_of(DEFAULT_ENGINE, weights)
    assert chosen is not None
    with weights_told(), torch_told():
        from engines.proposals.views import ClipViews

        return ClipViews(frames, engines.extractor(chosen, device))


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """What a tube looks like at its best: RGB uint8 (80, 120, 3)."""

    tube: Tube
    image: NDArray[np.uint8]


class TubeFinder:
    """Searches one clip. One thread at a time; nothing is loaded or read before it is asked for.

    Raises UserError, from every method, where weights, device or torch cannot be used, or the clip cannot be read.
    """

    def __init__(self, clip: Clip, engines: EngineLoader, weights: str = "", device: str = "auto") -> None:
        """Take `weights`, a name or a file, for features; networks and features are shared through `engines`."""
        self.clip = clip
        self._engines, self._weights, self._device = engines, weights, device
        self._frames: FrameReader | None = None
        self._views: ClipViews | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def find(self) -> Iterator[Step | Found]:
        """Yield a `Step` for each frame and cluster, and last what was `Found`."""
        views = self._seen()
        from engines.proposals.find import find_tubes

        yield from find_tubes(views)

    def masks(self, tube: Tube, frames: Iterable[int] | None = None) -> Iterator[TubeMask]:
        """Yield the mask of `tube` on `frames`, by default on every one in order."""
        views = self._seen()
        from engines.proposals.masks import tube_masks

        yield from tube_masks(views, tube, frames=frames)

    def survival(self, frame: int, mask: RleMask) -> float:
        """Return the overlap of a mask with itself, carried some frames away and back, in [0, 1]."""
        engine = self._engines.load(DEFAULT_ENGINE, self._weights, self._device)
        from engines.proposals.masks import survival

        return survival(engine, self._read(), frame, mask)

    def thumbnails(self, tubes: Iterable[Tube]) -> Iterator[Thumbnail]:
        """Yield a picture of each tube, cut out around its box on its best frame."""
        for tube in tubes:
            yield Thumbnail(tube, cut_out(self._read().image(tube.best_frame), tube.boxes[tube.best_frame]))

    def close(self) -> None:
        """Give files and memory back. While no other thread uses it."""
        self._views = None
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def _read(self) -> FrameReader:
        if self._frames is None:
            self._frames = self.clip.open(PICTURES_BYTES)
        return self._frames

    def _seen(self) -> ClipViews:
        if self._views is None:
            self._views = views_of(self._read(), self._engines, self._weights, self._device)
        return self._views


def cut_out(image: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return what lies in `box` (left, top, right, bottom) of an RGB picture, a margin around it: uint8 (80, 120, 3).

    It shows more on two sides where the box has another shape, and is black where the whole picture is too small.
    """
    wanted_w, wanted_h = THUMBNAIL_SIZE
    left, top, right, bottom = (float(side) for side in box)
    scale = max((right - left) / wanted_w, (bottom - top) / wanted_h, 1 / wanted_w) * (1 + 2 * _MARGIN)
    columns = _window((left + right) / 2, scale * wanted_w, image.shape[1])
    rows = _window((top + bottom) / 2, scale * wanted_h, image.shape[0])
    crop = image[rows, columns]
    share = min(wanted_w / crop.shape[1], wanted_h / crop.shape[0])
    is_cut = scale * wanted_w > image.shape[1] or scale * wanted_h > image.shape[0]
    width = max(1, round(crop.shape[1] * share)) if is_cut else wanted_w  # else whole pixels would leave a rim
    height = max(1, round(crop.shape[0] * share)) if is_cut else wanted_h
    shown = np.zeros((wanted_h, wanted_w, 3), np.uint8)
    x, y = (wanted_w - width) // 2, (wanted_h - height) // 2
    how = cv2.INTER_AREA if share < 1 else cv2.INTER_CUBIC
    shown[y : y + height, x : x + width] = cv2.resize(crop, (width, height), interpolation=how)
    return shown


def _window(middle: float, length: float, room: int) -> slice:
    """Return `length` pixels around `middle`, pushed into `room` pixels, or all of those where they are fewer."""
    whole = max(1, min(room, round(length)))
    first = min(max(0, round(middle - whole / 2)), room - whole)
    return slice(first, first + whole)
