"""The Colour panel: which colour is in hand, what lies under the hints, samples to choose from, and what is kept."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QSpinBox, QVBoxLayout, QWidget

from app.desk.workspace import Workspace
from app.project.colour_draft import ColourAnswer
from app.tasks.colour_flicker import Flicker, FlickerStep
from app.tasks.colour_still import N_SUGGESTIONS
from engines.colour.notation import lab_of
from widgets.action_set import ActionSet
from widgets.panels.buttons import action_button
from widgets.panels.choice import Choice
from widgets.panels.colour_entry import ColourEntry, GamutPicker, LikelyRow
from widgets.panels.colour_samples import ReferenceView, SampleStrip
from widgets.panels.scrolling import ScrollingPanel
from widgets.timeline.panel import button_of

HINT_BUTTONS = ("colour_pick", "colour_delete_hint", "colour_anew")
SAMPLE_BUTTONS = ("colour_use", "colour_mix", "colour_region", "colour_no_region")
UNDER_BUTTONS = (
    "colour_network", "colour_grey", "colour_open_reference", "colour_take_frame", "colour_use_reference",
    "show_classes",
)  # fmt: skip
VIEWS = {
    "coloured": ("Coloured", "Show frames with the colours that they have by now"),
    "original": ("Original", "Show frames as they are in the clip"),
    "split": ("Split", "Show both, on either side of a line that is dragged"),
}
NAME_PX = 96
MOST_REACH = 200
"""Percent of the short side."""
_ANSWERS = {
    "network": "the network's answer",
    "label": "the colours that the frame has",
    "grey": "nothing: hints colour alone",
}


class ColourPanel(QWidget):
    """Shows a `Colouring`. GUI thread only."""

    def __init__(self, workspace: Workspace, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._colouring, self._hand = workspace.colouring, workspace.colouring.hand
        self.views = Choice(VIEWS, "How frames are seen")
        self.told_label = _label(muted=False)
        self.entry = ColourEntry(action_button(actions["colour_next_hint"], "Next hint"))
        self.gamut = GamutPicker()
        self.likely = LikelyRow(N_SUGGESTIONS)
        self.reach = QSlider(Qt.Orientation.Horizontal)
        self.reach.setRange(1, MOST_REACH)
        self.reach.setTracking(False)
        self.reach.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reach.setAccessibleName("Reach")
        self.reach.setToolTip("How far the selected hint counts where the picture is even, of its short side")
        self.reach_label = _label(muted=True, text="100 %")
        self.reach_label.setMinimumWidth(self.reach_label.sizeHint().width())
        self.inside_box = QCheckBox("Within object")
        self.inside_box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.under_label = _label(muted=True)
        self.reference = ReferenceView()
        self.draw_button = action_button(actions["colour_draw"], "Draw")
        self.stop_button = action_button(actions["colour_stop"], "Stop")
        self.count_box = _number("How many samples", 1, 32)
        self.seed_box = _number("Seed: the same one draws the same samples", 0, 999_999)
        self.strip = SampleStrip(self._colouring)
        self.flicker_button = action_button(actions["colour_flicker"], "Flicker")
        self.flicker_label = _label(muted=True)
        self.keep_button = action_button(actions["colour_keep"], "Keep as anchor", is_primary=True)
        self._lay_out(actions)

        self.views.chosen.connect(self._on_view_chosen)
        for part in (self.entry.entered, self.gamut.picked, self.likely.picked):
            part.connect(self._hand.take)
        self.entry.refused.connect(workspace.say)
        self.reference.picked.connect(self._on_reference_picked)
        self.reach.valueChanged.connect(self._on_reach)
        self.reach.sliderMoved.connect(self._tell_reach)
        self._inside = actions["colour_inside"]
        self.inside_box.clicked.connect(self._inside.trigger)
        self._inside.changed.connect(self.show_inside)
        self.count_box.valueChanged.connect(self._on_count)
        self.seed_box.valueChanged.connect(self._on_seed)
        self.strip.picked.connect(self._hand.pick)
        self.strip.chosen.connect(self._hand.use)
        self._colouring.changed.connect(self.show_state)
        self._hand.changed.connect(self.show_hand)
        for changed in (self._colouring.changed, self._hand.changed):
            changed.connect(actions.refresh)
        workspace.view.changed.connect(self.on_view_changed)
        for name in ("colour_view", "colour_samples", "colour_seed", "colour_reach"):
            self.on_view_changed(name)
        self.show_state()
        self.show_hand()
        self.show_inside()

    def _lay_out(self, actions: ActionSet) -> None:
        likely_title = _label(muted=True, text="Likely")
        likely_title.setToolTip(
            "What the network holds for likely at the latest hint, beside what stands there already"
        )
        reach = QHBoxLayout()
        reach.addWidget(_label(muted=True, text="Reach"))
        reach.addWidget(self.reach, 1)
        reach.addWidget(self.reach_label)
        beside = QVBoxLayout()
        beside.addWidget(likely_title)
        beside.addWidget(self.likely)
        beside.addLayout(reach)
        beside.addWidget(self.inside_box)
        beside.addLayout(_buttons(actions, HINT_BUTTONS))
        beside.addStretch(1)
        plane = QHBoxLayout()
        plane.addWidget(self.gamut)
        plane.addLayout(beside, 1)
        draw = QHBoxLayout()
        draw.addWidget(self.draw_button)
        draw.addWidget(self.stop_button)
        draw.addWidget(self.count_box)
        draw.addWidget(_label(muted=True, text="seed"))
        draw.addWidget(self.seed_box)
        draw.addStretch(1)
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.entry)
        column.addLayout(plane)
        column.addWidget(self.under_label)
        column.addLayout(_buttons(actions, UNDER_BUTTONS))
        column.addWidget(self.reference)
        column.addLayout(draw)
        column.addWidget(self.strip, 1)
        column.addLayout(_buttons(actions, SAMPLE_BUTTONS))
        flicker = QHBoxLayout()
        flicker.addWidget(self.flicker_button)
        flicker.addWidget(self.flicker_label, 1)
        column.addLayout(flicker)
        keep = QHBoxLayout()
        keep.addWidget(self.keep_button, 1)
        keep.addWidget(button_of(actions, "colour_export"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(6, 4, 6, 6)
        whole.setSpacing(5)
        whole.addWidget(self.views)
        whole.addWidget(self.told_label)
        whole.addWidget(ScrollingPanel(contents), 1)
        whole.addLayout(keep)

    # what is so

    @Slot()
    def show_state(self) -> None:
        """Show samples, likely colours, and what is missing."""
        colouring = self._colouring
        told = colouring.why_not or (colouring.why_no_network if colouring.is_on else "")
        if told and not colouring.why_not:
            told = f"{told} Hints and references work without."
        self.told_label.setText(told)
        self.told_label.setVisible(bool(told))
        self.likely.show_colours(() if colouring.likely is None else colouring.likely.colours)
        self.strip.read()
        self.draw_button.setVisible(not colouring.is_sampling)
        self.stop_button.setVisible(colouring.is_sampling)
        self.reference.show_picture(None if colouring.reference is None else colouring.reference.image)
        self.under_label.setText(self._under())
        self.flicker_label.setText(_flicker_words(colouring.flicker))

    def _under(self) -> str:
        """Return what lies under the hints, in words."""
        draft = self._hand.draft(self._workspace.view.frame)
        n_mixes = len(draft.mixes)
        more = f", another in {n_mixes} region{'s' if n_mixes > 1 else ''}" if n_mixes else ""
        return f"Under the hints: {_answer_words(draft.answer)}{more}"

    @Slot()
    def show_hand(self) -> None:
        """Show the colour in hand, what it is the colour of, and the selected hint's reach."""
        for part in (self.entry, self.gamut):
            part.show_colour(self._hand.colour)
        hint = self._hand.hint
        self.entry.show_subject(is_selected=hint is not None)
        self._show_reach(self._workspace.view.colour_reach if hint is None else hint.reach)
        self.under_label.setText(self._under())

    @Slot()
    def show_inside(self) -> None:
        """Say whether hints stay within the selected object, and which that is."""
        project, view = self._workspace.project, self._workspace.view
        found = None if project is None else project.objects.get(view.object_id)
        self.inside_box.setEnabled(self._inside.isEnabled())
        self.inside_box.setChecked(self._inside.isChecked())
        self.inside_box.setToolTip(self._inside.toolTip())
        name = found.name if found is not None and self._inside.isEnabled() else "object"
        words = self.inside_box.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, NAME_PX)
        self.inside_box.setText(f"Within {words}")

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Show a value of the view."""
        view = self._workspace.view
        if name == "colour_view":
            self.views.set_value(view.colour_view)
        elif name == "colour_samples":
            self.count_box.setValue(view.colour_samples)
        elif name == "colour_seed":
            self.seed_box.setValue(view.colour_seed)
        elif name == "colour_reach":
            self._show_reach(view.colour_reach)

    def _show_reach(self, reach: float) -> None:
        self.reach.blockSignals(True)
        self.reach.setValue(round(100 * reach))
        self.reach.blockSignals(False)
        self._tell_reach(self.reach.value())

    # what the person does

    @Slot(int)
    def _tell_reach(self, percent: int) -> None:
        self.reach_label.setText(f"{percent} %")

    @Slot(int)
    def _on_reach(self, percent: int) -> None:
        self._hand.set_reach(percent / 100)

    @Slot(int)
    def _on_count(self, count: int) -> None:
        self._workspace.view.colour_samples = count

    @Slot(int)
    def _on_seed(self, seed: int) -> None:
        self._workspace.view.colour_seed = seed

    @Slot(str)
    def _on_view_chosen(self, name: str) -> None:
        self._workspace.view.colour_view = name

    @Slot(object)
    def _on_reference_picked(self, rgb: tuple[int, int, int]) -> None:
        self._hand.take(lab_of(rgb))


def _flicker_words(flicker: Flicker | FlickerStep | None) -> str:
    if flicker is None:
        return ""
    if isinstance(flicker, FlickerStep):
        return f"frame {flicker.n_done} of {flicker.n_total}…"
    if math.isnan(flicker.mean):
        return "no two neighbours have colours"
    return f"{flicker.mean:.2f}, at frame {flicker.frame} {flicker.most:.2f}"


def _answer_words(answer: ColourAnswer) -> str:
    if answer.kind == "sample":
        return f"sample {answer.number + 1} from seed {answer.seed}"
    if answer.kind == "reference":
        return f"colours of {f'frame {answer.frame}' if answer.frame >= 0 else answer.path.rsplit('/', 1)[-1]}"
    return _ANSWERS[answer.kind]


def _buttons(actions: ActionSet, names: tuple[str, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(1)
    for name in names:
        row.addWidget(button_of(actions, name))
    row.addStretch(1)
    return row


def _label(*, muted: bool, text: str = "") -> QLabel:
    made = QLabel(text)
    made.setWordWrap(not text)
    made.setProperty("muted", muted)
    if not text:
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return made


def _number(tip: str, low: int, high: int) -> QSpinBox:
    box = QSpinBox(minimum=low, maximum=high)
    box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    box.setToolTip(tip)
    box.setAccessibleName(tip.partition(":")[0])
    box.setKeyboardTracking(False)
    return box
