"""Where the parts of the timeline lie in its viewport. Knows no Qt.

From the top: the ruler, the confidence plot of the selected object, one lane per object. The left column
holds headers. Only lanes scroll up and down, only what lies right of the headers scrolls sideways.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

HEADER_W = 148
RULER_H = 34
PLOT_H = 40
LANE_H = 24
BAR_H = 12


class Part(Enum):
    """What lies under a point."""

    RULER = "ruler"
    PLOT = "plot"
    LANE = "lane"
    HEADER = "header"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Layout:
    """A viewport of `width` x `height` pixels with `n_lanes` lanes, `scroll` pixels of them hidden above."""

    width: int
    height: int
    n_lanes: int
    scroll: int = 0

    @property
    def time_w(self) -> int:
        """Width of everything that has a time axis."""
        return max(1, self.width - HEADER_W)

    @property
    def lanes_top(self) -> int:
        """Where the visible lanes begin."""
        return RULER_H + PLOT_H

    @property
    def lanes_h(self) -> int:
        """Height in which lanes are seen."""
        return max(0, self.height - self.lanes_top)

    @property
    def most_scroll(self) -> int:
        """How far the lanes can be scrolled."""
        return max(0, self.n_lanes * LANE_H - self.lanes_h)

    def lane_top(self, lane: int) -> int:
        """Return the top of a lane, which may be hidden."""
        return self.lanes_top + lane * LANE_H - self.scroll

    def lanes_between(self, top: int, bottom: int) -> range:
        """Return the lanes of which something lies between two heights, `bottom` excluded."""
        first = (max(top, self.lanes_top) - self.lanes_top + self.scroll) // LANE_H
        last = -(-(min(bottom, self.height) - self.lanes_top + self.scroll) // LANE_H)
        return range(max(0, first), max(0, first, min(self.n_lanes, last)))

    def hit(self, x: float, y: float) -> tuple[Part, int | None]:
        """Return what lies under a point, with the lane for lanes and their headers."""
        if y < self.lanes_top:
            if x < HEADER_W:
                return Part.NOTHING, None
            return (Part.RULER if y < RULER_H else Part.PLOT), None
        lane = int(y - self.lanes_top + self.scroll) // LANE_H
        if lane >= self.n_lanes:
            return Part.NOTHING, None
        return (Part.HEADER if x < HEADER_W else Part.LANE), lane

    def scroll_showing(self, lane: int) -> int:
        """Return the nearest scroll at which the whole lane is seen."""
        top = lane * LANE_H
        return min(max(self.scroll, top + LANE_H - self.lanes_h), top)
