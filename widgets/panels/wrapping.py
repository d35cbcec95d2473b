"""A row of widgets that goes on in the next line where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class WrappingLayout(QLayout):
    """Lines of widgets, each as wide as it likes to be; the widest of them says how narrow the whole may become."""

    def __init__(self, parent: QWidget, margins: QMargins, spacing: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._breaks: set[int] = set()
        self.setContentsMargins(margins)
        self.setSpacing(spacing)

    def break_line(self) -> None:
        """Let what is added next begin a line."""
        self._breaks.add(len(self._items))

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item in at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, None past the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take an item out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Ask for no more room than there has to be."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Be the higher the narrower."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines at a width, margins included."""
        margins = self.contentsMargins()
        lines = self._lines(width - margins.left() - margins.right())
        spaces = self.spacing() * max(0, len(lines) - 1)
        return margins.top() + margins.bottom() + spaces + sum(_height(line) for line in lines)

    def sizeHint(self) -> QSize:
        """Return the least size: what more there is the lines make use of."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the size of the widest and of the highest widget, margins included."""
        size, margins = QSize(), self.contentsMargins()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size.grownBy(margins)

    def setGeometry(self, rect: QRect) -> None:
        """Lay the lines out, the widgets of each at the same middle height."""
        super().setGeometry(rect)
        room = rect.marginsRemoved(self.contentsMargins())
        top = room.top()
        for line in self._lines(room.width()):
            left, height = room.left(), _height(line)
            for item in line:
                size = item.sizeHint()
                item.setGeometry(QRect(QPoint(left, top + (height - size.height()) // 2), size))
                left += size.width() + self.spacing()
            top += height + self.spacing()

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """Share the visible items out into lines of a width."""
        lines: list[list[QLayoutItem]] = []
        used, begins = 0, True
        for place, item in enumerate(self._items):
            begins = begins or place in self._breaks
            if item.isEmpty():
                continue
            wanted = item.sizeHint().width()
            if begins or used + self.spacing() + wanted > width:
                lines.append([])
                used = -self.spacing()
            begins = False
            lines[-1].append(item)
            used += self.spacing() + wanted
        return lines


def _height(line: list[QLayoutItem]) -> int:
    return max(item.sizeHint().height() for item in line)
