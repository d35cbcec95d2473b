"""A mesh carried from its anchor frame by frame, always compared with the anchor itself.

Flow from the frame before says about where the mesh has gone; then the frame is brought back to the anchor's chart,
where what is left of the motion is small, and measured there in several ways: against the anchor itself, which cannot
drift, and against the last frames as they lie on the chart, which outlast a change of looks. Each place of the surface
takes the way that is believed most (after Neoral et al., "MFT: Long-Term Tracking of Every Pixel", WACV 2024,
section 3; there the ways are chains of displacements, here they start on fitted meshes). One rigid fit joins them all,
so that holes and noise vanish. What is hidden follows what is seen, and what was lost is looked for.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.pixel_grid import fetch
from engines.propagation.flow_settings import SETTINGS as FLOW_SETTINGS
from engines.propagation.flow_settings import pixel_linker, working_size
from engines.propagation.pixel_links import PixelLink, working_picture
from engines.propagation.types import Quality
from engines.texture.chart import Chart, Shown
from engines.texture.confidence import chance_right
from engines.texture.fit import MeshFit
from engines.texture.mesh import Pins, Placement, Texture
from engines.texture.refind import Finder

CHART_PIXELS: dict[Quality, int] = {"draft": 25_000, "normal": 60_000, "final": 200_000}

_STEPS = (1, 4)
"""How many frames back ways go, beside that to the anchor."""
_ANCHOR_GAIN = 1.5
"""A way over a frame of the path has to be believed so many times as much as that to an anchor, which cannot drift."""
_BELIEVED = 0.3
"""Weight of a link from which on what it leads to is taken for the same surface."""
_REGAINED, _AROUND_PX = 0.25, 5.0
"""Share of being seen that a place gains in a frame which is coloured as on the anchor, most of its surroundings being
seen: holes where flow failed once close again."""
_ALIKE_LAB, _COLOUR_PX = 12.0, 2.0
"""Distance of smoothed colours (L in 0..100) at which they are alike by 1/e, and the smoothing."""
_STILL_LAB = 4.0
"""Likewise for what lies at its place on the chart to be shown, whatever flow says: on what is smooth flow cannot tell
one place from the next, and does not close there and back."""
_MOST_PINNED = 2
"""Corrected frames that others are compared with, the last ones: each costs as much as the painted one."""
_MISSED_PX = 3.0
"""Distance from the fitted mesh at which a measurement is believed 1/e as much."""
_LOOSE_PX = 10.0
"""Likewise to be seen: what slides a little under the mesh is still the surface."""
_NEAR_PX, _MOSTLY = 0.5, 90
_MOST_ROUNDS = 3
"""The frame is brought back anew until most of the mesh, in hundredths, moves less than that."""
_SLOWING = 0.9
"""Of its motion, from frame to frame, when nothing is seen of it."""
LOST, FOUND = 0.12, 0.2
"""Shares of a surface seen below which it is lost, and from which on it is found again."""


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """A frame gone through, on the chart: how far it is believed, and how far it shows the surface, float32 (h, w).

    `seen` is what counts for places: what flow led to. `visible` is also what looks as it did, and is what is drawn.
    """

    shown: Shown
    certain: NDArray[np.float32]
    seen: NDArray[np.float32]
    visible: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Where a mesh was found on a frame; `share` is how much of the surface is seen."""

    vertices: NDArray[np.float32]
    certain: NDArray[np.float32]
    seen: NDArray[np.float32]
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class _Surest:
    """Where each place of the surface is on what is shown, (h, w, 2), and what is known of that, float32 (h, w).

    `certain` is how sure it is all the way from an anchor, `weight` what it counts in the fit, `seen` how far the
    surface is seen there; `onward` is the link from the frame before.
    """

    positions: NDArray[np.float32]
    certain: NDArray[np.float32]
    weight: NDArray[np.float32]
    seen: NDArray[np.float32]
    onward: PixelLink


