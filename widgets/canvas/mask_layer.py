"""The objects' masks on the canvas, composed at the screen's resolution where exposed.

No overlay of the frame's size exists: a mask is sampled onto the device pixels that are to be
repainted, so a stroke costs what it covers on the screen, on a 4K frame as on a small one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from app.project.model import Kind, Object
from engines.labels.rle import Box, RleMask
from widgets.canvas.crops import CropCache
from widgets.canvas.mask_look import (
    FILL,
    FILL_GAP,
    GHOST,
    LINE,
    LINE_GAP,
    LOOKS,
    VOID,
    Look,
    colour_table,
    hatching,
    kernel,
    lightened,
    stripes,
)
from widgets.canvas.sampling import Grid, coverage, halved, level_for

if TYPE_CHECKING:
    from app.desk.seen_labels import ShownMask


class HeldMask(Protocol):
    """A mask in hand, as the layer draws it: in place of its object's, above all others."""

    @property
    def object(self) -> Object:
        """Whose mask it is."""

    @property
    def is_new(self) -> bool:
        """Whether that object is not in the project yet."""

    @property
    def is_exclusive(self) -> bool:
        """Whether it takes its pixels from the other objects."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """What is painted so far, uint8 (H, W) of 0 and 255."""

    @property
    def box(self) -> Box:
        """Where all set pixels lie."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One mask to draw, and how. `mask` is None for the mask in hand."""

    object: Object
    mask: RleMask | None
    box: Box
    look: Look


class MaskLayer:
    """Knows which masks are shown and paints them. `composed_px` counts device pixels, for tests and `bench`."""

    def __init__(self) -> None:
        self.crops = CropCache()
        self.hand: HeldMask | None = None
        self.selected_id: int | None = None
        self.marked_ids: frozenset[int] = frozenset()
        self.opacity = 0.45
        self.has_outline = True
        self.composed_px = 0
        self._shown: tuple[ShownMask, ...] = ()
        self._ghosts: tuple[ShownMask, ...] = ()

    @property
    def shown(self) -> tuple[ShownMask, ...]:
        """The masks shown, bottom to top."""
        return self._shown

    def set_shown(self, shown: Sequence[ShownMask], ghosts: Sequence[ShownMask] = ()) -> list[Box]:
        """Show these masks, bottom to top, and return the boxes of image pixels whose look changes.

        Of `ghosts`, the neighbouring frames' masks, only the outline is drawn, under all others.
        """
        faded = [m.mask.box for m in {*ghosts} ^ {*self._ghosts}]
        self._ghosts = tuple(ghosts)
        before, after = {m.object.object_id: m for m in self._shown}, {m.object.object_id: m for m in shown}
        is_reordered = [i for i in before if i in after] != [i for i in after if i in before]
        changed = [i for i in before | after if is_reordered or before.get(i) != after.get(i)]
        self._shown = tuple(shown)
        return faded + [
            m.mask.box for i in changed for m in (before.get(i), after.get(i)) if m is not None and m.mask.area
        ]

    def object_at(self, x: float, y: float) -> Object | None:
        """Return the topmost object shown at an image position."""
        column, row = math.floor(x + 0.5), math.floor(y + 0.5)
        for shown in reversed(self._shown):
            left, top, right, bottom = shown.mask.box
            is_in_box = left <= column < right and top <= row < bottom
            if is_in_box and self.crops.crop(shown.mask)[0][row - top, column - left]:
                return shown.object
        return None

    def paint(self, painter: QPainter, exposed: Grid, pixel_ratio: float) -> None:
        """Paint what lies in `exposed`, device pixels; the painter is untransformed."""
        covered = self._covered_by_hand(exposed, pixel_ratio)
        for entry in self._entries():
            is_taken_from = entry.mask is not None and not entry.object.is_locked and entry.object.kind is Kind.MASK
            taken = covered if is_taken_from else None
            self._paint_entry(painter, entry, exposed, pixel_ratio, taken)

    def _entries(self) -> Iterator[_Entry]:
        """Yield what to draw, bottom to top: the selected object last, as the mask in hand if there is one."""
        for ghost in self._ghosts:
            yield _Entry(ghost.object, ghost.mask, ghost.mask.box, GHOST)
        top_id = self.selected_id if self.hand is None else self.hand.object.object_id
        top = None
        if self.hand is not None:
            top = _Entry(self.hand.object, None, self.hand.box, _look(self.hand.object, LOOKS[False, False]))
        for shown in self._shown:
            look = _look(shown.object, LOOKS[shown.is_proposal, shown.is_stale])
            entry = _Entry(shown.object, shown.mask, shown.mask.box, look)
            if shown.object.object_id != top_id:
                yield entry
            elif top is None:
                top = entry
        if top is not None:
            yield top

    def _coverage(self, mask: RleMask | None, grid: Grid) -> NDArray[np.uint8]:
        """Return a mask's coverage of device pixels; None is the mask in hand."""
        level = level_for(grid.scale)
        if mask is not None:
            crop, corner = self.crops.crop(mask, level)
        else:  # it changes with every event: halve no more than is looked at
            assert self.hand is not None
            height, width = self.hand.pixels.shape
            left, top, right, bottom = grid.image_box(2 << level, width, height)
            crop, corner = halved(self.hand.pixels[top:bottom, left:right], (left, top), level)
        return coverage(crop, corner, grid.halved(level))

    def _covered_by_hand(self, exposed: Grid, pixel_ratio: float) -> tuple[Grid, NDArray[np.uint8]] | None:
        """Return what exclusive painting takes from the other objects, on the grid of the exposed part."""
        if self.hand is None or not self.hand.is_exclusive:
            return None
        margin = _margin_px(pixel_ratio)
        grid = exposed.grown(margin).around(self.hand.box, margin)
        return None if grid.is_empty else (grid, self._coverage(None, grid))

    def _paint_entry(
        self,
        painter: QPainter,
        entry: _Entry,
        exposed: Grid,
        pixel_ratio: float,
        taken: tuple[Grid, NDArray[np.uint8]] | None,
    ) -> None:
        """Sample, outline, colour and draw one mask inside the exposed part."""
        margin = _margin_px(pixel_ratio)
        inner = exposed.around(entry.box, margin)
        if inner.is_empty:
            return
        outer = inner.grown(margin)  # outlines look at their neighbours
        covered = self._coverage(entry.mask, outer)
        if taken is not None:
            covered = _without(covered, outer, *taken)
        self.composed_px += inner.width * inner.height
        codes = self._codes(covered, entry.look, outer, margin, pixel_ratio)
        _draw(painter, codes, self._table(entry), inner, pixel_ratio)

    def _codes(
        self, covered: NDArray[np.uint8], look: Look, grid: Grid, margin: int, pixel_ratio: float
    ) -> NDArray[np.uint8]:
        """Return the colour table's codes for `covered` less its margin."""
        inside = (slice(margin, -margin), slice(margin, -margin))
        fill = covered[inside]
        phase = _phase(grid, margin)
        if look.is_crossed:
            codes = fill & hatching(fill.shape, phase)
        else:
            codes = fill & (stripes(fill.shape, phase, FILL, FILL_GAP) if look.is_striped else np.uint8(FILL))
        if self.has_outline:
            line = cv2.morphologyEx(covered, cv2.MORPH_GRADIENT, kernel(max(1, round(pixel_ratio))))[inside] >> 3
            line &= stripes(fill.shape, phase, LINE, LINE_GAP) if look.is_dashed else np.uint8(LINE)
            shadow = (cv2.dilate(covered, kernel(margin)) - covered)[inside] >> 6
            codes |= line | shadow
        return codes

    def _table(self, entry: _Entry) -> list[int]:
        """Return the colours of an entry's codes."""
        colour, look = entry.object.colour, entry.look
        object_id = entry.object.object_id
        is_chosen = object_id == self.selected_id or object_id in self.marked_ids
        is_selected = look is not GHOST and (entry.mask is None or is_chosen)
        line_colour = lightened(colour, 0.75 if is_selected else 0.15)
        return colour_table(
            colour,
            line_colour,
            round(self.opacity * look.fill, 3),
            look.line,
            look.shadow * (1.0 if is_selected else 0.5),
        )


