"""What tools that paint have in common: a mask or a picture in hand from press to release, which makes one step."""

from __future__ import annotations

from typing import Generic, TypeVar

from widgets.canvas.hand import MaskInHand
from widgets.canvas.picture_hand import PictureInHand
from widgets.canvas.stage import Stage
from widgets.canvas.tools.tool import Pointer, Tool

Hand = TypeVar("Hand", bound=MaskInHand | PictureInHand)
"""What a tool takes in hand."""


class PaintingTool(Tool, Generic[Hand]):
    """A tool that changes what it has in hand, `_hand`; with a `_value` of 255 it paints, with 0 it erases."""

    verb = "paint"
    """What the step is called when it does not erase."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._hand: Hand | None = None
        self._value = 255

    @property
    def is_busy(self) -> bool:
        """Whether something is in hand."""
        return self._hand is not None

    def release(self, pointer: Pointer) -> None:
        """End the gesture: one step."""
        self.finish()

    def finish(self) -> None:
        """Make a step of what is done so far."""
        hand, self._hand = self._hand, None
        if hand is not None:
            hand.commit(self._step())

    def cancel(self) -> None:
        """Drop what is done."""
        hand, self._hand = self._hand, None
        if hand is not None:
            hand.drop()

    def _step(self) -> str:
        return self.verb if self._value else "erase from"