class MeshSweep:
    """Goes along a path from a frame where the mesh's place is known. One thread; memory has a bound."""

    def __init__(self, frames: FrameSource, texture: Texture, region: NDArray[np.bool_], quality: Quality) -> None:
        """Prepare to carry the mesh of `texture`; `region` bool (H, W) is what of its frame shows the surface."""
        mesh, flow = texture.mesh, FLOW_SETTINGS["draft"]
        self._frames, self._size = frames, working_size(frames.width, frames.height, flow)
        self._around = pixel_linker(*self._size, flow)
        self._chart = chart = Chart(mesh, region, CHART_PIXELS[quality])
        self._fit = MeshFit(mesh, chart.corners, chart.parts)
        self._linker = pixel_linker(chart.width, chart.height, FLOW_SETTINGS[quality])
        self._finder = Finder(texture.picture, region)
        self._rest = np.column_stack([mesh.vertices, np.ones(len(mesh.vertices), np.float32)])
        everywhere = np.ones((chart.height, chart.width), np.float32)
        # Shown where a person said how it lies: on its own frame first.
        self._anchors = [_Past(chart.show(texture.picture, mesh.vertices), everywhere, everywhere, everywhere)]
        self.signs = 1.0, 1.0
        """Of the last frame: how far what was measured is believed, and how far the surface is seen, its means."""

    def start(self, placement: Placement) -> None:
        """Begin where the mesh's place is known."""
        image = self._frames.image(placement.frame)
        seen = self._chart.between(placement.visible)
        self._past = deque([_Past(self._chart.show(image, placement.vertices), seen, seen, seen)], maxlen=max(_STEPS))
        self._vertices, self._motion = placement.vertices, np.zeros((3, 2), np.float32)
        self._before = working_picture(image, *self._size)
        self._share = self._chart.mean(seen)

    @property
    def is_lost(self) -> bool:
        """Whether too little was seen on the last frame to say where the surface is."""
        return self._share < LOST

    @property
    def is_found(self) -> bool:
        """Whether enough was seen on the last frame to go on from there, or to go back."""
        return self._share >= FOUND

    def advance(self, frame: int, pins: Pins | None = None, *, looks_for_lost: bool = True) -> Placement:
        """Return where the mesh lies on the next frame of the path; with `pins` it is an anchor from now on.

        What is lost is looked for anywhere, which takes longer than all the rest, where it `looks_for_lost`.
        """
        image = self._frames.image(frame)
        picture = working_picture(image, *self._size)
        link = self._around.link(self._before, picture)
        found = self._measured(image, self._expected(link), pins)
        if found.share < LOST and looks_for_lost and pins is None:
            similarity = self._finder.find(image)
            if similarity is not None:
                other = self._measured(image, (self._rest @ similarity.T).astype(np.float32), pins)
                found = other if other.share >= FOUND else found
        shown = self._chart.show(image, found.vertices)
        if pins is not None:
            seen = np.maximum(found.seen, np.maximum(self._told(pins), self._alike(shown)))
            found = _Measured(found.vertices, seen, seen, self._chart.mean(seen))
        past = _Past(shown, found.certain, found.seen, self._visible(found, shown))
        if pins is not None:
            del self._anchors[1 : len(self._anchors) - _MOST_PINNED + 1]
            self._anchors.append(past)
        self._past.appendleft(past)
        motion, *_ = np.linalg.lstsq(self._rest, found.vertices - self._vertices, rcond=None)
        self._motion = motion if found.share >= FOUND else _SLOWING * self._motion
        self._vertices, self._before, self._share = found.vertices, picture, found.share
        visible = self._chart.per_vertex(past.visible, shown.inside)
        self.signs = self._chart.mean(found.certain), found.share
        confidence = 1.0 if pins is not None else chance_right(*self.signs)
        return Placement(frame, found.vertices, visible, confidence)

    def _told(self, pins: Pins) -> NDArray[np.float32]:
        """Return how far a person says that the surface is shown, float32 (h, w)."""
        visible = np.zeros(len(self._vertices), np.float32)
        visible[pins.which] = 1 if pins.visible is None else pins.visible
        return self._chart.between(visible)

    def _alike(self, shown: Shown) -> NDArray[np.float32]:
        """Return how far the surface is coloured as on its own frame, float32 (h, w)."""
        return _coloured_as(self._anchors[0].shown, shown, _ALIKE_LAB)

    def _visible(self, found: _Measured, shown: Shown) -> NDArray[np.float32]:
        """Return how far the frame shows the surface, by flow or as it has the colours that it had, float32 (h, w)."""
        visible = found.seen
        if found.share >= LOST:
            for past in (*self._anchors, *self._ways()):
                still = np.minimum(_coloured_as(past.shown, shown, _STILL_LAB) / _BELIEVED, 1)
                visible = np.maximum(visible, past.visible * still)
        return visible

    def _expected(self, link: PixelLink) -> NDArray[np.float32]:
        """Return about where the mesh has gone: by flow from the frame before, or as it went on the way."""
        drift = (self._vertices + self._rest @ (_SLOWING * self._motion)).astype(np.float32)
        past, at = self._past[0], self._chart.measured
        weights = (past.seen * self._chart.weights)[at]
        if self._chart.mean(past.seen) < LOST:
            return drift
        size = np.array([self._frames.width, self._frames.height], np.float32)
        scale: NDArray[np.float32] = np.array(self._size, np.float32) / size
        here = ((past.shown.positions[at] + 0.5) * scale - 0.5)[:, None]
        led: NDArray[np.float32] = fetch(link.positions, here)[:, 0]
        believed: NDArray[np.float32] = fetch(link.weight, here)[:, 0]
        return self._fit.solve((led + 0.5) / scale - 0.5, weights * (believed + np.float32(1e-3)), drift)

    def _measured(self, image: NDArray[np.uint8], vertices: NDArray[np.float32], pins: Pins | None) -> _Measured:
        """Return where the mesh is on a frame, from about where it is."""
        at = self._chart.measured
        weights = self._chart.weights[at]
        for _ in range(_MOST_ROUNDS):
            shown = self._chart.show(image, vertices)
            best = self._surest(shown)
            target = fetch(shown.positions, best.positions)
            fitted = self._fit.solve(target[at], best.weight[at] * weights, vertices, pins)
            moved = float(np.percentile(np.abs(fitted - vertices), _MOSTLY))
            vertices = fitted
            if moved < _NEAR_PX:
                break
        missed = np.linalg.norm(target - self._chart.placed(vertices), axis=-1)
        seen = best.seen * np.exp(-((missed / _LOOSE_PX) ** 2))
        certain = best.certain * np.exp(-((missed / _MISSED_PX) ** 2))
        return _Measured(vertices, certain, self._closed(seen, shown, best.onward, vertices), self._chart.mean(seen))

    def _closed(
        self, seen: NDArray[np.float32], shown: Shown, onward: PixelLink, vertices: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return how far the surface is `seen`, its holes closing where it looks as it should and goes `onward` so."""
        target = fetch(shown.positions, onward.positions)
        apart = target - self._chart.placed(vertices)
        together = onward.weight * np.exp(-np.einsum("hwc,hwc->hw", apart, apart))
        around = cv2.GaussianBlur(np.dstack([seen * self._chart.weights, self._chart.weights]), (0, 0), _AROUND_PX)
        mostly = around[..., 0] > 0.5 * around[..., 1]
        return np.minimum(seen + _REGAINED * self._alike(shown) * together * mostly, 1).astype(np.float32)

    def _surest(self, shown: Shown) -> _Surest:
        """Return where on what is `shown` each place of the surface is, by the way that is believed most."""
        best: _Surest | None = None
        for number, past in enumerate([*self._anchors, *self._ways()]):
            link = self._linker.link(past.shown.picture, shown.picture)
            own = link.weight * shown.inside
            found = _Surest(
                link.positions, own * past.certain, own * past.seen, past.seen * np.minimum(own / _BELIEVED, 1), link
            )
            if best is None:
                best = found
                continue
            gain = _ANCHOR_GAIN if number >= len(self._anchors) else 1
            is_better = found.certain > gain * best.certain
            best = _Surest(
                np.where(is_better[..., None], found.positions, best.positions),
                np.where(is_better, found.certain, best.certain),
                np.where(is_better, found.weight, best.weight),
                np.maximum(found.seen, best.seen),
                link if past is self._past[0] else best.onward,
            )
        assert best is not None
        return best

    def _ways(self) -> list[_Past]:
        return [self._past[step - 1] for step in _STEPS if step <= len(self._past)]


def _coloured_as(there: Shown, here: Shown, alike_lab: float) -> NDArray[np.float32]:
    """Return how far `here` is coloured as `there`, both on the chart, 1/e at a distance of `alike_lab`, (h, w)."""
    difference = cv2.GaussianBlur(here.picture.lab - there.picture.lab, (0, 0), _COLOUR_PX)
    squared = np.einsum("hwc,hwc->hw", difference, difference)
    alike: NDArray[np.float32] = np.exp(-squared / np.float32(alike_lab**2)) * here.inside
    return alike
