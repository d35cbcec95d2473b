"""Filling closed areas, removing pieces, and picking by colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from engines.labels.raster import connected_region, similar_region
from engines.labels.rle import Box
from widgets.canvas.hand import MaskInHand, take_mask
from widgets.canvas.stage import Stage
from widgets.canvas.tools.painting import PaintingTool
from widgets.canvas.tools.tool import Pointer

START_TOLERANCE = 20
TOLERANCE_PER_PX = 0.25


class Fill(PaintingTool[MaskInHand]):
    """A click in an area that the mask encloses fills it; with Shift or the right button a piece is removed.

    An area that reaches the picture's edge counts as enclosed while it is the smaller part of the
    picture. With Ctrl the picture decides: neighbouring pixels of a similar colour are added (with Shift removed),
    and dragging to the right takes in more, to the left fewer.
    """

    cursor = Qt.CursorShape.CrossCursor
    verb = "fill"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._start: Pointer | None = None
        """Where picking by colour began."""

    def press(self, pointer: Pointer) -> None:
        """Fill or remove at once, or begin to pick by colour."""
        if pointer.button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) or self.is_busy:
            return
        column, row = pointer.pixel
        clip = self.stage.workspace.clip
        if clip is None or not (0 <= column < clip.width and 0 <= row < clip.height):
            return
        hand = take_mask(self.stage)
        if hand is None:
            return
        self._value = 0 if pointer.has_shift or pointer.button == Qt.MouseButton.RightButton else 255
        if pointer.has_ctrl:
            self._hand, self._start = hand, pointer
            self._pick(START_TOLERANCE)
        else:
            self._fill(hand, column, row)

    def move(self, pointer: Pointer) -> None:
        """Take in more or fewer colours."""
        if self._hand is not None and self._start is not None:
            tolerance = START_TOLERANCE + TOLERANCE_PER_PX * (pointer.view_x - self._start.view_x)
            self._pick(round(min(255.0, max(0.0, tolerance))))

    def _fill(self, hand: MaskInHand, column: int, row: int) -> None:
        """Fill the area, or remove the piece, under a pixel."""
        say = self.stage.workspace.say
        if (hand.pixels[row, column] == 0) == (self._value == 0):
            hand.drop()
            if self._value:
                say("That is filled already; click in a hole, or with Shift to remove this piece.")
            return
        box, region = connected_region(hand.pixels, column, row)
        if self._value and _is_open(box, region, hand.pixels.shape):
            hand.drop()
            say("That area is open; close the outline around it first.")
            return
        _set(hand.pixels, box, region, self._value)
        hand.touch(box)
        hand.commit(self._step())

    def _pick(self, tolerance: int) -> None:
        """Show what is picked with this tolerance."""
        assert self._hand is not None and self._start is not None
        image = self.stage.image
        if image is None:
            return
        self._hand.restore()
        box, region = similar_region(image, *self._start.pixel, tolerance)
        _set(self._hand.pixels, box, region, self._value)
        self._hand.touch(box)


def _is_open(box: Box, region: NDArray[np.bool_], shape: tuple[int, ...]) -> bool:
    """Return whether an area is the outside: at the picture's edge, and most of the picture."""
    height, width = shape
    is_at_edge = box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height
    return is_at_edge and 2 * int(region.sum()) > width * height


def _set(pixels: NDArray[np.uint8], box: Box, region: NDArray[np.bool_], value: int) -> None:
    left, top, right, bottom = box
    pixels[top:bottom, left:right][region] = value
