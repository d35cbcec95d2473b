"""The window: which parts there are, where they stand, and who hears whom. Nothing is decided here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow

from app.desk.jobs import Job, Lane
from app.desk.regroup import progress_of
from app.desk.workspace import Workspace
from widgets.action_set import ActionSet
from widgets.actions import all_actions
from widgets.bars import make_bars
from widgets.canvas.canvas import Canvas
from widgets.canvas.tools.table import TOOLS
from widgets.commands.colour import ColourCommands
from widgets.commands.files import FileCommands
from widgets.commands.folder import FolderCommands
from widgets.commands.frames import FrameCommands
from widgets.commands.inspect import InspectCommands
from widgets.commands.labels import LabelCommands
from widgets.commands.objects import ObjectCommands
from widgets.commands.points import PointCommands
from widgets.commands.textures import TextureCommands
from widgets.commands.tubes import TubeCommands
from widgets.commands.view import ViewCommands
from widgets.commands.weights import WeightsCommands
from widgets.conditions import Conditions
from widgets.dialogs.ask import Ask
from widgets.dialogs.message_log import MessageLog
from widgets.dialogs.shortcuts import ShortcutsDialog, rows_of
from widgets.docks import give_first_sizes, make_docks
from widgets.gestures import GESTURES
from widgets.icons import application_icon, icon_path
from widgets.inspect.side_by_side import SideBySide
from widgets.keyboard import FieldKeys
from widgets.menus.context import LANE_MENU, OBJECT_MENU, TUBE_MENU
from widgets.panels.colour import ColourPanel
from widgets.panels.job_bar import JobBar
from widgets.panels.messages import Messages
from widgets.panels.objects import ObjectsPanel
from widgets.panels.review import ReviewCommands, ReviewPanel
from widgets.panels.review_list import ReviewList
from widgets.panels.run import RunPanel
from widgets.panels.run_plan import RunPlan
from widgets.panels.save_state import SaveState
from widgets.panels.status import StatusBar
from widgets.panels.tubes import TubesPanel
from widgets.recent_menu import RecentMenu
from widgets.remembering import Remembering
from widgets.settings import Settings
from widgets.theme import apply_theme, resolved
from widgets.timeline.panel import TimelinePanel
from widgets.timeline.playback import Playback
from widgets.timeline.tracks import Tracks
from widgets.timeline.view import TimelineView
from widgets.weights_shelf import WeightsShelf

LAYOUT_VERSION = 4
"""Remembered layouts of another number are not restored: their docks may not exist."""


class MainWindow(QMainWindow):
    """One window on one workspace. GUI thread only."""

    def __init__(self, workspace: Workspace, settings: Settings, ask: Ask | None = None) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = settings
        self._lane = Lane("window", self)
        settings.restore_view(workspace.view)

        self._ask = ask = ask or Ask(self)
        self._gives_up = False
        self._awaits_proposals = False
        self.canvas = Canvas(workspace)
        self.messages = Messages(self.canvas)
        self.tracks = Tracks(workspace, self)
        self.timeline = TimelineView(workspace, self.tracks)
        self.playback = Playback(workspace, self)
        self.plan = RunPlan(workspace, self.tracks, self._lane, self)
        self.plan.recall(settings.words("run"))
        self.remembering = Remembering(workspace.view, self.plan, settings, self)
        self.shelf = WeightsShelf(self)
        self.review_list = ReviewList(workspace, self.tracks, self)
        self.review = ReviewCommands(workspace, self.review_list)
        self.jobs = JobBar()
        self.save_state = SaveState(workspace, self._lane, self)
        self.files = FileCommands(workspace, settings, ask, self.messages, self.jobs, self)
        self.weights = WeightsCommands(self.shelf, self.plan, settings, ask, self.messages, self.jobs, self)
        self.objects = ObjectCommands(workspace, ask)
        self.action_set = self._make_actions()

        self.objects_panel = ObjectsPanel(workspace, self.objects, self.action_set)
        self.run_panel = RunPanel(workspace, self.plan, self.action_set, self.shelf)
        self.review_panel = ReviewPanel(workspace, self.review_list, self.review, self.action_set)
        self.tubes_panel = TubesPanel(workspace, self.action_set)
        self.colour_panel = ColourPanel(workspace, self.action_set)
        self.timeline_panel = TimelinePanel(workspace, self.timeline, self.action_set)
        self.side_by_side = SideBySide(workspace, self.canvas, self.action_set)
        self.status = StatusBar(workspace, self.jobs)
        self.docks = make_docks(
            self,
            objects=self.objects_panel,
            tubes=self.tubes_panel,
            run=self.run_panel,
            review=self.review_panel,
            colour=self.colour_panel,
            timeline=self.timeline_panel,
        )
        self._make_bars()
        self._connect()
        self._restore()

    def _make_actions(self) -> ActionSet:
        roots = {
            "window": self,
            "canvas": self.canvas,
            "timeline": self.timeline,
            "files": self.files,
            "folder": FolderCommands(self.workspace, self.files.open_path, self),
            "frames": FrameCommands(self.workspace),
            "objects": self.objects,
            "points": PointCommands(self.workspace, self.settings, self._ask, self),
            "textures": TextureCommands(self.workspace, self.settings, self._ask),
            "labels": LabelCommands(self.workspace),
            "colours": ColourCommands(self.workspace, self.settings, self._ask),
            "view": ViewCommands(self.workspace),
            "inspect": InspectCommands(self.workspace),
            "plan": self.plan,
            "learner": self.workspace.learner,
            "tubes": TubeCommands(self.workspace),
            "weights": self.weights,
            "review": self.review,
            "undo_stack": self.workspace.undo_stack,
        }
        conditions = Conditions(
            self.workspace,
            why_not_run=self.plan.why_not,
            has_unsure=self.review.has_unsure,
            has_suggestion=self.review.has_suggestion,
            is_panel_shown=self.is_panel_shown,
        )
        action_set = ActionSet(all_actions(TOOLS), roots, conditions, self)
        # Buttons made of actions without icons would be as wide as their words.
        action_set.set_theme(resolved(self.workspace.view.theme))
        return action_set

    def _make_bars(self) -> None:
        self.setCentralWidget(self.side_by_side)
        self.setStatusBar(self.status)
        self.menus = self.action_set.fill_menus(self.menuBar())
        self.recent_menu = RecentMenu(self.settings, self._lane, self.files.open_path, self)
        self.menus["File"].insertMenu(self.action_set["next_clip"], self.recent_menu)
        make_bars(self, self.action_set, self.workspace, self._ask)

    def _connect(self) -> None:
        """Wire the parts together: everything that one part says to another stands here."""
        workspace, view, actions = self.workspace, self.workspace.view, self.action_set
        # what is so → what can be done
        for changes in (workspace.clip_changed, workspace.changed, workspace.run_changed, view.changed):
            changes.connect(actions.refresh)
        workspace.undo_stack.indexChanged.connect(actions.refresh)
        self.plan.changed.connect(actions.refresh)
        for changes in (workspace.learner.changed, workspace.proposer.progressed, workspace.proposer.ghosts.changed):
            changes.connect(actions.refresh)
        self.review_list.modelReset.connect(actions.refresh)
        for dock in self.docks.values():
            dock.visibilityChanged.connect(actions.refresh)
        # → the status bar and the title
        self.canvas.hovered.connect(self.status.hover_label.setText)
        self.timeline.hovered.connect(self.status.hover_label.setText)
        self.side_by_side.other_view.hovered.connect(self.status.hover_label.setText)
        self.canvas.zoomed.connect(self.status.show_zoom)
        self.playback.told.connect(self.status.rate_label.setText)
        self.save_state.told.connect(self.status.show_saved)
        workspace.clip_changed.connect(self.show_title)
        workspace.project_moved.connect(self.show_title)
        # → the Review panel
        workspace.run_changed.connect(self.show_review)
        # → inspecting, and runs that follow a correction
        self.plan.changed.connect(self.use_plan)
        # → messages (failures go through `files`, which knows what was asked for)
        workspace.said.connect(self.messages.say)
        # → the canvas
        FieldKeys(self, self.canvas)
        workspace.clip_changed.connect(self.canvas.setFocus)
        # → the job bar
        workspace.regrouper.began.connect(self.on_regrouping_began)
        # → menus
        self.timeline.menu_requested.connect(self.show_lane_menu)
        self.timeline.ghost_menu_requested.connect(self.show_tube_menu)
        self.tubes_panel.menu_requested.connect(self.show_tube_menu)
        self.objects_panel.menu_requested.connect(self.show_object_menu)
        # → colours
        view.changed.connect(self.on_view_changed)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.show_theme)

    def _restore(self) -> None:
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.resize(1440, 900)
        self.restoreGeometry(self.settings.bytes_of("geometry"))
        self._is_laid_out = False
        self.show_theme()
        self.show_title()
        self.canvas.setFocus()
        self.shelf.look()

    # slots

    @Slot()
    def use_plan(self) -> None:
        """Inspect, learn, find objects, and run again after a correction, with what the next run would use."""
        self.workspace.inspection.use(self.plan.request.weights)
        self.workspace.rerunner.use(self.plan.request)
        self.workspace.learner.use(self.plan.request)
        self.workspace.proposer.use(self.plan.request)

    @Slot()
    def show_title(self) -> None:
        """Say in the title what is open."""
        title = self.workspace.title
        self.setWindowTitle(f"{title} – Throughline" if title else "Throughline")

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the choice of a theme, and show the panel that belongs to a tool."""
        if name == "theme":
            self.show_theme()
        elif name == "tool" and self.workspace.view.tool == "colour":
            self.docks["colour"].show()
            self.docks["colour"].raise_()

    @Slot()
    def show_review(self) -> None:
        """Bring the Review panel to the front once a run gives proposals; one that follows a correction gives none."""
        run = self.workspace.runner.active
        if run is None or run.correction is not None:
            return
        if run.n_labels_done and self._awaits_proposals:
            self.docks["review"].raise_()
        self._awaits_proposals = not run.n_labels_done

    @Slot()
    def show_theme(self) -> None:
        """Dress the window in the chosen colours."""
        theme = resolved(self.workspace.view.theme)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, theme, icon_path("chevron-down").as_posix())
        for part in (self.action_set, self.timeline, self.objects_panel, self.messages):
            part.set_theme(theme)

    @Slot(object)
    def on_regrouping_began(self, job: Job) -> None:
        """Show how far merging or splitting is."""
        self.jobs.follow(job, job.title, progress_of)

    @Slot(QPoint)
    def show_lane_menu(self, place: QPoint) -> None:
        """Offer what can be done with a label."""
        self.action_set.refresh_now()
        self.action_set.menu_of(LANE_MENU, self).popup(place)

    @Slot(QPoint)
    def show_tube_menu(self, place: QPoint) -> None:
        """Offer what can be done with a tube."""
        self.action_set.refresh_now()
        self.action_set.menu_of(TUBE_MENU, self).popup(place)

    @Slot(QPoint)
    def show_object_menu(self, place: QPoint) -> None:
        """Offer what can be done with an object."""
        self.action_set.refresh_now()
        self.action_set.menu_of(OBJECT_MENU, self).popup(place)

    # commands

    def is_panel_shown(self, name: str) -> bool:
        """Return whether a panel is open, if perhaps behind another."""
        return not self.docks[name].isHidden() if hasattr(self, "docks") else True

    def toggle_panel(self, name: str) -> None:
        """Show or hide a panel."""
        self.docks[name].setVisible(self.docks[name].isHidden())

    def rename_object(self) -> None:
        """Edit the selected object's name in the list."""
        self.docks["objects"].show()
        self.objects_panel.rename_selected()

    def find_objects(self) -> None:
        """Look for objects, where it can be seen."""
        self.docks["tubes"].show()
        self.workspace.proposer.find()

    def go_to_frame(self) -> None:
        """Let a frame's number be typed."""
        self.docks["timeline"].show()
        self.timeline_panel.frame_box.setFocus()
        self.timeline_panel.frame_box.selectAll()

    def show_shortcuts(self) -> None:
        """List every command, key and gesture."""
        ShortcutsDialog(list(rows_of(self.action_set.specs, GESTURES)), self).open()

    def show_messages(self) -> None:
        """Show again what was said."""
        MessageLog([str(each) for each in self.messages.history], self).open()

    # what comes from outside

    def showEvent(self, event: QShowEvent) -> None:
        """Lay the docks out, the first time: Qt gives them their sizes only once the window has its own."""
        super().showEvent(event)
        if self._is_laid_out:
            return
        self._is_laid_out = True
        if not self.restoreState(self.settings.bytes_of("layout"), LAYOUT_VERSION):
            give_first_sizes(self, self.docks, self.run_panel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Say of a key that nobody took why its command cannot be used. Esc may always be pressed, to be sure."""
        super().keyPressEvent(event)
        reason = self.action_set.why_not(QKeySequence(event.keyCombination()))
        if reason and not event.isAutoRepeat() and event.key() != Qt.Key.Key_Escape:
            self.messages.say(reason)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first thing that was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if len(paths) > 1:
            self.messages.say(f"Opening {paths[0].name} only. To open many pictures as one clip, drop their folder.")
        self.files.open_path(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Bring everything to disk, remember the layout and end all threads; stay where the disk refuses."""
        if not self.workspace.shut_down(even_unsaved=self._gives_up):
            event.ignore()
            self._ask.choose(
                "Close without saving?",
                "The latest changes cannot be saved. Put that right and close again, or give them up.",
                {"Give them up": self._close_all_the_same},
            )
            return
        self.settings.set_bytes("geometry", self.saveGeometry())
        self.settings.set_bytes("layout", self.saveState(LAYOUT_VERSION))
        self.remembering.write()
        self._lane.close()
        self.shelf.close()
        event.accept()

    def _close_all_the_same(self) -> None:
        self._gives_up = True
        QTimer.singleShot(0, self.close)  # Qt ignores a close within a close