def _look(found: Object, look: Look) -> Look:
    """Return how a label that looks like `look` looks as one of `found`."""
    return VOID if found.kind is Kind.VOID else look


def _margin_px(pixel_ratio: float) -> int:
    """Return how far, in device pixels, an outline reaches beyond its mask."""
    return max(2, round(2 * pixel_ratio))


def _phase(grid: Grid, margin: int) -> tuple[int, int]:
    """Return where the part of the grid inside its margin lies from the picture's corner, in whole device pixels."""
    return (grid.left + margin - round(grid.origin[0]), grid.top + margin - round(grid.origin[1]))


def _without(covered: NDArray[np.uint8], grid: Grid, taken_grid: Grid, taken: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `covered` less `taken`, where their grids overlap."""
    left, top = max(grid.left, taken_grid.left), max(grid.top, taken_grid.top)
    right = min(grid.left + grid.width, taken_grid.left + taken_grid.width)
    bottom = min(grid.top + grid.height, taken_grid.top + taken_grid.height)
    if left >= right or top >= bottom:
        return covered
    rest = covered.copy()
    part = rest[top - grid.top : bottom - grid.top, left - grid.left : right - grid.left]
    other = taken[top - taken_grid.top : bottom - taken_grid.top, left - taken_grid.left : right - taken_grid.left]
    cv2.subtract(part, other, dst=part)
    return rest


def _draw(painter: QPainter, codes: NDArray[np.uint8], table: list[int], grid: Grid, pixel_ratio: float) -> None:
    """Draw coded pixels, uint8 (h, w), on their device pixels."""
    height, width = codes.shape
    coded = QImage(codes.data, width, height, width, QImage.Format.Format_Indexed8)
    coded.setColorTable(table)
    image = coded.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)  # drawn three times as fast
    image.setDevicePixelRatio(pixel_ratio)
    painter.drawImage(QPointF(grid.left / pixel_ratio, grid.top / pixel_ratio), image)
