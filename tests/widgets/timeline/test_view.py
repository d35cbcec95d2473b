"""The timeline under the mouse: what it changes in the view, and how little of it is drawn anew."""

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from widgets.timeline import painting, telling
from widgets.timeline.layout import HEADER_W, LANE_H, PLOT_H, RULER_H
from widgets.timeline.ramp import colour_of
from widgets.timeline.tracks import Tracks
from widgets.timeline.view import TimelineView

LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
SHIFT, ALT, CTRL = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
PLAIN = Qt.KeyboardModifier.NoModifier
RULER_Y = RULER_H // 2


@pytest.fixture
def timeline(workspace, qtbot):
    made = TimelineView(workspace, Tracks(workspace))
    qtbot.addWidget(made)
    made.resize(HEADER_W + 800, 200)
    made.show()
    qtbot.waitExposed(made)
    return made


def lane_y(lane):
    return RULER_H + PLOT_H + lane * LANE_H + LANE_H // 2


def at(timeline, frame, y=RULER_Y):
    return QPointF(HEADER_W + timeline.axis.centre_of(frame), y)


def send(timeline, kind, place, button=NONE, buttons=NONE, modifiers=PLAIN):
    target = timeline.viewport()
    QApplication.sendEvent(target, QMouseEvent(kind, place, target.mapToGlobal(place), button, buttons, modifiers))


def drag(timeline, places, button=LEFT, modifiers=PLAIN):
    send(timeline, QEvent.Type.MouseButtonPress, places[0], button, button, modifiers)
    for place in places[1:]:
        send(timeline, QEvent.Type.MouseMove, place, NONE, button, modifiers)
    send(timeline, QEvent.Type.MouseButtonRelease, places[-1], button, NONE, modifiers)


def wheel(timeline, place, notches, modifiers=PLAIN):
    glob = timeline.viewport().mapToGlobal(place)
    event = QWheelEvent(
        place, glob, QPoint(), QPoint(0, 120 * notches), NONE, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(timeline.viewport(), event)


class PaintCounter(QObject):
    """Counts paint events and the pixels they ask for."""

    def __init__(self, widget):
        super().__init__(widget)
        self.rects = []
        widget.installEventFilter(self)

    def eventFilter(self, _watched, event):
        if event.type() == QEvent.Type.Paint:
            self.rects.append(event.rect())
        return False


def test_dragging_scrubs_through_every_frame_asked_for(timeline, workspace):
    drag(timeline, [at(timeline, frame) for frame in (3, 9, 20, 12)])
    assert workspace.asked == [3, 9, 20, 12]
    assert workspace.view.frame == 12


def test_dragging_past_the_ends_stays_on_the_clip(timeline, workspace):
    drag(timeline, [at(timeline, 5), QPointF(5000, RULER_Y)])
    assert workspace.view.frame == workspace.clip.n_frames - 1
    drag(timeline, [at(timeline, 5), QPointF(0, RULER_Y)])
    assert workspace.view.frame == 0


def test_a_click_in_a_lane_selects_its_object_and_goes_there(timeline, workspace):
    car, tree = workspace.add("car"), workspace.add("tree")
    drag(timeline, [at(timeline, 7, lane_y(0))])
    assert (workspace.view.object_id, workspace.view.frame) == (car, 7)
    drag(timeline, [QPointF(20, lane_y(1))])
    assert (workspace.view.object_id, workspace.view.frame) == (tree, 7)


def test_scrubbing_stops_playing(timeline, workspace):
    workspace.view.is_playing = True
    drag(timeline, [at(timeline, 7)])
    assert not workspace.view.is_playing


def test_shift_and_drag_selects_frames_in_either_direction(timeline, workspace):
    drag(timeline, [at(timeline, 10), at(timeline, 15)], modifiers=SHIFT)
    assert workspace.view.range == (10, 15)
    drag(timeline, [at(timeline, 10), at(timeline, 4)], modifiers=SHIFT)
    assert workspace.view.range == (4, 10)
    assert workspace.asked == []


def test_the_wheel_zooms_at_the_pointer(timeline):
    place = at(timeline, 30)
    wheel(timeline, place, 1)
    assert timeline.frame_at(place.x()) == 30
    assert timeline.axis.shown_frames < 40
    timeline.fit()
    assert timeline.axis.is_fitted


def test_panning_by_middle_drag_alt_drag_and_shift_wheel_moves_no_frame(timeline, workspace):
    wheel(timeline, at(timeline, 20), 2)
    for button, modifiers in ((MIDDLE, PLAIN), (LEFT, ALT)):
        left = timeline.axis.left
        drag(timeline, [QPointF(600, RULER_Y), QPointF(560, RULER_Y)], button, modifiers)
        assert timeline.axis.left > left
    left = timeline.axis.left
    wheel(timeline, at(timeline, 20), 1, SHIFT)
    assert timeline.axis.left < left
    assert workspace.asked == []


def test_the_bar_below_scrolls_to_both_ends(timeline):
    wheel(timeline, at(timeline, 20), 2)
    bar = timeline.horizontalScrollBar()
    bar.setValue(bar.maximum())
    assert timeline.axis.left == pytest.approx(timeline.axis.most_left)
    bar.setValue(0)
    assert timeline.axis.left == pytest.approx(timeline.axis.least_left)


def test_the_playhead_comes_into_view_when_the_frame_changes_elsewhere(timeline, workspace):
    wheel(timeline, at(timeline, 0), 2)
    workspace.request_frame(39)
    assert 0 <= timeline.axis.x_of(39) <= timeline.axis.width_px


def test_selecting_an_object_scrolls_its_lane_into_view(timeline, workspace):
    ids = [workspace.add(f"thing {n}") for n in range(12)]
    for lane in (11, 0):
        workspace.view.object_id = ids[lane]
        top = timeline.layout_now.lane_top(lane)
        assert timeline.layout_now.lanes_top <= top <= timeline.viewport().height() - LANE_H


def test_moving_the_playhead_repaints_two_strips_and_no_lane(timeline, workspace, qtbot, monkeypatch):
    object_id = workspace.add("car")
    workspace.anchor(object_id, 3)
    workspace.request_frame(5)
    QApplication.processEvents()  # what the set-up has to paint
    drawn = []
    monkeypatch.setattr(painting, "lane_pixmap", lambda *_: drawn.append(1))
    counter = PaintCounter(timeline.viewport())
    workspace.request_frame(6)
    qtbot.waitUntil(lambda: len(counter.rects) > 0)
    assert drawn == []
    assert max(rect.width() for rect in counter.rects) < 100


def test_a_change_draws_one_lane_anew(timeline, workspace, monkeypatch):
    car, tree = workspace.add("car"), workspace.add("tree")
    workspace.anchor(car, 3)
    workspace.anchor(tree, 3)
    timeline.grab()
    drawn = []
    real = painting.lane_pixmap
    monkeypatch.setattr(painting, "lane_pixmap", lambda track, *rest: drawn.append(track) or real(track, *rest))
    workspace.anchor(tree, 9)
    timeline.grab()
    assert drawn == [timeline._tracks.of(tree)]


def test_derived_stretches_are_seen_in_the_colour_of_their_confidence(timeline, workspace, qtbot):
    object_id = workspace.add("car")
    workspace.anchor(object_id, 0)
    workspace.run(qtbot)
    workspace.accept()
    image = timeline.grab().toImage()
    label = workspace.project.label(object_id, 1)
    colour = image.pixelColor(at(timeline, 1, lane_y(0)).toPoint())
    assert (colour.red(), colour.green(), colour.blue()) == pytest.approx(colour_of(label.confidence), abs=2)


def test_a_right_click_in_a_lane_goes_there_and_asks_for_its_menu(timeline, workspace, qtbot):
    workspace.add("car")
    place = at(timeline, 8, lane_y(0)).toPoint()
    with qtbot.waitSignal(timeline.menu_requested):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, timeline.viewport().mapToGlobal(place))
        QApplication.sendEvent(timeline.viewport(), event)
    assert workspace.view.frame == 8


