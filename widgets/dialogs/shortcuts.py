"""Every command, key and gesture in one list that can be searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from widgets.menus.spec import ActionSpec

WIDTHS_PX = (260, 190)
"""Of commands and keys; longer ones go on in the next line. What they do has the rest."""

_BESIDE_PX = 5
"""What a cell keeps free beside its words."""
_MOST_PX = 1000

Row = tuple[str, str, str, str]
"""Group, command, keys, what it does."""


def rows_of(specs: Sequence[ActionSpec], gestures: Mapping[str, tuple[tuple[str, str], ...]]) -> Iterator[Row]:
    """Yield what the dialog lists, grouped by menu."""
    for spec in specs:
        keys = ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in spec.shortcuts)
        yield spec.menu.replace("/", ", "), spec.text.rstrip("…"), keys, spec.tip
    for group, found in gestures.items():
        for what, gesture in found:
            yield group, what, gesture, ""


class WrappingRows(QStyledItemDelegate):
    """Makes rows as high as their words are at the columns' widths; a tree asks for the height of one line alone."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree
        tree.header().sectionResized.connect(tree.scheduleDelayedItemsLayout)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a cell's size."""
        hint = super().sizeHint(option, index)
        if not index.parent().isValid():  # a group's name goes across
            return hint
        indent = 2 * self._tree.indentation() if index.column() == 0 else 0
        room = QRect(0, 0, self._tree.columnWidth(index.column()) - indent - 2 * _BESIDE_PX, _MOST_PX)
        words = option.fontMetrics.boundingRect(room, Qt.TextFlag.TextWordWrap, index.data())
        return QSize(hint.width(), max(hint.height(), words.height() + _BESIDE_PX))


class ShortcutsDialog(QDialog):
    """The list, with a box to search it by command, key or purpose."""

    def __init__(self, rows: Sequence[Row], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard and mouse")
        self.resize(1060, 660)
        self.search_box = QLineEdit()
        self.search_box.setPlaceholderText("Search by command, key or purpose")
        self.search_box.setClearButtonEnabled(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Command", "Keys", "What it does"])
        self.tree.setWordWrap(True)
        self.tree.setItemDelegate(WrappingRows(self.tree))
        self.tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        for column, width in enumerate(WIDTHS_PX):
            self.tree.setColumnWidth(column, width)
        self._fill(rows)
        self.search_box.textChanged.connect(self.search)
        stack = QVBoxLayout(self)
        stack.addWidget(self.search_box)
        stack.addWidget(self.tree)
        self.search_box.setFocus()

    def _fill(self, rows: Sequence[Row]) -> None:
        groups: dict[str, QTreeWidgetItem] = {}
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for group, command, keys, purpose in rows:
            if group not in groups:
                groups[group] = QTreeWidgetItem(self.tree, [group])
                groups[group].setFont(0, bold)
            QTreeWidgetItem(groups[group], [command, keys, purpose]).setToolTip(2, purpose)
        self.tree.expandAll()

    @Slot(str)
    def search(self, text: str) -> None:
        """Show only rows in which every word of `text` occurs."""
        words = text.casefold().split()
        root = self.tree.invisibleRootItem()
        for place in range(root.childCount()):
            group = root.child(place)
            n_shown = 0
            for row in range(group.childCount()):
                item = group.child(row)
                said = " ".join([group.text(0), *(item.text(column) for column in range(3))]).casefold()
                is_hit = all(word in said for word in words)
                item.setHidden(not is_hit)
                n_shown += is_hit
            group.setHidden(n_shown == 0)
