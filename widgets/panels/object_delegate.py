"""How a row of the object list looks, and which part of it does what when clicked."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from app.project.model import Kind, Object
from widgets.icons import icon
from widgets.panels.objects_model import MARKED_ROLE, N_ANCHORS_ROLE, OBJECT_ROLE
from widgets.swatches import SWATCHES
from widgets.theme import LIGHT, Theme

ROW_H = 28
ICON = 16
CELL = 24
SWATCH = 14
MARK_W = 3
Index = QModelIndex | QPersistentModelIndex


class Zone(Enum):
    """A part of a row."""

    SWATCH = "Colour; double click to change it"
    NAME = "Double click to rename"
    ANCHORS = "Frames that you labelled"
    MARK = "Marked, to be swapped or merged with the selected object; Ctrl+click takes the mark away"
    LOCK = "Lock: tools and runs leave it alone"
    EYE = "Hide or show"


class ObjectDelegate(QStyledItemDelegate):
    """Swatch, name and class, number of anchors, lock, eye."""

    zone_clicked = Signal(int, object)
    """An object's id and the `Zone`: eye or lock clicked, swatch double clicked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row; the width is the list's."""
        return QSize(120, ROW_H)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        found: Object | None = index.data(OBJECT_ROLE)
        if found is None:
            return
        row, theme = option.rect, self.theme
        painter.save()
        is_selected = bool(option.state & option.state.State_Selected)
        is_pointed_at = bool(option.state & option.state.State_MouseOver)
        if is_selected:
            painter.fillRect(row, theme.colour("selection"))
        elif is_pointed_at:
            painter.fillRect(row, theme.colour("panel"))
        if index.data(MARKED_ROLE):
            painter.fillRect(QRect(row.left(), row.top(), MARK_W, row.height()), theme.colour("accent"))
            self._paint_icon(painter, zone_rect(row, Zone.MARK), "mark", is_strong=True)
        self._paint_swatch(painter, zone_rect(row, Zone.SWATCH), found)
        n_anchors = index.data(N_ANCHORS_ROLE)
        place = zone_rect(row, Zone.NAME)
        if not n_anchors:
            place.setRight(zone_rect(row, Zone.MARK if index.data(MARKED_ROLE) else Zone.ANCHORS).left())
        painter.setPen(theme.colour("muted" if found.is_hidden else "text"))
        name = painter.fontMetrics().elidedText(found.name, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(theme.colour("muted"))
        used = painter.fontMetrics().horizontalAdvance(name) + 8
        if found.class_name and place.width() - used > 30:
            painter.drawText(place.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, found.class_name)
        if n_anchors:
            painter.drawText(zone_rect(row, Zone.ANCHORS), Qt.AlignmentFlag.AlignCenter, f"◆ {n_anchors}")
        # What is out of the ordinary is always seen; the ordinary only where the pointer is.
        if found.is_locked or is_pointed_at or is_selected:
            self._paint_icon(
                painter, zone_rect(row, Zone.LOCK), "lock" if found.is_locked else "lock-open", found.is_locked
            )
        self._paint_icon(painter, zone_rect(row, Zone.EYE), "eye-off" if found.is_hidden else "eye", found.is_hidden)
        painter.restore()

    def _paint_swatch(self, painter: QPainter, place: QRect, found: Object) -> None:
        box = QRect(0, 0, SWATCH, SWATCH)
        box.moveCenter(place.center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(*found.colour), 1.6))
        style = SWATCHES.get(found.kind, Qt.BrushStyle.SolidPattern)
        painter.setBrush(QBrush(QColor(*found.colour), Qt.BrushStyle.NoBrush if found.is_hidden else style))
        radius = SWATCH / 2 if found.kind is Kind.POINTS else 3
        painter.drawRoundedRect(box, radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_icon(self, painter: QPainter, place: QRect, name: str, is_strong: bool) -> None:
        box = QRect(0, 0, ICON, ICON)
        box.moveCenter(place.center())
        icon(name, self.theme, "text" if is_strong else "muted").paint(painter, box)

    def editorEvent(self, event: QEvent, model: QObject, option: QStyleOptionViewItem, index: Index) -> bool:
        """Take clicks on the eye and the lock, and double clicks on the swatch."""
        found: Object | None = index.data(OBJECT_ROLE)
        if found is None or not isinstance(event, QMouseEvent) or event.button() is not Qt.MouseButton.LeftButton:
            return False
        zone = zone_at(option.rect, event.position().toPoint())
        wanted = {
            QEvent.Type.MouseButtonRelease: (Zone.EYE, Zone.LOCK),
            QEvent.Type.MouseButtonDblClick: (Zone.SWATCH,),
        }.get(event.type(), ())
        if zone in wanted:
            self.zone_clicked.emit(found.object_id, zone)
        return zone in (Zone.EYE, Zone.LOCK) or zone in wanted

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Let the name be edited where it stands."""
        editor.setGeometry(zone_rect(option.rect, Zone.NAME).adjusted(-6, 1, 0, -1))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """Tell what the part under the pointer does."""
        found: Object | None = index.data(OBJECT_ROLE)
        if found is None:
            return False
        zone = zone_at(option.rect, event.pos())
        text = found.name + (f" ({found.class_name})" if found.class_name else "") + f"\n{zone.value}"
        QToolTip.showText(event.globalPos(), text, view)
        return True


def zone_rect(row: QRect, zone: Zone) -> QRect:
    """Return where a part of a row lies."""
    right = row.right() + 1 - 4
    places = {
        Zone.SWATCH: (row.left() + 2, CELL),
        Zone.EYE: (right - CELL, CELL),
        Zone.LOCK: (right - 2 * CELL, CELL),
        Zone.ANCHORS: (right - 2 * CELL - 40, 40),
        Zone.MARK: (right - 3 * CELL - 40, CELL),
    }
    if zone is Zone.NAME:
        left = row.left() + 2 + CELL + 4
        return QRect(left, row.top(), places[Zone.MARK][0] - left - 2, row.height())
    left, width = places[zone]
    return QRect(left, row.top(), width, row.height())


def zone_at(row: QRect, point: QPoint) -> Zone:
    """Return the part of a row that holds a point; the name where no other does."""
    return next((zone for zone in Zone if zone_rect(row, zone).contains(point)), Zone.NAME)
