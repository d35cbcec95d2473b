"""The right half of the view while inspecting: the other frame, which one it is, and what was found in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QSpinBox, QSplitter, QVBoxLayout, QWidget

from app.workspace import Workspace
from widgets.action_set import ActionSet
from widgets.inspect.other_view import OtherView
from widgets.inspect.telling import told
from widgets.panels.choice import Choice
from widgets.timeline.panel import button_of

if TYPE_CHECKING:
    from widgets.canvas.canvas import Canvas

MODES = {
    "offset": ("Offset", "So many frames on from the frame in view, back where it is negative"),
    "pinned": ("Pinned", "One frame, whichever is in view (Shift+Q)"),
    "anchor": ("Anchor", "The nearest other anchor of the selected object"),
}
FIELD_OF_MODE = {"offset": "other_offset", "pinned": "other_pinned"}
FARTHEST = 9_999
SLIDER_STEPS = 100


class InspectPane(QWidget):
    """Shows and sets which frame is compared with, and how. GUI thread only."""

    def __init__(self, workspace: Workspace, canvas: Canvas, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.other_view = OtherView(workspace, canvas)
        self.mode = Choice(MODES, "Other frame")
        self.frame_box = QSpinBox()
        self.frame_box.setKeyboardTracking(False)
        self.frame_box.setAccessibleName("Offset or number of the other frame")
        self.frame_label = QLabel()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setMinimumHeight(3 * self.words.fontMetrics().lineSpacing())  # else the picture jumps
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, SLIDER_STEPS)
        self.opacity.setFixedWidth(90)
        self.opacity.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.opacity.setAccessibleName("Opacity of the feature colours")
        self.opacity.setToolTip("How opaque the feature colours are")
        self._lay_out(actions)

        self.mode.chosen.connect(self._on_mode_chosen)
        self.frame_box.valueChanged.connect(self._on_number)
        self.opacity.valueChanged.connect(self._on_opacity)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.inspection.other_changed.connect(self.show_other)
        workspace.inspection.changed.connect(self.tell)
        self.show_other()
        self._show_opacity()
        self.tell()

    def _lay_out(self, actions: ActionSet) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(8, 4, 8, 4)
        top.setSpacing(6)
        top.addWidget(self.mode)
        top.addWidget(self.frame_box)
        top.addWidget(self.frame_label)
        top.addStretch(1)
        top.addWidget(button_of(actions, "feature_colours"))
        top.addWidget(self.opacity)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(8, 4, 8, 4)
        bottom.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.other_view, 1)
        column.addLayout(bottom)

    # what the person chooses

    def _on_mode_chosen(self, mode: str) -> None:
        view, other = self._workspace.view, self._workspace.inspection.other
        if mode == "pinned" and view.other_mode != "pinned" and other is not None:
            view.other_pinned = other
        view.other_mode = mode

    @Slot(int)
    def _on_number(self, number: int) -> None:
        field = FIELD_OF_MODE.get(self._workspace.view.other_mode)
        if field is not None:
            setattr(self._workspace.view, field, number)

    @Slot(int)
    def _on_opacity(self, step: int) -> None:
        self._workspace.view.feature_opacity = step / SLIDER_STEPS

    # what is so

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the view."""
        if name.startswith("other_"):
            self.show_other()
        elif name in ("feature_colours", "feature_opacity"):
            self._show_opacity()

    def _show_opacity(self) -> None:
        view = self._workspace.view
        self.opacity.setEnabled(view.feature_colours)
        self.opacity.blockSignals(True)
        self.opacity.setValue(round(view.feature_opacity * SLIDER_STEPS))
        self.opacity.blockSignals(False)

    @Slot()
    def show_other(self) -> None:
        """Show which frame it is, and how that was chosen."""
        view, other, clip = self._workspace.view, self._workspace.inspection.other, self._workspace.clip
        self.mode.set_value(view.other_mode)
        box, field = self.frame_box, FIELD_OF_MODE.get(view.other_mode)
        box.setVisible(field is not None)
        box.blockSignals(True)
        if view.other_mode == "offset":
            box.setRange(-FARTHEST, FARTHEST)
            box.setPrefix("+" if view.other_offset > 0 else "")
            box.setToolTip("Frames from the one in view to the other ( , and . )")
        else:
            box.setRange(0, clip.n_frames - 1 if clip is not None else 0)
            box.setPrefix("")
            box.setToolTip("The frame to compare with ( , and . )")
        if field is not None:
            box.setValue(getattr(view, field))
        box.blockSignals(False)
        self.frame_label.setText("" if other is None else f"frame {other}")

    @Slot()
    def tell(self) -> None:
        """Say what was found, or what to do."""
        text = told(self._workspace.inspection, is_playing=self._workspace.view.is_playing)
        if text != self.words.text():
            self.words.setText(text)


class SideBySide(QSplitter):
    """The canvas, and beside it the pane while inspecting."""

    def __init__(self, workspace: Workspace, canvas: Canvas, pane: InspectPane) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._workspace = workspace
        self._pane = pane
        self.setChildrenCollapsible(False)
        self.addWidget(canvas)
        self.addWidget(pane)
        for place in range(2):
            self.setStretchFactor(place, 1)
        pane.hide()
        workspace.inspection.changed.connect(self.follow)
        workspace.clip_changed.connect(self.follow)
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show the pane with the tool, and take it away with it."""
        is_on = self._workspace.inspection.is_on
        if self._pane.isHidden() == is_on:
            self._pane.setVisible(is_on)
            if is_on:
                self.setSizes([1, 1])  # shares: both alike
