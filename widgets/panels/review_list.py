"""What is worth a look: the frames that a run was least sure of, kept in step with the tracks."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QColor

from app.workspace import Workspace
from widgets.timeline.ramp import colour_of
from widgets.timeline.track import Cell, unsure_frames
from widgets.timeline.tracks import Tracks

COLUMNS = ("Object", "Frame", "Confidence")
SETTLE_MS = 200
ENTRY_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class ReviewList(QAbstractTableModel):
    """Rows of (object id, frame, confidence), least sure first. Proposals; accepted labels where there are none.

    Only what is less sure than `ViewState.unsure_below` is listed.

    GUI thread only. Sorting costs a few milliseconds for a hundred thousand labels and is done when
    changes pause.
    """

    def __init__(self, workspace: Workspace, tracks: Tracks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tracks = tracks
        self.entries: list[tuple[int, int, float]] = []
        self.n_proposed: dict[int, int] = {}
        self._timer = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._timer.timeout.connect(self.rank)
        tracks.updated.connect(self._on_updated)
        workspace.clip_changed.connect(self._on_updated)
        workspace.changed.connect(self._on_updated)
        workspace.view.changed.connect(self.on_view_changed)

    @property
    def is_about_proposals(self) -> bool:
        """Return whether there is anything to accept or reject."""
        return bool(self.n_proposed)

    @Slot()
    def _on_updated(self, *_what: object) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """List what is unsure by now."""
        if name == "unsure_below":
            self._on_updated()

    @Slot()
    def rank(self) -> None:
        """Rank anew, now."""
        self._timer.stop()
        project = self._workspace.project
        shown = [
            (object_id, track)
            for object_id, track in self._tracks.items()
            if project is not None and not project.objects[object_id].is_hidden
        ]
        self.beginResetModel()
        counts = {object_id: track.count(Cell.PROPOSED) for object_id, track in self._tracks.items()}
        self.n_proposed = {object_id: n for object_id, n in counts.items() if n}
        self.entries = unsure_frames(
            shown, Cell.PROPOSED if self.n_proposed else Cell.DERIVED, self._workspace.view.unsure_below
        )
        self.endResetModel()

    def row_here(self) -> int:
        """Return the row of the selected object on the frame in view, -1 where it is not listed."""
        view = self._workspace.view
        here = (view.object_id, view.frame)
        return next((row for row, entry in enumerate(self.entries) if entry[:2] == here), -1)

    # what Qt asks

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of frames listed."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's title."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        object_id, frame, confidence = self.entries[index.row()]
        project = self._workspace.project
        found = project.objects.get(object_id) if project is not None else None
        if role == ENTRY_ROLE:
            return (object_id, frame)
        if role == Qt.ItemDataRole.DisplayRole and found is not None:
            return (found.name, str(frame), f"{confidence:.2f}")[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and found is not None:
            return (QColor(*found.colour), None, QColor(*colour_of(confidence)))[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None
