"""The bottom of the window: buttons for moving through time above the timeline itself."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QVBoxLayout, QWidget

from app.desk.workspace import Workspace
from app.media.times import clock
from widgets.action_set import ActionSet
from widgets.one_line import OneLine
from widgets.timeline.view import TimelineView

LEFT_BUTTONS = (
    "first_frame", "previous_anchor", "step_back", "play", "step_forward", "next_anchor", "last_frame", "loop",
)  # fmt: skip
RIGHT_BUTTONS = ("range_start", "range_end", "range_none", "timeline_out", "timeline_in", "timeline_fit")


class TimelinePanel(QWidget):
    """Buttons, frame number, time stamp and the timeline. GUI thread only."""

    def __init__(
        self, workspace: Workspace, view: TimelineView, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.frame_box = QSpinBox()
        self.frame_box.setKeyboardTracking(False)
        self.frame_box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.frame_box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.frame_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.frame_box.setAccessibleName("Frame")
        self.frame_box.setToolTip(
            "The frame in view, counted from 0. Type a number and press Enter to go there (Ctrl+G)."
        )
        self.frame_box.valueChanged.connect(self._on_frame_typed)
        self.time_label = OneLine()  # file names are long
        self.range_label = QLabel()
        self.range_label.setProperty("muted", True)

        row = QHBoxLayout()
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(1)
        for name in LEFT_BUTTONS:
            row.addWidget(button_of(actions, name))
        row.addSpacing(10)
        row.addWidget(self.frame_box)
        row.addSpacing(6)
        row.addWidget(self.time_label, 1)
        row.addWidget(self.range_label)
        row.addSpacing(6)
        for name in RIGHT_BUTTONS:
            row.addWidget(button_of(actions, name))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(view, 1)

        workspace.clip_changed.connect(self.on_clip_changed)
        workspace.view.changed.connect(self.on_view_changed)
        self.on_clip_changed()

    @Slot()
    def on_clip_changed(self) -> None:
        """Count to another clip's end."""
        clip = self._workspace.clip
        self.frame_box.setEnabled(clip is not None)
        self.frame_box.blockSignals(True)
        self.frame_box.setRange(0, clip.n_frames - 1 if clip is not None else 0)
        self.frame_box.blockSignals(False)
        self._tell_frame()
        self._tell_range()

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the view."""
        if name == "frame":
            self._tell_frame()
        elif name == "range":
            self._tell_range()

    def _tell_frame(self) -> None:
        clip, frame = self._workspace.clip, self._workspace.view.frame
        self.frame_box.blockSignals(True)
        self.frame_box.setValue(frame)
        self.frame_box.blockSignals(False)
        if clip is None or frame >= clip.n_frames:
            self.time_label.setText("")
            return
        name = f" · {clip.names[frame]}" if clip.names else ""
        last = clip.n_frames - 1
        words = f"of {last} · {clock(float(clip.times_s[frame]))} of {clock(float(clip.times_s[last]))}{name}"
        self.time_label.setText(words)
        self.time_label.setToolTip(words)  # for a window that is too narrow for them

    def _tell_range(self) -> None:
        chosen = self._workspace.view.range
        if chosen is None or self._workspace.clip is None:
            self.range_label.setText("")
            return
        n_frames = chosen[1] - chosen[0] + 1
        self.range_label.setText(
            f"range {chosen[0]} to {chosen[1]} ({n_frames} {'frame' if n_frames == 1 else 'frames'})"
        )

    @Slot(int)
    def _on_frame_typed(self, frame: int) -> None:
        self._workspace.view.is_playing = False
        self._workspace.request_frame(frame)


def button_of(actions: ActionSet, name: str) -> QToolButton:
    """Return a tool button for one command. It takes the focus by Tab only, so a click leaves Space for playing."""
    button = QToolButton()
    button.setDefaultAction(actions[name])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAutoRaise(True)
    return button
