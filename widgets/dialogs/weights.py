"""The weights there are: a list with sizes, the card of each, and where networks run."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QSplitter,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.tasks.weights import best_for, weights_card
from engines.weights import DEFAULT_WEIGHTS, WeightsInfo
from widgets.weights_shelf import WeightsShelf
from widgets.words import amount

NONE_YET = (
    "There are no weights yet. Download a published checkpoint (TimeCycle, CRW, UVC, DUL, VFS, "
    "Spatial-then-temporal or DINO) and bring it in."
)
HEADING = re.compile(r"^(#{1,4} )", re.MULTILINE)
"""Of a card; made two levels smaller, because a file's headings would shout in a dialog."""
NAME_ROLE = Qt.ItemDataRole.UserRole
FAULT_ROLE = Qt.ItemDataRole.UserRole + 1


class WeightsDialog(QDialog):
    """Shows a `WeightsShelf`; `wanted` carries the weights to use, `bring_in_wanted` and `remove_wanted` the rest.

    Stays open beside the window until it is closed.
    """

    wanted = Signal(str)
    bring_in_wanted = Signal()
    remove_wanted = Signal(str)

    def __init__(self, shelf: WeightsShelf, used: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Weights")
        self.resize(1080, 480)
        self._shelf = shelf
        self._used = used
        self.list = QTreeWidget()
        self.list.setHeaderLabels(["Weights", "Best for", "Size", "From"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.card = QTextBrowser()
        self.card.setOpenExternalLinks(True)
        self.card.setAccessibleName("Card")
        self.card.document().setIndentWidth(18)
        self.card.document().setDocumentMargin(10)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.addWidget(self.list)
        parts.addWidget(self.card)
        parts.setSizes([640, 440])
        parts.setChildrenCollapsible(False)
        self.device_label = QLabel("Looking where networks run…")
        self.device_label.setProperty("muted", True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole
        self.bring_in_button = self.buttons.addButton("Bring in…", role.ActionRole)
        self.bring_in_button.setToolTip("Read a published checkpoint (.pth) or a weights file (.safetensors).")
        self.remove_button = self.buttons.addButton("Remove", role.ActionRole)
        self.use_button = self.buttons.addButton("Use for runs", role.ActionRole)
        self.use_button.setProperty("primary", True)
        column = QVBoxLayout(self)
        column.addWidget(parts, 1)
        column.addWidget(self.device_label)
        column.addWidget(self.buttons)

        self.bring_in_button.clicked.connect(self.bring_in_wanted)
        self.remove_button.clicked.connect(self._on_remove)
        self.use_button.clicked.connect(self._on_use)
        self.buttons.rejected.connect(self.reject)
        self.list.currentItemChanged.connect(self.show_card)
        self.list.itemActivated.connect(self._on_use)
        shelf.changed.connect(self.show_shelf)
        shelf.device_known.connect(self.show_device)
        self.show_shelf()

    @property
    def chosen(self) -> WeightsInfo | None:
        """Return the weights that the list stands on."""
        item = self.list.currentItem()
        return self._shelf.infos.get(item.data(0, NAME_ROLE)) if item is not None else None

    @Slot()
    def show_shelf(self) -> None:
        """Fill the list, standing on the same weights as before."""
        before = self.chosen
        wanted = before.file.stem if before is not None else self._shelf.resolved(self._used)
        self.list.clear()
        for name, info in self._shelf.infos.items():
            self._add(name, info)
        for name, fault in self._shelf.shelf.faults:
            item = QTreeWidgetItem(self.list, [f"{name}, cannot be used", "", "", ""])
            item.setToolTip(0, fault)
            item.setData(0, NAME_ROLE, name)
            item.setData(0, FAULT_ROLE, fault)
        items = self._items()
        named = [item for item in items if item.data(0, NAME_ROLE) == wanted]
        if items:
            self.list.setCurrentItem((named or items)[0])
        self.show_used(self._used)
        self.show_card()

    def _items(self) -> list[QTreeWidgetItem]:
        """Return the rows of the list from the top."""
        root = self.list.invisibleRootItem()
        return [root.child(place) for place in range(root.childCount())]

    def _add(self, name: str, info: WeightsInfo) -> None:
        whence = "shipped" if info.is_shipped else "brought in"
        item = QTreeWidgetItem(self.list, [info.title, best_for(info), amount(info.n_bytes), whence])
        item.setData(0, NAME_ROLE, name)
        item.setToolTip(0, f"{name}: {info.summary}")
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def stand_on(self, name: str) -> None:
        """Choose weights in the list."""
        for item in self._items():
            if item.data(0, NAME_ROLE) == name:
                self.list.setCurrentItem(item)

    def show_used(self, used: str) -> None:
        """Mark the weights that runs use."""
        self._used = used
        bold, plain = QFont(self.font()), self.font()
        bold.setWeight(QFont.Weight.DemiBold)
        for item in self._items():
            name = item.data(0, NAME_ROLE)
            is_used = name is not None and name == self._shelf.resolved(used)
            item.setFont(0, bold if is_used else plain)
            info = self._shelf.infos.get(name)
            if info is not None:
                item.setText(0, f"{info.title}, in use" if is_used else info.title)
        self._enable()

    @Slot()
    def show_card(self) -> None:
        """Show the card of the weights that the list stands on, or what is wrong with them."""
        item, info = self.list.currentItem(), self.chosen
        if info is not None:
            self.card.setMarkdown(HEADING.sub(r"##\1", weights_card(info)))
        elif item is not None:
            self.card.setPlainText(item.data(0, FAULT_ROLE))
        else:
            self.card.setPlainText(NONE_YET if self._shelf.is_known else "Looking for weights…")
        self._enable()

    @Slot(str)
    def show_device(self, device: str) -> None:
        """Say where networks run."""
        self.device_label.setText(f"Networks run on {device.rstrip('.')}.")

    def _enable(self) -> None:
        item, info = self.list.currentItem(), self.chosen
        is_shipped = info is not None and info.is_shipped
        self.use_button.setEnabled(info is not None and info.file.stem != self._shelf.resolved(self._used))
        self.remove_button.setEnabled(item is not None and not is_shipped)
        self.remove_button.setToolTip("Shipped weights stay." if is_shipped else "Delete weights that were brought in.")

    @Slot()
    def _on_use(self) -> None:
        info = self.chosen
        if info is not None:
            self.wanted.emit("" if info.file.stem == DEFAULT_WEIGHTS else info.file.stem)

    @Slot()
    def _on_remove(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.remove_wanted.emit(item.data(0, NAME_ROLE))
