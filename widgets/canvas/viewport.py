"""Where the picture lies in the canvas: zoom and pan as arithmetic, without Qt.

Image positions have pixel centres at whole numbers, so the picture reaches from -0.5 to
``width - 0.5``; view positions are logical screen pixels from the canvas's top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MIN_SCALE, MAX_SCALE = 0.01, 80.0
FIT_MARGIN_PX = 16
REACH_PX = 48
"""So much of the picture, at least, stays in the canvas however far it is pushed."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A zoom and a place. `scale` is screen pixels per image pixel; `left`, `top` is the picture's corner."""

    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    @classmethod
    def fitted(cls, picture: tuple[int, int], view: tuple[int, int], margin_px: int = FIT_MARGIN_PX) -> Viewport:
        """Show all of a picture of (width, height) in the middle of a view of (width, height)."""
        room = (max(1, view[0] - 2 * margin_px), max(1, view[1] - 2 * margin_px))
        scale = min(MAX_SCALE, max(MIN_SCALE, min(room[0] / picture[0], room[1] / picture[1])))
        return cls(scale, (view[0] - picture[0] * scale) / 2, (view[1] - picture[1] * scale) / 2)

    @classmethod
    def showing(cls, box: tuple[int, int, int, int], view: tuple[int, int], max_scale: float) -> Viewport:
        """Bring the pixels of `box` into the middle of the view with room around, no nearer than `max_scale`."""
        left, top, right, bottom = box
        scale = min(max_scale, 0.6 * view[0] / (right - left), 0.6 * view[1] / (bottom - top))
        scale = max(MIN_SCALE, scale)
        return cls(scale, view[0] / 2 - (left + right) / 2 * scale, view[1] / 2 - (top + bottom) / 2 * scale)

    @classmethod
    def centred(cls, scale: float, position: tuple[float, float], centre: tuple[float, float]) -> Viewport:
        """Show the image position (x, y) at the view position `centre`, with a scale within the limits."""
        scale = min(MAX_SCALE, max(MIN_SCALE, scale))
        return cls(scale, centre[0] - (position[0] + 0.5) * scale, centre[1] - (position[1] + 0.5) * scale)

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Return where the image position (x, y) lies in the view."""
        return self.left + (x + 0.5) * self.scale, self.top + (y + 0.5) * self.scale

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return the image position under the view position (x, y)."""
        return (x - self.left) / self.scale - 0.5, (y - self.top) / self.scale - 0.5

    def rect_of(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Return where a box of pixels, `right` and `bottom` excluded, lies in the view: x, y, width, height."""
        x, y = self.to_view(left - 0.5, top - 0.5)
        return x, y, (right - left) * self.scale, (bottom - top) * self.scale

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Zoom by `factor` within the limits, leaving in place what lies under the view position (x, y)."""
        scale = min(MAX_SCALE, max(MIN_SCALE, self.scale * factor))
        ratio = scale / self.scale
        return Viewport(scale, x - (x - self.left) * ratio, y - (y - self.top) * ratio)

    def panned(self, dx: float, dy: float) -> Viewport:
        """Push the picture by (dx, dy) screen pixels."""
        return replace(self, left=self.left + dx, top=self.top + dy)

    def snapped(self, pixel_ratio: float) -> Viewport:
        """Move the picture's corner to the nearest whole device pixel, so that 1:1 is sharp."""
        return replace(
            self, left=round(self.left * pixel_ratio) / pixel_ratio, top=round(self.top * pixel_ratio) / pixel_ratio
        )

    def held(self, picture: tuple[int, int], view: tuple[int, int]) -> Viewport:
        """Bring the picture back far enough that some of it is in the view."""
        return replace(
            self,
            left=_held(self.left, picture[0] * self.scale, view[0]),
            top=_held(self.top, picture[1] * self.scale, view[1]),
        )


def _held(start: float, size: float, room: float) -> float:
    """Move the start of a span of `size` so that `REACH_PX` of it, or all, lies within 0 and `room`."""
    reach = min(REACH_PX, size, room)
    return min(room - reach, max(reach - size, start))
