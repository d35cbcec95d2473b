"""The Run panel: which engine, which way, what it takes, how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.desk.run_progress import RunProgress
from app.desk.workspace import Workspace
from app.project.model import RunState
from app.tasks.weights import best_for
from engines.propagation.registry import ENGINES
from widgets.action_set import ActionSet
from widgets.one_line import OneLine
from widgets.panels.buttons import action_button, icon_button
from widgets.panels.choice import Choice
from widgets.panels.run_plan import RunPlan
from widgets.panels.scrolling import ScrollingPanel
from widgets.weights_shelf import WeightsShelf
from widgets.words import amount, count, duration

DIRECTIONS = {
    "backward": ("← Back", "Carry labels to earlier frames only"),
    "both": ("↔ Both ways", "Between two anchors both are used; the nearer one counts more"),
    "forward": ("Forward →", "Carry labels to later frames only"),
}
QUALITIES = {
    "draft": ("Draft", "Fastest, at less than the picture's size"),
    "normal": ("Normal", "A good balance"),
    "final": ("Final", "Slowest and finest"),
}
SCOPES = {
    "missing": ("Missing or stale", "Only frames without a label, and those whose anchors have changed since"),
    "all": ("Everything", "Every frame but your anchors, which no run ever changes"),
}
OBJECTS = {"all": ("All objects", "Every object that is not locked"), "selected": ("Selected", "The selected object")}
FRAMES = {"all": ("All frames", "The whole clip"), "range": ("Range", "The frames selected in the timeline")}

MOST_UNSURE = 99

END_WORDS = {
    RunState.RUNNING: "",
    RunState.FINISHED: "Done: {labels} in {time}{weights}.",
    RunState.CANCELLED: "Cancelled after {time}{weights}; what was found is kept.",
    RunState.FAILED: "Stopped by a fault after {time}{weights}; what was found is kept.",
    RunState.INTERRUPTED: "",
}
TAKEN_BACK = "Taken back; nothing of it is kept."


class RunPanel(QWidget):
    """Shows a `RunPlan` and the run that goes on. GUI thread only."""

    def __init__(
        self,
        workspace: Workspace,
        plan: RunPlan,
        actions: ActionSet,
        shelf: WeightsShelf,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._plan = plan
        self._shelf = shelf
        self.engine_box = QComboBox()
        self.engine_box.setAccessibleName("Engine")
        for place, (name, info) in enumerate(ENGINES.items()):
            self.engine_box.addItem(info.title, name)
            self.engine_box.setItemData(place, info.summary, Qt.ItemDataRole.ToolTipRole)
        self.summary = OneLine()
        self.weights_box = QComboBox()
        self.weights_box.setAccessibleName("Weights")
        self.weights_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.weights_button = icon_button(actions["weights"])
        self.choices = {
            "direction": Choice(DIRECTIONS, "Direction"),
            "quality": Choice(QUALITIES, "Quality"),
            "scope": Choice(SCOPES, "Which frames"),
            "only_selected": Choice(OBJECTS, "Which objects"),
            "only_range": Choice(FRAMES, "Range"),
        }
        self.pause_box = QSpinBox()
        self.pause_box.setSpecialValueText("Never pause")
        self.pause_box.setPrefix("Pause after ")
        self.pause_box.setSuffix(" unsure frames in a row")
        self.pause_box.setRange(0, MOST_UNSURE)
        self.pause_box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.pause_box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pause_box.setAccessibleName("Pause after unsure frames in a row")
        self.pause_box.setToolTip(
            "Hold a run up for a look: type a number, or turn the wheel; what is unsure is set in the Review panel"
        )
        self.cost_label = _label()
        self.progress_bar = QProgressBar()
        self.progress_bar.setTextVisible(False)
        self.end_label = _label(muted=True)
        self.learned_label = _label(muted=True)
        self.run_button = action_button(actions["run"], "Run", is_primary=True)
        self.cancel_button = action_button(actions["cancel_run"], "Cancel")
        self._lay_out()

        self.engine_box.activated.connect(self._on_engine_chosen)
        self.weights_box.activated.connect(self._on_weights_chosen)
        shelf.changed.connect(self.show_weights)
        for name, choice in self.choices.items():
            choice.chosen.connect(lambda value, name=name: self._choose(name, value))
        plan.changed.connect(self.show_plan)
        workspace.run_changed.connect(self.show_progress)
        workspace.clip_changed.connect(self.show_progress)
        workspace.undo_stack.indexChanged.connect(self.show_progress)
        workspace.learner.changed.connect(self.show_learned)
        workspace.view.changed.connect(self.on_view_changed)
        self.pause_box.valueChanged.connect(self._on_pause_chosen)
        self.on_view_changed("pause_after")
        self.show_weights()
        self.show_plan()
        self.show_progress()
        self.show_learned()

    def _lay_out(self) -> None:
        """Put the settings where they can scroll in a low window, those that are changed most often above.

        What a run takes and starts it is always seen.
        """
        settings = QWidget()
        form = QFormLayout(settings)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(4)
        form.addRow(self.engine_box)
        form.addRow(self.summary)
        weights = QHBoxLayout()
        weights.setSpacing(4)
        weights.addWidget(self.weights_box, 1)
        weights.addWidget(self.weights_button)
        form.addRow(weights)
        form.addRow(self.choices["scope"])
        portions = QHBoxLayout()
        portions.setSpacing(8)
        portions.addWidget(self.choices["only_selected"])
        portions.addWidget(self.choices["only_range"])
        form.addRow(portions)
        for name in ("direction", "quality"):
            form.addRow(self.choices[name])
        form.addRow(self.pause_box)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.run_button, 1)
        buttons.addWidget(self.progress_bar, 1)
        buttons.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(6)
        self.settings_area = ScrollingPanel(settings)
        column.addWidget(self.settings_area)
        column.addWidget(self.cost_label)
        column.addLayout(buttons)
        column.addWidget(self.end_label)
        column.addWidget(self.learned_label)
        column.addStretch(1)

    # the person's choices

    @Slot(int)
    def _on_engine_chosen(self, place: int) -> None:
        self._plan.choose("engine", self.engine_box.itemData(place))

    @Slot(int)
    def _on_weights_chosen(self, place: int) -> None:
        self._plan.choose("weights", self.weights_box.itemData(place))

    def _choose(self, name: str, value: str) -> None:
        self._plan.choose(name, value != "all" if name.startswith("only_") else value)

    @Slot(int)
    def _on_pause_chosen(self, n_frames: int) -> None:
        self._workspace.view.pause_after = n_frames

    # what is so

    @Slot()
    def show_weights(self) -> None:
        """Fill the box with the weights there are."""
        self.weights_box.clear()
        for name, info in self._shelf.infos.items():
            self.weights_box.addItem(info.title, "" if name == self._shelf.resolved("") else name)
            tip = f"For {best_for(info)}. {info.summary} {info.n_parameters / 1e6:.1f} M parameters."
            self.weights_box.setItemData(self.weights_box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self._show_chosen_weights()

    def _show_chosen_weights(self) -> None:
        """Show which weights the engine takes; the row stays where none are needed, so that nothing jumps."""
        request = self._plan.request
        info = ENGINES.get(request.engine)
        needs_any, has_any = info is not None and info.needs_weights, self.weights_box.count() > 0
        self.weights_box.setEnabled(needs_any and has_any)
        self.weights_box.setCurrentIndex(self.weights_box.findData(request.weights) if needs_any else -1)
        words = "Choose weights" if has_any else "No weights yet"
        self.weights_box.setPlaceholderText(words if needs_any else "No weights needed")

    @Slot()
    def show_plan(self) -> None:
        """Show settings and cost."""
        request, plan = self._plan.request, self._plan
        self.engine_box.setCurrentIndex(self.engine_box.findData(request.engine))
        self.summary.setText(ENGINES[request.engine].summary)
        self.summary.setToolTip(ENGINES[request.engine].summary)
        self._show_chosen_weights()
        for name in ("direction", "quality", "scope"):
            self.choices[name].set_value(getattr(request, name))
        self.choices["only_selected"].set_value("selected" if plan.only_selected else "all")
        self.choices["only_range"].set_value("range" if plan.only_range else "all")
        self._show_range()
        if plan.cost is not None:
            cost = plan.cost
            about = "about " if cost.seconds >= 1 else ""
            where = "" if plan.is_measured else " on an idle machine"
            time = f"{about}{duration(cost.seconds)}{where}"
            self.cost_label.setText(f"{count(plan.n_labels, 'label')}, {time}, {amount(cost.peak_bytes)} of memory")
        elif self._workspace.runner.active is None:
            self.cost_label.setText(plan.reason or "Adding up what it takes…")
        self.cost_label.setProperty("muted", plan.cost is None)
        self.cost_label.style().polish(self.cost_label)

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the selected range, and after how many unsure frames to pause."""
        if name == "range":
            self._show_range()
        elif name == "pause_after":
            self.pause_box.setValue(self._workspace.view.pause_after)

    def _show_range(self) -> None:
        chosen = self._workspace.view.range
        button = self.choices["only_range"].buttons["range"]
        button.setEnabled(chosen is not None or self._plan.only_range)
        hint = "Shift-drag in the timeline to select frames"
        button.setToolTip(hint if chosen is None else f"Frames {chosen[0]} to {chosen[1]}")

    @Slot()
    def show_progress(self) -> None:
        """Show how far the run is, or how the last one ended."""
        runner = self._workspace.runner
        active = runner.active
        self.progress_bar.setVisible(active is not None)
        self.cancel_button.setVisible(active is not None)
        self.run_button.setVisible(active is None or active.is_paused)
        self.run_button.setText("Run" if active is None else "Go on")
        if active is not None:
            self.progress_bar.setMaximum(active.n_total)
            self.progress_bar.setValue(active.n_done)
            self.cost_label.setText(progress_text(active))
        self.end_label.setText(self._end_text(runner.last) if active is None and runner.last is not None else "")
        self.end_label.setVisible(bool(self.end_label.text()))

    @Slot()
    def show_learned(self) -> None:
        """Show how far learning on the clip is, how it ended, or what the next run uses of it."""
        learner = self._workspace.learner
        kept = learner.kept
        told = learner.told if kept is None else kept.told
        text = f"Learned on this clip. {told}." if told else ""
        if learner.share is not None:
            text = f"Learning on this clip: {100 * learner.share:.0f} %"
        self.learned_label.setText(text)
        self.learned_label.setVisible(bool(text))

    def _end_text(self, last: RunProgress) -> str:
        project = self._workspace.project
        record = project.runs.get(last.record.run_id) if project is not None else None
        if record is None or record.started_at != last.record.started_at:  # a run of another project
            return ""
        if not last.command.is_done:
            return TAKEN_BACK
        weights = "" if record.weights is None else f" with the weights {record.weights.name}"
        words = {"labels": count(last.n_labels, "label"), "time": duration(last.elapsed_s), "weights": weights}
        return END_WORDS[record.state].format(**words)


def progress_text(run: RunProgress) -> str:
    """Return "20 of 38 labels, 12 half done · 24.3 labels/s · 8 s left", or where the run is paused and why.

    Half done is what has been carried from one of its two sides.
    """
    half_done = f", {len(run.half_done):,} half done" if run.half_done else ""
    parts = [f"{run.n_labels_done:,} of {count(run.n_labels, 'label')}{half_done}"]
    if run.pause.at is not None:
        return f"Paused at frame {run.pause.at.frame}: unsure {run.request.pause_after} times in a row · {parts[0]}"
    if run.labels_per_s > 0:
        parts.append(f"{run.labels_per_s:.1f} labels/s")
    if run.remaining_s is not None:
        parts.append(f"{duration(run.remaining_s)} left")
    return " · ".join(parts)


def _label(*, muted: bool = False) -> QLabel:
    made = QLabel()
    made.setWordWrap(True)
    made.setProperty("muted", muted)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    made.setMinimumHeight(made.fontMetrics().height())  # its own guess is for a width that it never has
    return made
