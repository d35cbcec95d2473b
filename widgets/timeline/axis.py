"""Where a frame lies on the time axis, and which frame lies under a point. Knows no Qt.

Frame `f` fills the cell from ``x_of(f)`` to ``x_of(f + 1)``. Axes are frozen: zooming and panning return
new ones, so a cached drawing can be keyed by the axis it was made for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MAX_CELL_PX = 40.0
"""Widest cell of one frame: wide enough to hit with a thumb, narrow enough to see neighbours."""
END_ROOM_PX = 7.0
"""Left of the first frame and right of the last: half a mark's width, so that none is cut there."""
ZOOM_PER_NOTCH = 1.25
LABEL_GAP_PX = 84.0
"""Least distance of two labelled ticks: room for "123 456" and its time."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A clip of `n_frames` seen through `width_px` pixels, `left` frames scrolled away, negative at its beginning.

    `scale` is pixels per frame. Build one with `fitted`; a hand-made one may lie out of bounds.
    """

    n_frames: int
    width_px: float
    left: float
    scale: float

    @classmethod
    def fitted(cls, n_frames: int, width_px: float) -> TimeAxis:
        """Return the axis that shows the whole clip."""
        n_frames, width_px = max(1, n_frames), max(1.0, width_px)
        scale = _fit_scale(n_frames, width_px)
        return cls(n_frames, width_px, -END_ROOM_PX / scale, scale)

    @property
    def fit_scale(self) -> float:
        """Pixels per frame at which the whole clip is seen."""
        return _fit_scale(self.n_frames, self.width_px)

    @property
    def is_fitted(self) -> bool:
        """Return whether the whole clip is seen."""
        return self.scale <= self.fit_scale * 1.000001

    @property
    def shown_frames(self) -> float:
        """How many frames the width holds."""
        return self.width_px / self.scale

    @property
    def least_left(self) -> float:
        """`left` where the clip's beginning is seen, with the room before it."""
        return -END_ROOM_PX / self.scale

    @property
    def most_left(self) -> float:
        """`left` where the clip's end is seen, with the room behind it; `least_left` where all of it is."""
        return max(self.least_left, self.n_frames - self.shown_frames - self.least_left)

    def x_of(self, frame: float) -> float:
        """Return the left edge of the cell of `frame` in pixels; it may lie outside the width."""
        return (frame - self.left) * self.scale

    def centre_of(self, frame: int) -> float:
        """Return the middle of the cell of `frame` in pixels."""
        return self.x_of(frame + 0.5)

    def frame_at(self, x: float) -> int:
        """Return the frame whose cell holds `x`, or the nearest one of the clip."""
        return min(self.n_frames - 1, max(0, math.floor(self.left + x / self.scale)))

    def visible(self) -> range:
        """Return the frames of which at least a sliver is seen."""
        first = max(0, math.floor(self.left))
        last = min(self.n_frames, math.ceil(self.left + self.shown_frames))
        return range(first, max(first, last))

    def zoomed(self, notches: float, at_x: float) -> TimeAxis:
        """Return the axis zoomed in by `notches` of the wheel; what is under `at_x` stays there."""
        scale = min(MAX_CELL_PX, max(self.fit_scale, self.scale * ZOOM_PER_NOTCH**notches))
        under = self.left + at_x / self.scale
        return replace(self, scale=scale, left=under - at_x / scale)._bounded()

    def panned(self, dx_px: float) -> TimeAxis:
        """Return the axis with its contents moved right by `dx_px`."""
        return replace(self, left=self.left - dx_px / self.scale)._bounded()

    def scrolled_to(self, left: float) -> TimeAxis:
        """Return the axis that begins at frame `left`."""
        return replace(self, left=left)._bounded()

    def resized(self, width_px: float) -> TimeAxis:
        """Return the axis for another width: still the whole clip if it showed that, else the same scale."""
        if self.is_fitted:
            return TimeAxis.fitted(self.n_frames, width_px)
        resized = replace(self, width_px=max(1.0, width_px))
        return replace(resized, scale=max(resized.scale, resized.fit_scale))._bounded()

    def revealing(self, frame: int, margin_px: float = 24.0) -> TimeAxis:
        """Return the axis moved just so far that `frame` is seen; itself where it is already."""
        if self.x_of(frame) < 0 or self.x_of(frame + 1) > self.width_px:
            towards_right = self.x_of(frame) >= 0
            wanted = frame + 1 - (self.width_px - margin_px) / self.scale if towards_right else frame
            if abs(frame - self.left) > 2 * self.shown_frames:
                wanted = frame - self.shown_frames / 2
            return self.scrolled_to(wanted if towards_right else wanted - margin_px / self.scale)
        return self

    def column_frames(self, n_columns: int) -> NDArray[np.int64]:
        """Return, int64 (n_columns + 1,), the first frame of every column and the end of the last.

        Column ``c`` stands for those of ``[edges[c], max(edges[c] + 1, edges[c + 1]))`` that the clip has; columns
        past it begin at `n_frames`, those before it below 0.
        """
        positions = self.left + np.arange(n_columns + 1) * (self.width_px / n_columns / self.scale)
        return np.minimum(np.floor(positions + 1e-9), self.n_frames).astype(np.int64)

    def tick_step(self) -> int:
        """Return the number of frames between labelled ticks: 1, 2 or 5 times a power of ten."""
        least = LABEL_GAP_PX / self.scale
        power = 10 ** max(0, math.floor(math.log10(max(1.0, least))))
        return next(step * power for step in (1, 2, 5, 10) if step * power >= least)

    def minor_step(self) -> int:
        """Return the number of frames between unlabelled ticks, a divisor of `tick_step`."""
        step = self.tick_step()
        return next(
            (step // parts for parts in (10, 5, 2) if step % parts == 0 and self.scale * step / parts >= 5), step
        )

    def _bounded(self) -> TimeAxis:
        return replace(self, left=min(self.most_left, max(self.least_left, self.left)))


def _fit_scale(n_frames: int, width_px: float) -> float:
    return min(MAX_CELL_PX, max(1.0, width_px - 2 * END_ROOM_PX) / n_frames)
