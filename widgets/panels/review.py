"""The Review panel: what a run proposes, least sure first, to accept or reject in any portion."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QSize, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.desk.workspace import Workspace
from engines.propagation.suggest import Suggestion
from widgets.action_set import ActionSet
from widgets.one_line import OneLine
from widgets.panels.buttons import action_button
from widgets.panels.review_list import ENTRY_ROLE, ReviewList
from widgets.timeline.track import APART_FRAMES
from widgets.words import count

LEAST_LIST_PX = 92
"""Three frames: in a low window it is the Run panel that scrolls."""
LISTED = "Least sure first"
APART = f"Of the unsure frames of an object less than {APART_FRAMES} apart the worst is listed."
ENOUGH = "Enough is labelled: another anchor wins less than the mask drawn for it."
WAYS = (("swipe", "Swipe"), ("blink", "Blink"), ("difference", "Difference"))
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

    def has_suggestion(self) -> bool:
        """Return whether any frame is worth an anchor."""
        return bool(self._list.suggestions)

    def next_suggested(self) -> None:
        """Go to the frame where an anchor is worth most, and say why; from there to the next best, and round again."""
        found = self._list.suggestions
        if found:
            here = [each.frame for _, each in found[:-1]]
            frame = self._workspace.view.frame
            self.go_to_suggested(*found[here.index(frame) + 1 if frame in here else 0])

    def go_to_suggested(self, object_id: int, found: Suggestion) -> None:
        """Go to a frame of the ranking, for the object that wins most, and say why."""
        self._workspace.view.is_playing = False
        self._workspace.view.object_id = object_id
        self._workspace.request_frame(found.frame)
        best = self._list.suggestions[:1]
        enough = f"{ENOUGH} " if best and best[0][1].is_enough else ""
        self._workspace.say(f"{enough}Label frame {found.frame}: {found.reason}.")

    def compare(self, way: str) -> None:
        """Show what is proposed beside what was, by "swipe", "blink" or "difference"; blinking, show the other one."""
        view = self._workspace.view
        if view.tool == "compare" and view.compare_by == way == "blink":
            view.shows_before = not view.shows_before
        view.compare_by, view.tool = way, "compare"

    def accept(self, portion: str) -> None:
        """Take proposals over: of "frame", "range", "object" or "all"."""
        self._workspace.accept(*self._portion(portion))

    def reject(self, portion: str) -> None:
        """Drop proposals, so that what was before is there again: of "frame", "range", "object" or "all"."""
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
        self.heading.setToolTip(APART)
        self.suggested = action_button(actions["next_suggested"], "Label next")
        self.why = OneLine()
        self.ranking = self._make_ranking()
        self.table = self._make_table()
        self.unsure_box = self._make_unsure_box()
        heading = QHBoxLayout()
        heading.addWidget(self.heading, 1)
        heading.addWidget(self.unsure_box)
        grid = QGridLayout()
        grid.setSpacing(3)
        rows = {"compare": WAYS, "accept": PORTIONS, "reject": PORTIONS}
        for row, (verb, choices) in enumerate(rows.items()):
            title = QLabel(verb.capitalize())
            title.setProperty("muted", True)
            grid.addWidget(title, row, 0)
            buttons = QHBoxLayout()
            buttons.setSpacing(3)
            for choice, text in choices:
                buttons.addWidget(action_button(actions[f"{verb}_{choice}"], text), 1)
            grid.addLayout(buttons, row, 1)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(6)
        suggested = QHBoxLayout()
        suggested.addWidget(self.suggested)
        suggested.addWidget(self.ranking)
        suggested.addWidget(self.why, 1)
        column.addLayout(heading)
        column.addWidget(self.table, 1)
        column.addLayout(suggested)
        column.addLayout(grid)
        entries.modelReset.connect(self.on_ranked)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.clip_changed.connect(self.on_ranked)
        self.on_ranked()

    def _make_ranking(self) -> QToolButton:
        button = QToolButton()
        button.setArrowType(Qt.ArrowType.DownArrow)
        button.setProperty("arrow", True)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName("Frames worth an anchor")
        button.setToolTip("The frames where an anchor is worth most, the best first, and why")
        menu = QMenu(button)
        menu.aboutToShow.connect(self._fill_ranking)
        button.setMenu(menu)
        return button

    @Slot()
    def _fill_ranking(self) -> None:
        menu = self.ranking.menu()
        menu.clear()
        for object_id, found in self._list.suggestions:
            action = menu.addAction(f"Frame {found.frame}: {found.reason}".replace("&", "&&"))  # names may have one
            action.triggered.connect(partial(self._commands.go_to_suggested, object_id, found))

    def _make_table(self) -> QTreeView:
        table = QTreeView()
        table.setModel(self._list)
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setMinimumHeight(LEAST_LIST_PX)
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

    def _make_unsure_box(self) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(0.0, 1.0)
        box.setSingleStep(0.05)
        box.setPrefix("below ")
        box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        box.setKeyboardTracking(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setAccessibleName("Unsure below")
        box.setToolTip(
            f"Frames of a confidence less than this are unsure; U and Shift+U go through those listed. {APART}"
        )
        box.setValue(self._workspace.view.unsure_below)
        box.valueChanged.connect(self._on_unsure_chosen)
        return box

    @Slot(float)
    def _on_unsure_chosen(self, value: float) -> None:
        self._workspace.view.unsure_below = value

    @Slot()
    def on_ranked(self) -> None:
        """Show what there is to review."""
        entries = self._list
        if entries.is_about_proposals:
            total = sum(entries.n_proposed.values())
            proposed = f"{count(total, 'label')} proposed for {count(len(entries.n_proposed), 'object')}"
            text = f"{proposed}. {LISTED}:" if entries.entries else f"{proposed}, none of them unsure."
        elif entries.entries:
            text = f"Nothing proposed. Accepted labels, {LISTED[0].lower()}{LISTED[1:]}:"
        elif self._workspace.clip is None:
            text = ""
        else:
            text = "What a run proposes is reviewed here."
        self.heading.setText(text)
        self.heading.setProperty("muted", not entries.is_about_proposals)
        self.heading.style().polish(self.heading)
        found = [each for _, each in entries.suggestions]
        self.suggested.setVisible(bool(found))
        self.ranking.setVisible(bool(found))
        self.why.setVisible(bool(found))
        if found:
            self.suggested.setText(f"Label frame {found[0].frame}")
            reasons = [f"Frame {each.frame}: {each.reason}" for each in found]
            is_enough = found[0].is_enough
            self.why.setText("enough is labelled" if is_enough else f"mends {found[0].name} most")
            self.why.setToolTip("\n".join([ENOUGH, *reasons] if is_enough else reasons))
        self._show_here()

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Mark the row of the frame in view."""
        if name in ("frame", "object_id") and not self._workspace.view.is_playing:
            self._show_here()
        elif name == "unsure_below":
            self.unsure_box.setValue(self._workspace.view.unsure_below)

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
