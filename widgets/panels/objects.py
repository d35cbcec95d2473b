"""The list of objects: choose, name, recolour, hide, lock, sort."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from app.desk.workspace import Workspace
from app.project import verbs
from app.project.edits import Change
from widgets.action_set import ActionSet
from widgets.panels.object_delegate import ObjectDelegate, Zone
from widgets.panels.objects_model import OBJECT_ROLE, ObjectsModel
from widgets.theme import Theme
from widgets.timeline.panel import button_of

BUTTONS = (
    "add_object", "add_points", "add_texture", "recolour_object", "raise_object", "lower_object", "mark_object",
    "swap_objects", "merge_objects", "split_parts", "delete_object",
)  # fmt: skip
PRESENCE_BUTTONS = ("presence_visible", "presence_occluded", "presence_out_of_frame", "presence_uncertain")


class ObjectList(QListView):
    """The list itself, which says what to do while it is empty. Ctrl+click on a row marks its object."""

    hint = ""
    mark_wanted = Signal(QModelIndex)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark with Ctrl; all else is the list's."""
        index = self.indexAt(event.position().toPoint())
        has_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if has_ctrl and index.isValid() and event.button() is Qt.MouseButton.LeftButton:
            self.mark_wanted.emit(index)
        else:
            super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or the hint."""
        super().paintEvent(event)
        if self.model().rowCount() == 0 and self.hint:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            place = self.viewport().rect().adjusted(12, 16, -12, -12)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, self.hint)


class ChangesObjects(Protocol):
    """What does as the list's buttons say, by object id."""

    def toggle_hidden(self, object_id: int) -> None:
        """Hide an object, or show it again."""

    def toggle_locked(self, object_id: int) -> None:
        """Lock an object, or unlock it."""

    def recolour(self, object_id: int) -> None:
        """Ask for another colour."""


class ObjectsPanel(QWidget):
    """Objects of the open project. GUI thread only."""

    menu_requested = Signal(QPoint)

    def __init__(
        self, workspace: Workspace, commands: ChangesObjects, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._commands = commands
        self.model = ObjectsModel(workspace, self)
        self._delegate = ObjectDelegate(self)
        self._delegate.zone_clicked.connect(self._on_zone_clicked)
        self.list = self._make_list()
        self.class_box = QLineEdit()
        self.class_box.setPlaceholderText("no class")
        self.class_box.setToolTip("What sort of thing the selected object is, such as “car”; formats export it.")
        self.class_box.editingFinished.connect(self._on_class_typed)
        class_label = QLabel("Class")
        class_label.setProperty("muted", True)
        class_label.setBuddy(self.class_box)

        buttons = QHBoxLayout()
        buttons.setSpacing(1)
        for name in BUTTONS:
            buttons.addWidget(button_of(actions, name))
        buttons.addStretch(1)
        form = QHBoxLayout()
        form.addWidget(class_label)
        form.addWidget(self.class_box, 1)
        here_label = QLabel("Here")
        here_label.setProperty("muted", True)
        here_label.setToolTip("Where the selected object is on this frame")
        here = QHBoxLayout()
        here.setSpacing(1)
        here.addWidget(here_label)
        here.addStretch(1)
        for name in PRESENCE_BUTTONS:
            here.addWidget(button_of(actions, name))
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(4)
        column.addLayout(buttons)
        column.addWidget(self.list, 1)
        column.addLayout(here)
        column.addLayout(form)

        self.model.modelReset.connect(self._show_selected)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.changed.connect(self.on_changed)
        workspace.clip_changed.connect(self._show_selected)
        self._show_selected()

    def _make_list(self) -> ObjectList:
        found = ObjectList()
        found.setModel(self.model)
        found.setItemDelegate(self._delegate)
        found.setMouseTracking(True)
        found.setUniformItemSizes(True)
        found.setAccessibleName("Objects")
        found.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        found.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        found.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        found.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        found.customContextMenuRequested.connect(self._on_menu_requested)
        found.mark_wanted.connect(self._on_mark_wanted)
        return found

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._delegate.theme = theme
        self.list.viewport().update()

    def rename_selected(self) -> None:
        """Let the selected object's name be edited in place."""
        index = self.list.currentIndex()
        if index.isValid():
            self.list.setFocus()
            self.list.edit(index)

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the selection."""
        if name == "object_id":
            self._show_selected()

    @Slot(object)
    def on_changed(self, change: Change) -> None:
        """Follow the selected object's class."""
        if change.objects_changed:
            self._show_class()

    @Slot()
    def _show_selected(self) -> None:
        has_clip = self._workspace.clip is not None
        self.list.hint = "Press N to add an object, then paint it on one frame." if has_clip else ""
        row = self.model.row_of(self._workspace.view.object_id)
        index = self.model.index(row) if row >= 0 else QModelIndex()
        if index != self.list.currentIndex():
            self.list.setCurrentIndex(index)
        if not index.isValid():
            self.list.clearSelection()
        self._show_class()

    def _show_class(self) -> None:
        project = self._workspace.project
        found = project.objects.get(self._workspace.view.object_id or 0) if project is not None else None
        self.class_box.setEnabled(found is not None)
        self.class_box.setText(found.class_name if found is not None else "")
        if project is not None:
            names = sorted({other.class_name for other in project.objects.values() if other.class_name})
            self.class_box.setCompleter(QCompleter(names, self.class_box))

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        found = index.data(OBJECT_ROLE)
        if found is not None:
            self._workspace.view.object_id = found.object_id

    @Slot(int, object)
    def _on_zone_clicked(self, object_id: int, zone: Zone) -> None:
        act = {
            Zone.EYE: self._commands.toggle_hidden,
            Zone.LOCK: self._commands.toggle_locked,
            Zone.SWATCH: self._commands.recolour,
        }[zone]
        act(object_id)

    @Slot()
    def _on_class_typed(self) -> None:
        project, object_id = self._workspace.project, self._workspace.view.object_id
        if project is None or object_id not in project.objects:
            return
        name = self.class_box.text().strip()
        if name != project.objects[object_id].class_name:
            self._workspace.do(verbs.set_class(project, object_id, name))

    @Slot(QModelIndex)
    def _on_mark_wanted(self, index: QModelIndex) -> None:
        found = index.data(OBJECT_ROLE)
        if found is not None:
            self._workspace.toggle_mark(found.object_id)

    @Slot(QPoint)
    def _on_menu_requested(self, point: QPoint) -> None:
        if self.list.indexAt(point).isValid():
            self.menu_requested.emit(self.list.viewport().mapToGlobal(point))
