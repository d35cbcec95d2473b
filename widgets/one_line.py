"""Words that keep to one line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class OneLine(QLabel):
    """Plain words on one line, muted: where they are too long for it they end in "…". It asks for no width.

    What the tool tip says is for the caller to set.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("muted", True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        room = self.contentsRect()
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter = QPainter(self)
        self.style().drawItemText(
            painter, room, self.alignment(), self.palette(), self.isEnabled(), words, self.foregroundRole()
        )
