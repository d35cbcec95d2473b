"""What is worth a look: the frames that a run was least sure of, kept in step with the tracks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QColor

from app.desk.workspace import Workspace
from app.project.model import Object
from app.project.project import Project
from app.project.verbs import CARRIED_KINDS
from engines.labels.chroma import ChromaMap
from engines.labels.rle import RleMask
from engines.propagation.suggest import Carriage, Suggestion, suggest
from widgets.timeline.ramp import colour_of
from widgets.timeline.track import Cell, Track, unsure_frames
from widgets.timeline.tracks import Tracks

COLUMNS = ("Object", "Frame", "Confidence")
SETTLE_MS = 200
N_SUGGESTED = 5
_MOST_AREAS = 200
"""Anchors whose areas are looked up, evenly; those between are guessed from them, which is good enough to rank by."""
ENTRY_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class ReviewList(QAbstractTableModel):
    """Rows of (object id, frame, confidence), least sure first. Proposals; accepted labels where there are none.

    Only what is less sure than `ViewState.unsure_below` is listed, and of an object the worst of what is close
    together (`unsure_frames`). `suggestions` are the frames where one more anchor
    is worth most, each with the id of the object that wins most by it; objects that are hidden or locked do not count.

    GUI thread only. Sorting costs a few milliseconds for a hundred thousand labels and is done when
    changes pause.
    """

    def __init__(self, workspace: Workspace, tracks: Tracks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tracks = tracks
        self.entries: list[tuple[int, int, float]] = []
        self.n_proposed: dict[int, int] = {}
        self.suggestions: list[tuple[int, Suggestion]] = []
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
        self.suggestions = [] if project is None else _suggestions(project, shown, self._workspace.view.unsure_below)
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


def _suggestions(
    project: Project, tracks: Sequence[tuple[int, Track]], unsure_below: float
) -> list[tuple[int, Suggestion]]:
    """Return the frames to label next for objects that runs carry, with the object that wins most."""
    objects = {object_id: project.objects[object_id] for object_id, _ in tracks}
    carriages = {
        object_id: _carriage(project, objects[object_id], track)
        for object_id, track in tracks
        if objects[object_id].kind in CARRIED_KINDS and not objects[object_id].is_locked
    }
    ids = list(carriages)
    found = suggest(list(carriages.values()), N_SUGGESTED, unsure_below=unsure_below)
    return [(ids[each.place], each) for each in found]


def _area(project: Project, mask_id: int) -> int:
    """Return how much of the picture an object has, in pixels; without a mask, the box around it."""
    content = project.content(mask_id)
    match content:
        case RleMask():
            return content.area
        case ChromaMap():
            return project.clip.width * project.clip.height
    left, top, right, bottom = content.box
    return (right - left) * (bottom - top)


def _carriage(project: Project, thing: Object, track: Track) -> Carriage:
    """Return how sure runs were of one object."""
    confidence = np.where(track.is_derived, track.confidence, np.float32(np.nan))
    anchors, labels = track.anchors, project.labels_of(thing.object_id)
    asked = anchors[:: 1 + len(anchors) // _MOST_AREAS]
    areas = [_area(project, labels[frame].mask_id) for frame in asked.tolist()]
    known = np.interp(anchors, asked, areas) if areas else np.zeros(0)
    return Carriage(thing.name, confidence, anchors, known, track.stale)
