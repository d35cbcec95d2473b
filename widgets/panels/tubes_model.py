"""The tubes that are shown as cells of a list, each with its picture. Keeps nothing but pictures of Qt's."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap

from app.desk.proposing_ghosts import Ghost, Ghosts
from app.tasks.tube_finder import THUMBNAIL_SIZE
from engines.proposals.tubes import LEAST_SURVIVAL
from widgets.timeline.ghosts import image_of

GHOST_ROLE = Qt.ItemDataRole.UserRole
PICTURE = QSize(96, 64)
"""Smaller than it is made, so that it is sharp on fine screens too, and two stand side by side in a narrow panel."""
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class TubesModel(QAbstractListModel):
    """One cell per tube, the best first. GUI thread only."""

    def __init__(self, ghosts: Ghosts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ghosts = ghosts
        self._shown: tuple[Ghost, ...] = ()
        self._pictures: dict[int, QIcon] = {}
        blank = QPixmap(PICTURE)
        blank.fill(QColor(128, 128, 128, 60))
        self._blank = QIcon(blank)
        ghosts.changed.connect(self.on_changed)

    @Slot()
    def on_changed(self) -> None:
        """Follow the list, and pictures that have come."""
        shown = self._ghosts.shown
        if shown != self._shown:
            self.beginResetModel()
            self._shown = shown
            there = {each.ghost_id for each in shown}
            self._pictures = {key: picture for key, picture in self._pictures.items() if key in there}
            self.endResetModel()
        elif shown:
            self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))

    def row_of(self, ghost_id: int) -> int:
        """Return the row of a tube, -1 where it is not shown."""
        return next((row for row, each in enumerate(self._shown) if each.ghost_id == ghost_id), -1)

    # what Qt asks

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return rank and score, the picture, or the tube."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        ghost = self._shown[index.row()]
        if role == GHOST_ROLE:
            return ghost
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{self._ghosts.rank(ghost)} · {ghost.tube.score:.2f}"
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(ghost)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._told(ghost)
        return None

    def _picture(self, ghost: Ghost) -> QIcon:
        pixels = self._ghosts.pixels(ghost).thumbnail
        if pixels is None:
            return self._blank
        if ghost.ghost_id not in self._pictures:
            picture = QPixmap.fromImage(image_of(pixels))
            picture.setDevicePixelRatio(THUMBNAIL_SIZE[0] / PICTURE.width())
            shown = self._pictures[ghost.ghost_id] = QIcon(picture)
            shown.addPixmap(picture, QIcon.Mode.Selected)  # Qt would wash it out
        return self._pictures[ghost.ghost_id]

    def _told(self, ghost: Ghost) -> str:
        tube, survival = ghost.tube, self._ghosts.pixels(ghost).survival
        told = f"Tube {self._ghosts.rank(ghost)}, score {tube.score:.2f}, on {int(tube.is_there.sum())} frames"
        if survival is not None and survival < LEAST_SURVIVAL:
            told += f"; carried there and back its mask meets itself by {survival:.2f} only, so it may be no object"
        return told