def test_hovering_tells_frame_time_and_label(timeline, workspace, qtbot):
    object_id = workspace.add("car")
    workspace.anchor(object_id, 6)
    with qtbot.waitSignal(timeline.hovered) as said:
        send(timeline, QEvent.Type.MouseMove, at(timeline, 6, lane_y(0)))
    assert said.args == ["car, frame 6 · 0:00.300: anchor, visible"]


def test_what_is_told_is_of_the_frame_scrubbed_to_and_of_the_clip_that_is_open(timeline, workspace):
    object_id = workspace.add("car")
    workspace.anchor(object_id, 6)
    told = []
    timeline.hovered.connect(told.append)
    drag(timeline, [at(timeline, 0), at(timeline, 9)])
    assert told[-1].startswith("frame 9 ")
    send(timeline, QEvent.Type.MouseMove, at(timeline, 6, lane_y(0)))
    assert told[-1].endswith("anchor, visible")
    workspace.clip = None
    workspace.clip_changed.emit()
    assert told[-1] == ""
    QApplication.sendEvent(timeline.viewport(), QEvent(QEvent.Type.Leave))
    n_told = len(told)
    workspace.clip_changed.emit()
    assert len(told) == n_told  # the pointer is elsewhere, and others tell of it


def test_the_tooltip_names_confidence_run_and_staleness(timeline, workspace, qtbot):
    object_id = workspace.add("<car>")
    workspace.anchor(object_id, 0)
    workspace.run(qtbot)
    text = telling.lane_tooltip(workspace, object_id, 4)
    assert "&lt;car&gt;" in text and "proposal, visible, confidence" in text and "run 1, Copy, both ways" in text
    workspace.anchor(object_id, 8)
    assert "stale" in telling.cell_text(workspace, object_id, 4)
    assert "nothing yet" in telling.cell_text(workspace, workspace.add("tree"), 4)
