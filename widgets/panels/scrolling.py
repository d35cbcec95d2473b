"""The part of a panel that scrolls where the window is low."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

LEAST_H = 32


class ScrollingPanel(QScrollArea):
    """Is as high as its contents where there is room, less high where there is not, but never less wide."""

    def __init__(self, contents: QWidget) -> None:
        super().__init__()
        self._contents = contents
        self.setWidget(contents)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """Return the height that the contents take at the present width."""
        contents = self._contents
        wraps = contents.hasHeightForWidth()
        height = contents.heightForWidth(self.viewport().width()) if wraps else contents.sizeHint().height()
        return QSize(self._least_width(), height)

    def minimumSizeHint(self) -> QSize:
        """Return the contents' least width beside the bar."""
        return QSize(self._least_width(), LEAST_H)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height where the width has changed: words wrap."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass on that the contents need more room, which a scroll area keeps to itself."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _least_width(self) -> int:
        return self._contents.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
