"""The Review panel: what a run proposes, least sure first, to accept or reject in any portion."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize, Slot
from PySide6.QtWidgets import QAbstractItemView, QGridLayout, QHeaderView, QLabel, QTreeView, QVBoxLayout, QWidget

from app.workspace import Workspace
from widgets.action_set import ActionSet
from widgets.panels.buttons import action_button
from widgets.panels.review_list import ENTRY_ROLE, ReviewList
from widgets.words import count

PORTIONS = (("frame", "Frame"), ("range", "Range"), ("object", "Object"), ("all", "All"))


class ReviewCommands:
    """Targets of the review commands. GUI thread only."""

    def __init__(self, workspace: Workspace, entries: ReviewList) -> None:
        self._workspace = workspace
        self._list = entries

    def has_unsure(self) -> bool:
        """Return whether any frame is listed."""
        return bool(self._list.entries)

    def go_to(self, row: int) -> None:
        """Show a listed frame and select its object."""
        object_id, frame, _ = self._list.entries[row]
        self._workspace.view.is_playing = False
        self._workspace.view.object_id = object_id
        self._workspace.request_frame(frame)

    def next_unsure(self) -> None:
        """Go one row down the list, to its top from anywhere else."""
        if self._list.entries:
            self.go_to((self._list.row_here() + 1) % len(self._list.entries))

    def previous_unsure(self) -> None:
        """Go one row up the list."""
        if self._list.entries:
            self.go_to((max(0, self._list.row_here()) - 1) % len(self._list.entries))

    def accept(self, portion: str) -> None:
        """Take proposals over: of "frame", "range", "object" or "all"."""
        self._workspace.accept(*self._portion(portion))

    def reject(self, portion: str) -> None:
        """Drop proposals: of "frame", "range", "object" or "all"."""
        self._workspace.reject(*self._portion(portion))

    def _portion(self, portion: str) -> tuple[tuple[int, ...] | None, range | None]:
        """Return the object ids and frames of a portion, None for all."""
        view = self._workspace.view
        objects = (view.object_id,) if portion in ("frame", "object") and view.object_id is not None else None
        if portion == "frame":
            return objects, range(view.frame, view.frame + 1)
        if portion == "range" and view.range is not None:
            return objects, range(view.range[0], view.range[1] + 1)
        return objects, None


class ReviewPanel(QWidget):
    """Shows a `ReviewList` with buttons for the verdicts. GUI thread only."""

    def __init__(
        self,
        workspace: Workspace,
        entries: ReviewList,
        commands: ReviewCommands,
        actions: ActionSet,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._list = entries
        self._commands = commands
        self.heading = QLabel()
        self.heading.setWordWrap(True)
        self.table = self._make_table()
        grid = QGridLayout()
        grid.setSpacing(3)
        for row, verdict in enumerate(("accept", "reject")):
            title = QLabel(verdict.capitalize())
            title.setProperty("muted", True)
            grid.addWidget(title, row, 0)
            for column, (portion, text) in enumerate(PORTIONS, start=1):
                grid.addWidget(action_button(actions[f"{verdict}_{portion}"], text), row, column)
                grid.setColumnStretch(column, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.heading)
        column.addWidget(self.table, 1)
        column.addLayout(grid)
        entries.modelReset.connect(self.on_ranked)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.clip_changed.connect(self.on_ranked)
        self.on_ranked()

    def _make_table(self) -> QTreeView:
        table = QTreeView()
        table.setModel(self._list)
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setAllColumnsShowFocus(True)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setIconSize(QSize(11, 11))
        table.setAccessibleName("Unsure frames")
        table.header().setStretchLastSection(True)
        table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.header().resizeSection(1, 64)
        table.header().resizeSection(2, 92)
        table.clicked.connect(self._on_picked)
        table.activated.connect(self._on_picked)
        return table

    @Slot()
    def on_ranked(self) -> None:
        """Show what there is to review."""
        entries = self._list
        if entries.is_about_proposals:
            total = sum(entries.n_proposed.values())
            text = f"{count(total, 'frame')} proposed for {count(len(entries.n_proposed), 'object')}. Least sure first:"
        elif entries.entries:
            text = "Nothing proposed. Of the accepted frames, least sure first:"
        elif self._workspace.clip is None:
            text = ""
        else:
            text = "What a run proposes is reviewed here."
        self.heading.setText(text)
        self.heading.setProperty("muted", not entries.is_about_proposals)
        self.heading.style().polish(self.heading)
        self._show_here()

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Mark the row of the frame in view."""
        if name in ("frame", "object_id") and not self._workspace.view.is_playing:
            self._show_here()

    def _show_here(self) -> None:
        row = self._list.row_here()
        if row >= 0:
            self.table.setCurrentIndex(self._list.index(row, 0))
        else:
            self.table.setCurrentIndex(QModelIndex())
            self.table.clearSelection()

    @Slot(QModelIndex)
    def _on_picked(self, index: QModelIndex) -> None:
        if index.data(ENTRY_ROLE) is not None:
            self._commands.go_to(index.row())
