"""The Run panel: what a run takes is told before it starts, and why there is none in words."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QAction

from app.desk.jobs import Lane
from app.desk.pause import Pause
from app.project import verbs
from app.project.model import LearnedOnClip
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import MaskResult
from widgets.panels.run import RunPanel, progress_text
from widgets.panels.run_plan import RunPlan
from widgets.timeline.tracks import Tracks
from widgets.weights_shelf import WeightsShelf


@pytest.fixture
def lane(qapp):
    made = Lane("test")
    yield made
    made.close()


@pytest.fixture
def plan(workspace, lane):
    made = RunPlan(workspace, Tracks(workspace, workspace), lane)
    made.choose("engine", "copy")
    return made


@pytest.fixture
def worked_out(plan, qtbot):
    """A function that has the cost added up and returns it."""

    def work_out():
        plan.work_out()
        qtbot.waitUntil(lambda: plan.cost is not None)
        return plan.cost

    return work_out


@pytest.fixture
def panel(workspace, plan, qtbot):
    actions = {name: QAction(name) for name in ("run", "cancel_run", "weights")}
    shelf = WeightsShelf()
    made = RunPanel(workspace, plan, actions, shelf)
    made.kept = actions, shelf
    qtbot.addWidget(made)
    yield made
    shelf.close()


def reason(plan):
    plan.work_out()
    assert plan.why_not() != ""
    return plan.reason


def test_each_reason_says_what_to_do(workspace, plan):
    assert reason(plan) == "Add an object and paint it on one frame first."
    car = workspace.add("car")
    assert reason(plan) == "Paint car on one frame first."
    workspace.anchor(car, 5)
    workspace.do(verbs.set_locked(workspace.project, car, True))
    assert reason(plan) == "car is locked."
    workspace.do(verbs.set_locked(workspace.project, car, False))
    plan.work_out()
    assert plan.reason == ""
    plan.choose("direction", "backward")
    workspace.do(verbs.clear_label(workspace.project, car, 5))
    workspace.anchor(car, 0)
    plan.choose("scope", "all")
    assert reason(plan) == "No frame lies this way from the anchors."


def test_without_a_clip_there_is_a_reason_too(empty_workspace, lane):
    assert RunPlan(empty_workspace, Tracks(empty_workspace, empty_workspace), lane).reason == "Open a clip first."


def test_the_cost_follows_changes_once_they_pause(workspace, plan, qtbot):
    workspace.anchor(workspace.add("car"), 5)
    qtbot.waitUntil(lambda: plan.cost is not None)
    assert plan.cost.n_frames == 39


def test_an_engine_that_cannot_be_loaded_is_a_reason(workspace, plan, qtbot):
    workspace.anchor(workspace.add("car"), 5)
    plan.choose("engine", "gone")
    qtbot.waitUntil(lambda: "gone" in plan.reason)
    assert plan.cost is None


def test_selection_and_range_narrow_the_run(workspace, plan, worked_out):
    car, tree = workspace.add("car"), workspace.add("tree")
    workspace.anchor(car, 0)
    workspace.anchor(tree, 0)
    both = worked_out().seconds
    plan.choose("only_selected", True)
    assert plan.request.object_ids == (tree,)
    assert worked_out().seconds < both
    workspace.view.range = (3, 6)
    assert plan.request.frames == (3, 6)
    assert worked_out().n_frames == 4


def test_a_time_that_was_not_measured_says_what_it_holds_for(workspace, plan, panel, worked_out, qtbot):
    car = workspace.add("car")
    workspace.anchor(car, 0)
    worked_out()
    assert "on an idle machine" in panel.cost_label.text()
    workspace.run(qtbot)
    plan.choose("scope", "all")
    worked_out()
    assert "memory" in panel.cost_label.text() and "idle" not in panel.cost_label.text()


def test_the_panel_shows_the_plan_and_changes_it(workspace, plan, panel, worked_out):
    workspace.anchor(workspace.add("car"), 0)
    worked_out()
    assert "39 labels" in panel.cost_label.text() and "memory" in panel.cost_label.text()
    panel.choices["direction"].buttons["backward"].click()
    assert plan.request.direction == "backward"
    assert panel.cost_label.text() == plan.reason
    plan.choose("direction", "forward")
    assert panel.choices["direction"].value == "forward"


def test_the_range_can_be_chosen_only_when_there_is_one(workspace, panel):
    button = panel.choices["only_range"].buttons["range"]
    assert not button.isEnabled() and "Shift-drag" in button.toolTip()
    workspace.view.range = (3, 6)
    assert button.isEnabled() and "3 to 6" in button.toolTip()


def test_progress_and_the_end_are_told(workspace, plan, panel, qtbot):
    workspace.anchor(workspace.add("car"), 0)
    plan.work_out()
    plan.start()
    assert not panel.progress_bar.isHidden() and not panel.cancel_button.isHidden() and panel.run_button.isHidden()
    qtbot.waitUntil(lambda: workspace.runner.active is None)
    assert panel.progress_bar.isHidden() and not panel.run_button.isHidden()
    assert panel.end_label.text().startswith("Done: 39 labels in")
    assert plan.reason.startswith("Nothing is missing or stale.")


def test_progress_says_how_much_how_fast_and_how_long():
    class Run:
        pause, half_done = Pause(0, 0.0), set()
        n_labels_done, n_labels, labels_per_s, remaining_s = 120, 1308, 20.0, 9.4

    assert progress_text(Run) == "120 of 1,308 labels · 20.0 labels/s · 9 s left"
    Run.half_done = {(1, 5), (2, 5)}
    assert progress_text(Run).startswith("120 of 1,308 labels, 2 half done · ")


def test_a_label_carried_from_one_of_two_sides_is_half_done(workspace, plan, worked_out):
    car = workspace.add("car")
    workspace.anchor(car, 0)
    workspace.anchor(car, 39)
    worked_out()
    assert plan.n_labels == 38
    plan.start()
    run = workspace.runner.active
    assert (run.n_total, run.n_labels, run.n_labels_done) == (76, 38, 0)
    workspace.runner.stop()
    early = [MaskResult(car, frame, RleMask.empty(64, 48), 0.5, Presence.VISIBLE, False) for frame in (1, 2, 3)]
    for result in (*early, replace(early[1], is_final=True)):
        run.count(result)
    assert (run.n_done, run.n_labels_done, run.half_done) == (4, 1, {(car, 1), (car, 3)})


@pytest.mark.parametrize("is_going_on", [True, False])
def test_a_run_that_was_undone_is_told_as_taken_back(workspace, plan, panel, qtbot, is_going_on):
    workspace.anchor(workspace.add("car"), 0)
    plan.work_out()
    plan.start()
    if not is_going_on:
        qtbot.waitUntil(lambda: workspace.runner.active is None)
    workspace.undo_stack.undo()
    assert panel.end_label.text() == "Taken back; nothing of it is kept."
    workspace.undo_stack.redo()
    assert panel.end_label.text().startswith("Cancelled after" if is_going_on else "Done: ")


def test_the_time_is_that_measured_on_this_clip(workspace, plan, worked_out, qtbot):
    car = workspace.add("car")
    workspace.anchor(car, 0)
    workspace.anchor(car, 39)
    workspace.run(qtbot)
    runner = workspace.runner
    last = runner.last
    assert runner.pace_s(last.request) * last.n_total == pytest.approx(last.elapsed_s, rel=0.5, abs=0.1)
    runner._pace_s["copy", "", "normal"] = 0.5
    plan.choose("scope", "all")
    assert worked_out().seconds == 0.5 * 2 * 38
    plan.choose("direction", "forward")
    assert worked_out().seconds == 0.5 * 38
    plan.choose("quality", "draft")
    assert worked_out().seconds < 1, "another quality has not been measured"
    workspace.clip_changed.emit()
    assert runner.pace_s(last.request) is None


def test_selected_means_nothing_without_a_selection(workspace, plan):
    workspace.anchor(workspace.add("car"), 0)
    plan.choose("only_selected", True)
    workspace.view.object_id = None
    assert reason(plan) == "Select an object first."


def test_a_range_that_is_gone_is_not_kept_to(workspace, plan, panel):
    workspace.anchor(workspace.add("car"), 0)
    workspace.view.range = (3, 6)
    workspace.view.range = None
    plan.work_out()
    assert plan.request.frames is None and panel.choices["only_range"].value == "all"


def test_choosing_a_range_means_to_run_over_it_until_told_otherwise(workspace, plan, panel, qtbot):
    workspace.anchor(workspace.add("car"), 0)
    workspace.view.range = (3, 6)
    qtbot.waitUntil(lambda: panel.choices["only_range"].value == "range")
    panel.choices["only_range"].buttons["all"].click()
    assert plan.request.frames is None
    workspace.view.frame = 5
    assert plan.request.frames is None
    workspace.view.range = (3, 8)
    assert plan.request.frames == (3, 8)


def test_in_a_low_window_only_the_settings_scroll(workspace, plan, panel, worked_out):
    workspace.anchor(workspace.add("car"), 0)
    worked_out()
    panel.resize(300, panel.minimumSizeHint().height())
    panel.show()
    assert panel.settings_area.verticalScrollBar().maximum() > 0
    assert not panel.settings_area.isAncestorOf(panel.run_button)
    for part in (panel.cost_label, panel.run_button):
        assert panel.rect().contains(part.geometry())
    panel.resize(300, 600)
    assert panel.settings_area.verticalScrollBar().maximum() == 0


def test_a_run_that_is_paused_says_where_and_goes_on_by_the_same_button(workspace, plan, panel, qtbot):
    workspace.anchor(workspace.add("car"), 0)
    workspace.view.unsure_below = 1.0
    panel.pause_box.setValue(20)
    plan.work_out()
    plan.start()
    qtbot.waitUntil(lambda: plan.is_paused and workspace.runner.active.n_done == 20)
    assert plan.why_not() == ""
    panel.show_progress()
    assert panel.cost_label.text() == "Paused at frame 20: unsure 20 times in a row · 20 of 39 labels"
    assert not panel.run_button.isHidden() and panel.run_button.text() == "Go on"
    plan.start()
    qtbot.waitUntil(lambda: workspace.runner.active is None)
    assert panel.run_button.text() == "Run" and panel.end_label.text().startswith("Done: 39 labels")


def test_learning_on_the_clip_is_told_while_it_goes_on_and_by_its_figure(workspace, panel):
    learner = workspace.learner
    assert panel.learned_label.isHidden()
    learner.share = 0.34
    learner.changed.emit()
    assert panel.learned_label.text() == "Learning on this clip: 34 %"
    learner.share, learner.told = None, "IoU on 2 left-out anchors .800 → .790: no better, discarded"
    learner.changed.emit()
    assert learner.told in panel.learned_label.text()
    learner.kept = LearnedOnClip("weights", "IoU on 2 left-out anchors .810 → .840: taken in", b"")
    learner.changed.emit()
    assert ".810 → .840: taken in" in panel.learned_label.text()
    assert not panel.learned_label.isHidden()
