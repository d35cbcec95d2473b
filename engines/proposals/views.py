"""What single frames show to the proposal engine: read, linked and described when asked for."""

from __future__ import annotations

from collections import deque

import numpy as np

from engines.correspondence.feature_reader import FeatureExtractor, FeatureReader
from engines.correspondence.frame_features import FINE_STRIDE
from engines.frame_source import FrameSource
from engines.propagation.flow_settings import SETTINGS, pixel_linker, working_size
from engines.propagation.kept_links import KeptLinks
from engines.propagation.look_ahead import KeptFrames, Linker
from engines.propagation.pixel_links import WorkingPicture, working_picture
from engines.proposals.boxes import Integral
from engines.proposals.evidence import KeyFrame
from engines.proposals.hypercolumns import CellView, PixelView, cell_view, pixel_view
from engines.proposals.looks import described_boxes
from engines.proposals.motion import Motion, motion_of
from engines.proposals.static import static_boxes

BOXES_PER_FRAME = 120

_STEP = 2
"""Frames over which motion is looked at: the mask engine's links over two, so that neither makes them anew."""
_LEAST_BELIEF = 0.1
"""Mean weight of a link below which the two frames are taken for different scenes, or for noise."""


class ClipViews:
    """A clip as the proposal engine sees it. One thread; keeps a few pictures, and in the cache what is dear."""

    def __init__(self, frames: FrameSource, extractor: FeatureExtractor) -> None:
        """Take features from `extractor`, and keep links in its cache, too."""
        self.n_frames = len(frames)
        self.clip_size = (frames.width, frames.height)
        self.size = working_size(frames.width, frames.height, SETTINGS["normal"])
        self._frames = KeptFrames(frames)
        self._reader = FeatureReader(self._frames, extractor)
        found = pixel_linker(*self.size, SETTINGS["normal"])
        self._grid = found.grid
        cache = extractor.cache
        self._linker: Linker = found if cache is None else KeptLinks(found, frames.fingerprint, cache)
        self._pictures: deque[tuple[int, WorkingPicture]] = deque(maxlen=_STEP + 1)

    def key_frame(self, frame: int, before: int | None) -> KeyFrame:
        """Return what the box stages know of `frame`; `before` is the key frame before it, if there is one."""
        motion = self._motion(frame)
        static = static_boxes(self._picture(frame), motion, BOXES_PER_FRAME)
        cells = self._reader.at(frame).coarse.float().cpu().numpy()
        looks = described_boxes(cells, self._reader.grid(shown=self.size), static.boxes)
        came_from = np.zeros_like(static.boxes)
        if motion is not None and before is not None:
            by_flow = Integral(motion.flow).means(static.boxes) * ((frame - before) / (frame - self._other(frame)))
            came_from = (static.boxes + np.tile(by_flow, 2)).astype(np.float32)
        return KeyFrame(frame, static, looks, came_from)

    def pixels(self, frame: int) -> PixelView:
        """Return what the pixel stage knows of `frame`."""
        features = self._reader.at(frame)
        stride = None if features.fine is None else FINE_STRIDE
        return pixel_view(self._picture(frame), features, self._reader.grid(stride, self.size), self._motion(frame))

    def cells(self, frame: int) -> CellView:
        """Return what sketches of tubes need of `frame`; cheap after `key_frame`."""
        return cell_view(self.pixels(frame))

    def _motion(self, frame: int) -> Motion | None:
        """Return how `frame` has moved, None where there is no other frame of the same scene to tell by."""
        other = self._other(frame)
        if other == frame:
            return None
        link = self._linker.link(self._picture(frame), self._picture(other), (frame, other))
        return motion_of(link, self._grid) if link.weight.mean() >= _LEAST_BELIEF else None

    def _other(self, frame: int) -> int:
        """Return the frame that motion is told by: earlier, but for the first ones."""
        return frame - _STEP if frame >= _STEP else min(frame + _STEP, self.n_frames - 1)

    def _picture(self, frame: int) -> WorkingPicture:
        for number, picture in self._pictures:
            if number == frame:
                return picture
        picture = working_picture(self._frames.image(frame), *self.size)
        self._pictures.append((frame, picture))
        return picture
