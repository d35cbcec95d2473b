"""Small widgets that show a value and change it: view to widget, widget to view."""

import pytest

from app.desk.jobs import Lane
from widgets.action_set import ActionSet
from widgets.panels.job_bar import JobBar
from widgets.panels.look_bar import CONTROLS, STEPS, LookBar
from widgets.panels.save_state import SAVED, SAVED_UNNAMED, SAVING, SaveState
from widgets.panels.status import StatusBar
from widgets.timeline.panel import TimelinePanel
from widgets.timeline.tracks import Tracks
from widgets.timeline.view import TimelineView


@pytest.fixture
def lane(qapp):
    made = Lane("test")
    yield made
    made.close()


def test_sliders_are_bound_both_ways(workspace, qtbot):
    bar = LookBar(workspace.view)
    qtbot.addWidget(bar)
    for name, slider in bar.sliders.items():
        for step in (0, STEPS // 3, STEPS):
            slider.setValue(step)
            share = CONTROLS[name].to_share(getattr(workspace.view, name))
            assert share == pytest.approx(step / STEPS, abs=1e-6)
    workspace.view.opacity = 0.25
    assert bar.sliders["opacity"].value() == STEPS // 4
    workspace.view.brush_radius_px = 7.3
    assert workspace.view.brush_radius_px == 7.3  # showing a value must not round it


def test_the_frame_box_is_bound_both_ways_and_shows_the_time(workspace, qtbot):
    class NoActions(dict):
        def __missing__(self, name):
            from PySide6.QtGui import QAction

            self[name] = QAction(name)
            return self[name]

    actions: ActionSet = NoActions()
    panel = TimelinePanel(workspace, TimelineView(workspace, Tracks(workspace, workspace)), actions)
    qtbot.addWidget(panel)
    workspace.request_frame(7)
    assert panel.frame_box.value() == 7
    assert panel.time_label.text().startswith("of 39 · 0:00.360 of")
    panel.frame_box.setValue(12)
    assert workspace.view.frame == 12
    workspace.view.range = (3, 4)
    assert panel.range_label.text() == "range 3 to 4 (2 frames)"


def test_the_status_bar_tells_frame_time_and_size(workspace, qtbot):
    bar = StatusBar(workspace, JobBar())
    qtbot.addWidget(bar)
    workspace.request_frame(7)
    assert bar.frame_label.text() == "frame 7 · 0:00.360 · 64 × 48 · 20 fps"
    bar.show_zoom(1.5)
    bar.hover_label.setText("20, 24")
    workspace.clip_changed.emit()
    assert (bar.zoom_label.text(), bar.hover_label.text()) == ("150%", "20, 24")
    workspace.clip = None
    workspace.clip_changed.emit()
    assert (bar.zoom_label.text(), bar.hover_label.text()) == ("", "")


def test_saving_is_told_while_it_goes_on_and_when_it_is_done(workspace, lane, qtbot):
    state = SaveState(workspace, lane)
    said = []
    state.told.connect(said.append)
    with qtbot.waitSignal(state.told, check_params_cb=lambda text: text == SAVED):
        workspace.add("car")
    assert said == [SAVING, SAVED]


def test_a_project_without_a_file_of_its_own_says_so(workspace, lane, monkeypatch):
    state = SaveState(workspace, lane)
    monkeypatch.setattr(type(workspace), "is_saved_by_user", False)
    state.on_project_changed()
    assert state.text == SAVED_UNNAMED


def test_a_job_is_followed_and_can_be_cancelled(lane, qtbot):
    bar = JobBar()
    qtbot.addWidget(bar)

    def work():
        done = 0
        while True:
            done += 1
            yield done, 1000

    job = lane.start(work, "Exporting")
    bar.follow(job, "Exporting masks")
    assert bar.is_busy and not bar.isHidden()
    qtbot.waitUntil(lambda: bar.bar.value() > 2 and bar.bar.maximum() == 1000)
    bar.cancel_button.click()
    qtbot.waitUntil(lambda: not bar.is_busy)
    assert bar.isHidden()
