"""What every tool is: gestures in, a mask in hand or a changed view out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from widgets.canvas.stage import Stage


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse or pen is, and what is held down."""

    x: float
    """Image position, pixel centres at whole numbers."""
    y: float
    view_x: float
    """The same in screen pixels of the canvas."""
    view_y: float
    button: Qt.MouseButton = Qt.MouseButton.NoButton
    """The button that began the gesture; none while hovering."""
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    pressure: float = 1.0
    """0 to 1; 1 for a mouse."""
    is_eraser_end: bool = False

    @property
    def position(self) -> tuple[float, float]:
        """The image position."""
        return (self.x, self.y)

    @property
    def pixel(self) -> tuple[int, int]:
        """Column and row of the pixel under it, which may lie outside the picture."""
        return (math.floor(self.x + 0.5), math.floor(self.y + 0.5))

    @property
    def has_shift(self) -> bool:
        """Whether Shift is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def has_ctrl(self) -> bool:
        """Whether Ctrl is held (Command on a Mac)."""
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)


class Tool:
    """An interaction mode of the canvas; this one does nothing. GUI thread only.

    A gesture is press, moves, release, with the pointer's `button` set; between gestures `move` comes
    without. A tool never writes the project but through `MaskInHand.commit`.
    """

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def is_busy(self) -> bool:
        """Whether something is begun that Escape would drop."""
        return False

    def press(self, pointer: Pointer) -> None:
        """Begin a gesture."""

    def move(self, pointer: Pointer) -> None:
        """Go on with a gesture, or hover."""

    def release(self, pointer: Pointer) -> None:
        """End a gesture."""

    def double_click(self, pointer: Pointer) -> None:
        """Take the second press of a double click, in place of `press`; `release` follows."""
        self.press(pointer)

    def keys(self) -> Mapping[str, Callable[[], None]]:
        """Return what keys do just now, by their names in Qt's portable form; they come before the window's."""
        return {}

    def leave(self) -> None:
        """Hear that the pointer has left the canvas."""

    def accept(self) -> None:
        """Take Enter."""

    def step_back(self) -> None:
        """Take Backspace or Undo while busy: drop the last part of what is begun, or all of it."""
        self.cancel()

    def finish(self) -> None:
        """End what is begun, as on release: the frame or the tool is about to change."""

    def cancel(self) -> None:
        """Drop what is begun; the project stays as it is."""

    def put_away(self) -> None:
        """Hear that another tool is taken, or another clip opened: drop all that is begun."""
        self.cancel()

    def overlay_bounds(self) -> QRectF:
        """Return the screen pixels that `paint` may draw on."""
        return QRectF()

    def paint(self, painter: QPainter) -> None:
        """Draw over the picture, in screen pixels of the canvas."""
