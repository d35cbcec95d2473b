"""The Tubes panel: look for objects that nobody has drawn, see the best of them, and take them over."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QProgressBar,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.desk.workspace import Workspace
from widgets.action_set import ActionSet
from widgets.panels.buttons import action_button
from widgets.panels.tubes_model import GHOST_ROLE, PICTURE, TubesModel
from widgets.timeline.panel import button_of

BUTTONS = ("open_tube", "accept_tube", "merge_tubes", "split_tube", "reject_tube")
HINT = "What has an outline of its own and moves otherwise than what is around it is found without a label."


class TubeGrid(QListView):
    """The pictures, which tell which one the pointer is on, and say what to expect while there are none."""

    hint = ""
    pointed = Signal(object)
    """The index under the pointer, None where there is none."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what the pointer is on."""
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self.pointed.emit(index if index.isValid() else None)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell that the pointer has left."""
        if event.type() is QEvent.Type.Leave:
            self.pointed.emit(None)
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures, or the hint."""
        super().paintEvent(event)
        if self.model().rowCount() == 0 and self.hint:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            place = self.viewport().rect().adjusted(12, 12, -12, -8)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, self.hint)


class TubesPanel(QWidget):
    """Shows a `Proposer`. GUI thread only."""

    menu_requested = Signal(QPoint)

    def __init__(self, workspace: Workspace, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._proposer = workspace.proposer
        self._ghosts = workspace.proposer.ghosts
        self.model = TubesModel(self._ghosts, self)
        self.find_button = action_button(actions["find_objects"], "Find objects")
        self.progress_bar = QProgressBar()
        self.progress_bar.setTextVisible(False)
        self.cancel_button = action_button(actions["cancel_tubes"], "Cancel")
        self.told_label = QLabel()
        self.told_label.setWordWrap(True)
        self.told_label.setProperty("muted", True)
        self.told_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setAccessibleName("How many tubes")
        self.slider.setToolTip("How many of the tubes that were found are shown, the best first")
        self.slider_label = QLabel()
        self.slider_label.setProperty("muted", True)
        self.grid = self._make_grid()
        self._lay_out(actions)

        self.slider.valueChanged.connect(self._on_slid)
        self.grid.selectionModel().selectionChanged.connect(self._on_selected)
        self.grid.clicked.connect(self._on_clicked)
        self.grid.activated.connect(self._on_opened)
        self.grid.pointed.connect(self._on_pointed)
        self._proposer.progressed.connect(self.show_progress)
        self._ghosts.changed.connect(self.show_ghosts)
        workspace.run_changed.connect(self.show_progress)
        workspace.clip_changed.connect(self.show_progress)
        self.show_ghosts()
        self.show_progress()

    def _make_grid(self) -> TubeGrid:
        grid = TubeGrid()
        grid.setModel(self.model)
        grid.setViewMode(QListView.ViewMode.IconMode)
        grid.setMovement(QListView.Movement.Static)
        grid.setResizeMode(QListView.ResizeMode.Adjust)
        grid.setIconSize(PICTURE)
        grid.setGridSize(PICTURE + QSize(14, 24))
        grid.setUniformItemSizes(True)
        grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        grid.setMouseTracking(True)
        grid.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        grid.setAccessibleName("Tubes")
        grid.setMinimumHeight(60)
        grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        grid.customContextMenuRequested.connect(self._on_menu_requested)
        return grid

    def _lay_out(self, actions: ActionSet) -> None:
        find = QHBoxLayout()
        find.addWidget(self.find_button, 1)
        find.addWidget(self.progress_bar, 1)
        find.addWidget(self.cancel_button)
        how_many = QHBoxLayout()
        how_many.addWidget(self.slider, 1)
        how_many.addWidget(self.slider_label)
        buttons = QHBoxLayout()
        buttons.setSpacing(1)
        for name in BUTTONS:
            buttons.addWidget(button_of(actions, name))
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(4)
        column.addLayout(find)
        column.addWidget(self.told_label)
        column.addLayout(buttons)
        column.addWidget(self.grid, 1)
        column.addLayout(how_many)

    # what is so

    @Slot()
    def show_progress(self) -> None:
        """Show how far it is, or what is to be known of what was found."""
        progress = self._proposer.progress
        self.find_button.setVisible(progress is None)
        for part in (self.progress_bar, self.cancel_button):
            part.setVisible(progress is not None)
        if progress is not None:
            self.progress_bar.setRange(0, progress.total)
            self.progress_bar.setValue(progress.done)
        text = self._proposer.told if progress is None else progress.text
        self.told_label.setText(text)
        self.told_label.setVisible(bool(text))
        self.grid.hint = HINT if self._workspace.clip is not None and progress is None and not text else ""
        self.grid.viewport().update()

    @Slot()
    def show_ghosts(self) -> None:
        """Show how many there are, and which are selected."""
        n_found, n_shown = len(self._ghosts.all), len(self._ghosts.shown)
        self.slider_label.setText(f"{n_shown} of {n_found}")
        self._show_slider()
        for part in (self.slider, self.slider_label):
            part.setVisible(n_found > 0)
        rows = [self.model.row_of(ghost_id) for ghost_id in self._ghosts.selected]
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self.model.index(row), self.model.index(row))
        model = self.grid.selectionModel()
        model.blockSignals(True)
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            model.setCurrentIndex(self.model.index(rows[-1]), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.grid.scrollTo(self.model.index(rows[-1]))
        model.blockSignals(False)
        self.grid.viewport().update()

    def _show_slider(self) -> None:
        """Slide to as many as are shown; where fewer were found than a person wants to see, that wish stays."""
        self.slider.blockSignals(True)
        self.slider.setRange(1, max(1, len(self._ghosts.all)))
        self.slider.setValue(self._workspace.view.most_tubes)
        self.slider.blockSignals(False)

    # what the person does

    @Slot(int)
    def _on_slid(self, value: int) -> None:
        self._workspace.view.most_tubes = value

    @Slot()
    def _on_selected(self) -> None:
        rows = sorted(index.row() for index in self.grid.selectionModel().selectedIndexes())
        current = self.grid.currentIndex().row()
        rows.sort(key=lambda row: row == current)  # the current one last
        self._ghosts.select(self.model.index(row).data(GHOST_ROLE).ghost_id for row in rows)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        ghost = index.data(GHOST_ROLE)
        if ghost is not None and self._ghosts.selected == (ghost.ghost_id,):
            self._ghosts.go_to(ghost.ghost_id)

    @Slot()
    def _on_opened(self) -> None:
        self._proposer.open()

    @Slot(object)
    def _on_pointed(self, index: QModelIndex | None) -> None:
        self._ghosts.point(None if index is None else index.data(GHOST_ROLE).ghost_id)

    @Slot(QPoint)
    def _on_menu_requested(self, point: QPoint) -> None:
        if self.grid.indexAt(point).isValid():
            self.menu_requested.emit(self.grid.viewport().mapToGlobal(point))
