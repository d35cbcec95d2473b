"""The project's objects as rows of a list. Reads through to the project and keeps nothing but the order of ids."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from app.desk.workspace import Workspace
from app.project import verbs
from app.project.edits import Change
from app.project.model import Object

MIME = "application/x-throughline-object"
OBJECT_ROLE = Qt.ItemDataRole.UserRole
N_ANCHORS_ROLE = Qt.ItemDataRole.UserRole + 1
MARKED_ROLE = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class ObjectsModel(QAbstractListModel):
    """One row per object, in list order. Renaming and dragging become edits of the workspace. GUI thread only."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._ids: list[int] = []
        workspace.clip_changed.connect(self.reset)
        workspace.changed.connect(self.on_changed)
        workspace.view.changed.connect(self.on_view_changed)
        self.reset()

    @Slot()
    def reset(self) -> None:
        """Read the order of objects anew."""
        project = self._workspace.project
        self.beginResetModel()
        self._ids = list(project.objects) if project is not None else []
        self.endResetModel()

    @Slot(object)
    def on_changed(self, change: Change) -> None:
        """Follow one change."""
        project = self._workspace.project
        if project is not None and list(project.objects) != self._ids:
            self.reset()
        elif self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the marks."""
        if name == "marked" and self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    def row_of(self, object_id: int | None) -> int:
        """Return the row of an object, -1 where there is none."""
        return self._ids.index(object_id) if object_id in self._ids else -1

    def object_at(self, index: Index) -> Object | None:
        """Return the object of a row."""
        project = self._workspace.project
        if project is None or not index.isValid() or index.row() >= len(self._ids):
            return None
        return project.objects.get(self._ids[index.row()])

    # what Qt asks

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of objects."""
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the name, the object, or the number of its anchors."""
        found = self.object_at(index)
        if found is None or self._workspace.project is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return found.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = ", ".join(
                word
                for word, is_so in (
                    ("hidden", found.is_hidden),
                    ("locked", found.is_locked),
                    ("marked", index.data(MARKED_ROLE)),
                )
                if is_so
            )
            return f"{found.name}{f' ({state})' if state else ''}"
        if role == OBJECT_ROLE:
            return found
        if role == MARKED_ROLE:
            return found.object_id in self._workspace.view.marked
        if role == N_ANCHORS_ROLE:
            return len(self._workspace.project.anchor_frames(found.object_id))
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename an object; an empty name is no name and changes nothing."""
        found, project, name = self.object_at(index), self._workspace.project, str(value).strip()
        if role != Qt.ItemDataRole.EditRole or found is None or project is None or name in ("", found.name):
            return False
        self._workspace.do(verbs.rename_object(project, found.object_id, name))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be renamed and dragged; only between rows can something be dropped."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return (
            Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemIsDragEnabled
        )

    def supportedDropActions(self) -> Qt.DropAction:
        """Rows move; nothing is copied."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Return the type of a dragged row."""
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the dragged object's id."""
        data = QMimeData()
        data.setData(MIME, str(self._ids[indexes[0].row()]).encode())
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Move an object to before `row`. Answers False: the edit moves the row, the view must not remove it."""
        project = self._workspace.project
        if project is None or not data.hasFormat(MIME):
            return False
        object_id = int(bytes(data.data(MIME).data()).decode())
        place = len(self._ids) if row < 0 else row
        before = self.row_of(object_id)
        if before >= 0:
            self._workspace.do(verbs.move_object(project, object_id, place - 1 if place > before else place))
        return False
