"""The middle of the window: the canvas and, while inspecting, the other frame beside it, chosen above, told below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QSpinBox, QSplitter, QVBoxLayout, QWidget

from app.desk.workspace import Workspace
from widgets.action_set import ActionSet
from widgets.inspect.other_view import OtherView
from widgets.inspect.telling import flow_told, offset_told, told
from widgets.panels.choice import Choice
from widgets.panels.wrapping import WrappingLayout
from widgets.timeline.panel import button_of

if TYPE_CHECKING:
    from widgets.canvas.canvas import Canvas

MODES = {
    "offset": ("Offset", "So many frames on from the frame in view, back where it is negative"),
    "pinned": ("Pinned", "One frame, whichever is in view (Shift+Q)"),
    "anchor": ("Anchor", "The nearest other anchor of the selected object"),
}
FLOW_LOOKS = {
    "off": ("Off", "Show no flow to the other frame"),
    "colours": ("Colours", "Where pixels are on the other frame: hue says where to, strength how far, dark is unseen"),
    "arrows": ("Arrows", "Where pixels are on the other frame, from where they are on this one"),
    "beside": ("Beside", "The other frame warped to be like this one, beside it"),
    "swipe": ("Swipe", "The other frame warped to be like this one, to the right of a line that can be drawn along"),
}
FIELD_OF_MODE = {"offset": "other_offset", "pinned": "other_pinned"}
FARTHEST = 9_999
SLIDER_STEPS = 100


class InspectBar(QWidget):
    """Shows and sets which frame is compared with, and what is laid over. GUI thread only."""

    def __init__(self, workspace: Workspace, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.mode = Choice(MODES, "Other frame")
        self.frame_box = QSpinBox()
        self.frame_box.setKeyboardTracking(False)
        self.frame_box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.frame_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.frame_box.setFixedWidth(64)
        self.frame_box.setAccessibleName("Offset or number of the other frame")
        self.offset_words = QLabel()
        self.offset_words.setToolTip("So many frames on there is none, so the other frame is elsewhere")
        self.offset_words.setProperty("muted", True)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, SLIDER_STEPS)
        self.opacity.setFixedWidth(90)
        self.opacity.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.opacity.setAccessibleName("Opacity of the feature colours")
        self.opacity.setToolTip("How opaque the feature colours are")
        self.flow = Choice(FLOW_LOOKS, "Flow to the other frame")
        rows = WrappingLayout(self, QMargins(8, 4, 8, 4), 4)
        rows.addWidget(_titled("Compare with", self.mode))
        rows.addWidget(self.frame_box)
        rows.addWidget(self.offset_words)
        rows.break_line()
        rows.addWidget(_titled("Flow", self.flow))
        rows.addWidget(_titled("Feature colours", button_of(actions, "feature_colours"), self.opacity))

        self.mode.chosen.connect(self._on_mode_chosen)
        self.flow.chosen.connect(self._on_flow_chosen)
        self.frame_box.valueChanged.connect(self._on_number)
        self.opacity.valueChanged.connect(self._on_opacity)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.clip_changed.connect(self.show_other)
        workspace.inspection.changed.connect(self.tell_offset)
        self.show_other()
        self.flow.set_value(workspace.view.flow_look)
        self._show_opacity()

    # what the person chooses

    def _on_mode_chosen(self, mode: str) -> None:
        view, other = self._workspace.view, self._workspace.inspection.other
        if mode == "pinned" and view.other_mode != "pinned" and other is not None:
            view.other_pinned = other
        view.other_mode = mode

    def _on_flow_chosen(self, look: str) -> None:
        self._workspace.view.flow_look = look

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
        elif name == "flow_look":
            self.flow.set_value(self._workspace.view.flow_look)
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
        """Show how the other frame is chosen."""
        view, clip = self._workspace.view, self._workspace.clip
        self.mode.set_value(view.other_mode)
        box, field = self.frame_box, FIELD_OF_MODE.get(view.other_mode)
        box.setVisible(field is not None)
        box.blockSignals(True)
        if view.other_mode == "offset":
            box.setRange(-FARTHEST, FARTHEST)
            box.setPrefix("+" if view.other_offset > 0 else "")
            box.setToolTip("Frames from the one in view to the other; , and . change it")
        else:
            box.setRange(0, clip.n_frames - 1 if clip is not None else 0)
            box.setPrefix("")
            box.setToolTip("The frame to compare with; , and . change it")
        if field is not None:
            box.setValue(getattr(view, field))
        box.blockSignals(False)
        self.tell_offset()

    @Slot()
    def tell_offset(self) -> None:
        """Say how far the other frame is off where that is not as far as it is asked for."""
        view, other = self._workspace.view, self._workspace.inspection.other
        words = offset_told(view.frame, other, view.other_offset) if view.other_mode == "offset" else ""
        self.offset_words.setText(words)
        self.offset_words.setVisible(bool(words))


def _titled(words: str, *parts: QWidget) -> QWidget:
    """Return `parts` behind what they are called, which stay together."""
    together, title = QWidget(), QLabel(words)
    title.setProperty("muted", True)
    row = QHBoxLayout(together)
    row.setContentsMargins(0, 0, 8, 0)
    row.setSpacing(6)
    for part in (title, *parts):
        row.addWidget(part)
    return together


class SideBySide(QWidget):
    """The canvas alone, or with the other frame beside it and the bar and words around them. GUI thread only."""

    def __init__(self, workspace: Workspace, canvas: Canvas, actions: ActionSet) -> None:
        super().__init__()
        self._workspace = workspace
        self._canvas, self._least_alone = canvas, canvas.minimumWidth()
        self.bar = InspectBar(workspace, actions)
        self.other_view = OtherView(workspace, canvas)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setContentsMargins(8, 2, 8, 2)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setFixedHeight(2 * self.words.fontMetrics().lineSpacing() + 8)  # else the pictures jump
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.flow_words = QLabel()
        self.flow_words.setContentsMargins(8, 2, 8, 0)
        self.flow_words.setWordWrap(True)
        self.flow_words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.flow_words.hide()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        for place, part in enumerate((canvas, self.other_view)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(place, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.flow_words)
        column.addWidget(self.words)
        self._parts = (self.bar, self.other_view, self.words)
        for part in self._parts:
            part.hide()
        workspace.inspection.changed.connect(self.follow)
        workspace.flow_seen.changed.connect(self.follow)
        workspace.clip_changed.connect(self.follow)
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show the other frame with the tool, take it away with it, and say what was found."""
        is_on = self._workspace.inspection.is_on
        if self.other_view.isHidden() == is_on:
            for part in self._parts:
                part.setVisible(is_on)
            # Two of them may each be narrower than one, lest they widen the window.
            self._canvas.setMinimumWidth(self.other_view.minimumWidth() if is_on else self._least_alone)
            half = max(1, self.splitter.width() // 2)
            self.splitter.setSizes([half, half])
        flow = flow_told(self._workspace.flow_seen)
        self.flow_words.setText(flow)
        self.flow_words.setVisible(bool(flow))
        if is_on:
            text = told(self._workspace.inspection, is_playing=self._workspace.view.is_playing)
            if text != self.words.text():
                self.words.setText(text)
