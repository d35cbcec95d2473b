"""Answers to choose from, as a strip of small pictures that fills while they are drawn; and the reference picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QSizePolicy, QWidget

from app.desk.colouring import Colouring
from app.tasks.colour_levels import THUMBNAIL_PX
from app.tasks.colour_still import SampleDrawn

ANSWER_ROLE = Qt.ItemDataRole.UserRole
REFERENCE_H = 72


class SamplesModel(QAbstractListModel):
    """The samples of the frame in view. GUI thread only."""

    def __init__(self, colouring: Colouring, parent: QObject) -> None:
        super().__init__(parent)
        self._colouring = colouring
        self._shown: list[SampleDrawn] = []
        self._images: list[QImage] = []

    def read(self) -> bool:
        """Take what is there by now, and return whether these are others than before."""
        samples = self._colouring.samples
        n_known = len(self._shown)
        if samples[:n_known] == self._shown:
            more = samples[n_known:]
            if more:
                self.beginInsertRows(QModelIndex(), n_known, len(samples) - 1)
                self._shown += more
                self._images += [image_of(drawn.image) for drawn in more]
                self.endInsertRows()
            return False
        self.beginResetModel()
        self._shown = list(samples)
        self._images = [image_of(drawn.image) for drawn in samples]
        self.endResetModel()
        return True

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """Return how many there are."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a sample's picture, its name, or what it is."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        answer = self._shown[index.row()].answer
        name = "answer" if answer.kind == "network" else f"{answer.number + 1}"
        said: dict[int, Any] = {
            Qt.ItemDataRole.DecorationRole: self._images[index.row()],
            Qt.ItemDataRole.DisplayRole: name,
            Qt.ItemDataRole.ToolTipRole: "The network's single answer"
            if answer.kind == "network"
            else f"Sample {answer.number + 1} from seed {answer.seed}",
            Qt.ItemDataRole.AccessibleTextRole: name,
            ANSWER_ROLE: answer,
        }
        return said.get(role)


class SampleStrip(QListView):
    """The small pictures, in rows. `picked` carries the `ColourAnswer` that is selected, or None."""

    picked = Signal(object)
    chosen = Signal(object)
    """One that was double-clicked, or taken by Enter."""

    def __init__(self, colouring: Colouring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = SamplesModel(colouring, self)
        self.setModel(self._model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(QSize(THUMBNAIL_PX - 12, THUMBNAIL_PX - 24))
        self.setGridSize(QSize(THUMBNAIL_PX - 6, THUMBNAIL_PX - 2))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Samples")
        self.setMinimumHeight(THUMBNAIL_PX + 8)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.activated.connect(self._on_activated)

    def read(self) -> None:
        """Show what is there by now."""
        if self._model.read():
            self.picked.emit(None)

    def _on_current(self, index: QModelIndex) -> None:
        self.picked.emit(index.data(ANSWER_ROLE) if index.isValid() else None)

    def _on_activated(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(ANSWER_ROLE))


class ReferenceView(QWidget):
    """The reference picture, small. A press picks up the colour under it: `picked` carries red, green, blue."""

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels: NDArray[np.uint8] | None = None
        self._image = QImage()
        self.setFixedHeight(REFERENCE_H)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Reference picture")
        self.setToolTip("Press to pick up a colour of the reference")
        self.hide()

    def show_picture(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a small picture, RGB uint8, or none."""
        if pixels is not self._pixels:
            self._pixels = pixels
            self._image = QImage() if pixels is None else image_of(pixels)
            self.setVisible(pixels is not None)
            self.update()

    def _place(self) -> QRectF:
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        return QRectF(0, 0, self._image.width() * scale, self._image.height() * scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick up a colour."""
        if self._pixels is None or not self._place().contains(event.position()):
            return
        place, (height, width) = self._place(), self._pixels.shape[:2]
        column = min(width - 1, int(event.position().x() / place.width() * width))
        row = min(height - 1, int(event.position().y() / place.height() * height))
        self.picked.emit(tuple(int(value) for value in self._pixels[row, column]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        if self._pixels is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
            painter.drawImage(self._place(), self._image)


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """Return a picture, RGB uint8 (H, W, 3), as Qt's own."""
    flat = np.ascontiguousarray(pixels)
    return QImage(flat.data, flat.shape[1], flat.shape[0], 3 * flat.shape[1], QImage.Format.Format_RGB888).copy()
