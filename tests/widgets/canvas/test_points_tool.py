"""Placing joints with mouse and keys, through the real canvas."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.project import verbs
from app.project.model import Provenance
from app.project.skeleton import skeleton_of
from engines.labels.points import Joint, Points
from engines.propagation.types import PointsResult, Stretch
from tests.gestures import RIGHT, SHIFT, click, drag, hover, key, press, release

STICK = skeleton_of("stick", ["head", "left_end", "right_end"], [("head", "left_end"), ("head", "right_end")])
PLACES = [(40, 30), (20.5, 80), (60, 80)]


@pytest.fixture
def animal(canvas, workspace):
    edit = verbs.add_object(workspace.project, "animal", skeleton=STICK)
    workspace.do(edit)
    (object_id,) = edit.objects
    workspace.view.object_id = object_id
    workspace.view.tool = "points"
    workspace.undo_stack.clear()
    return object_id


def seen(workspace, object_id, frame=0):
    return workspace.seen.points_of(object_id, frame)


def near(points, places):
    """Return whether joints lie at `places`, (x, y) or None, to half a screen pixel."""
    found = [points.at(slot) for slot in range(len(places))]
    return all(
        (joint is None) == (place is None)
        and (joint is None or abs(joint.x - place[0]) + abs(joint.y - place[1]) < 0.5)
        for joint, place in zip(found, places, strict=True)
    )


def place_all(canvas):
    for place in PLACES:
        click(canvas, *place)


def test_clicks_place_the_joints_in_turn_each_a_step(canvas, workspace, animal):
    place_all(canvas)
    assert near(seen(workspace, animal), PLACES)
    assert workspace.undo_stack.count() == 3
    assert workspace.undo_stack.undoText() == "place right_end of animal"
    assert workspace.project.label(animal, 0).provenance is Provenance.ANCHOR
    workspace.undo_stack.undo()
    assert near(seen(workspace, animal), [*PLACES[:2], None])
    click(canvas, 70, 70)
    assert near(seen(workspace, animal), [*PLACES[:2], (70, 70)])


def test_a_joint_goes_where_the_button_is_let_go(canvas, workspace, animal):
    drag(canvas, [(10, 10), (20, 20), (40, 30)])
    assert near(seen(workspace, animal), [(40, 30)])
    assert workspace.undo_stack.count() == 1


def test_skipping_leaves_one_out_and_comes_back_to_it_last(canvas, workspace, animal):
    key(canvas, Qt.Key.Key_Tab)
    click(canvas, *PLACES[1])
    click(canvas, *PLACES[2])
    assert near(seen(workspace, animal), [None, *PLACES[1:]])
    click(canvas, *PLACES[0])
    assert near(seen(workspace, animal), PLACES)
    workspace.view.frame = 1
    key(canvas, Qt.Key.Key_Tab)
    key(canvas, Qt.Key.Key_Tab)
    key(canvas, Qt.Key.Key_Backtab, SHIFT)
    click(canvas, *PLACES[1])
    assert near(seen(workspace, animal, 1), [None, PLACES[1]])


def test_undo_goes_back_to_the_joint_it_takes_and_redo_on_again(canvas, workspace, animal):
    stack = workspace.undo_stack
    click(canvas, *PLACES[0], RIGHT)
    key(canvas, Qt.Key.Key_Tab)
    click(canvas, *PLACES[2])
    assert canvas.tool.next_joint.name == "left_end"  # the only one left
    following = []
    for step in (stack.undo, stack.undo, stack.redo, stack.redo, stack.undo):
        step()
        following.append(canvas.tool.next_joint.name)
    assert following == ["right_end", "head", "right_end", "left_end", "right_end"]
    click(canvas, 70, 70)
    assert near(seen(workspace, animal), [PLACES[0], None, (70, 70)])


def test_the_words_at_the_pointer_follow_undo(canvas, workspace, animal, monkeypatch):
    click(canvas, *PLACES[0])
    hover(canvas, 110, 90)
    areas = []
    with monkeypatch.context() as patch:
        patch.setattr(canvas, "update", areas.append)
        workspace.undo_stack.undo()
    place = canvas.tool.overlay_bounds().center().toPoint()
    assert any(area.contains(place) for area in areas)


def test_the_right_button_places_what_is_hidden_and_says_so_of_what_is_placed(canvas, workspace, animal):
    click(canvas, *PLACES[0], RIGHT)
    assert not seen(workspace, animal).at(0).is_visible
    click(canvas, *PLACES[0], RIGHT)
    assert seen(workspace, animal).at(0).is_visible
    hover(canvas, *PLACES[0])
    key(canvas, Qt.Key.Key_H)
    assert not seen(workspace, animal).at(0).is_visible
    assert workspace.undo_stack.undoText() == "hide head of animal"


def test_joints_are_dragged_and_picked_and_moved_by_arrows(canvas, workspace, animal):
    place_all(canvas)
    drag(canvas, [PLACES[0], (45, 35), (50, 40)])
    assert near(seen(workspace, animal), [(50, 40), *PLACES[1:]])
    key(canvas, Qt.Key.Key_Escape)
    assert canvas.tool.picked is None
    click(canvas, *PLACES[1])
    assert workspace.undo_stack.count() == 4
    before = seen(workspace, animal).at(1)
    key(canvas, Qt.Key.Key_Right)
    key(canvas, Qt.Key.Key_Down, SHIFT)
    assert seen(workspace, animal).at(1)[:2] == (before.x + 1, before.y + 10)
    key(canvas, Qt.Key.Key_Delete)
    assert near(seen(workspace, animal), [(50, 40), None, PLACES[2]])
    click(canvas, *PLACES[1])
    assert near(seen(workspace, animal), [(50, 40), *PLACES[1:]])


def test_arrows_belong_to_the_window_while_nothing_is_picked(canvas, workspace, animal):
    place_all(canvas)

    def takes(code):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, code, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(canvas, event)
        return event.isAccepted()

    assert not takes(Qt.Key.Key_Left)
    click(canvas, *PLACES[1])
    assert takes(Qt.Key.Key_Left)
    assert takes(Qt.Key.Key_Delete)
    key(canvas, Qt.Key.Key_Escape)
    assert not takes(Qt.Key.Key_Left)
    click(canvas, *PLACES[1])
    workspace.view.frame = 1
    assert not takes(Qt.Key.Key_Left)


def test_escape_while_dragging_puts_the_joint_back(canvas, workspace, animal):
    place_all(canvas)
    press(canvas, *PLACES[0])
    hover(canvas, 90, 90)
    key(canvas, Qt.Key.Key_Escape)
    release(canvas, 90, 90)
    assert near(seen(workspace, animal), PLACES)
    assert workspace.undo_stack.count() == 3


def test_a_correction_makes_an_anchor_of_all_that_is_seen(canvas, workspace, animal):
    place_all(canvas)
    project = workspace.project
    run = project.begin_run("learned", "both", "normal", [Stretch(animal, 1, project.clip.n_frames - 1, 0, None)])
    carried = Points.of(Joint(x + 5, y, True, 0.25) for x, y in PLACES)
    _, change = project.add_results(run.run_id, [PointsResult(animal, 2, carried, 0.25, carried.presence)])
    workspace.changed.emit(change)
    workspace.view.frame = 2
    drag(canvas, [(45, 30), (50, 30), (55, 30)])
    label = project.label(animal, 2)
    assert label.provenance is Provenance.ANCHOR
    assert near(seen(workspace, animal, 2), [(55, 30), (25.5, 80), (65, 80)])
    assert {joint.confidence for joint in seen(workspace, animal, 2).placed} == {1.0}
    assert project.proposal(animal, 2) is None


def test_of_several_animals_the_one_whose_joint_is_pressed_is_selected(canvas, workspace, animal):
    place_all(canvas)
    edit = verbs.add_object(workspace.project, "other", skeleton=STICK)
    workspace.do(edit)
    (other,) = edit.objects
    workspace.view.object_id = other
    click(canvas, 100, 20)
    assert near(seen(workspace, other), [(100, 20)])
    drag(canvas, [PLACES[2], (70, 85), (80, 90)])
    assert workspace.view.object_id == animal
    assert near(seen(workspace, animal), [*PLACES[:2], (80, 90)])


@pytest.mark.parametrize("flag", [verbs.set_locked, verbs.set_hidden])
def test_a_locked_or_hidden_object_is_left_alone_and_told(canvas, workspace, animal, flag):
    workspace.do(flag(workspace.project, animal, True))
    click(canvas, *PLACES[0])
    assert not seen(workspace, animal).joints
    assert "in the object list" in workspace.sayings[-1]


def test_without_an_object_of_points_the_person_is_told_what_to_do(canvas, workspace):
    workspace.view.tool = "points"
    click(canvas, 30, 30)
    assert "Shift+N" in workspace.sayings[-1]
    assert workspace.undo_stack.count() == 0


def test_the_select_tool_finds_joints_and_bones(canvas, workspace, animal):
    place_all(canvas)
    workspace.view.tool = "select"
    workspace.view.object_id = 1
    click(canvas, (PLACES[0][0] + PLACES[1][0]) / 2, (PLACES[0][1] + PLACES[1][1]) / 2)
    assert workspace.view.object_id == animal


def test_what_is_drawn_follows_what_is_shown(canvas, workspace, animal):
    def colour(x, y):
        place = canvas.image_to_view(x, y).toPoint()
        return canvas.grab().toImage().pixelColor(place).getRgb()[:3]

    assert colour(*PLACES[1]) != STICK.joints[1].colour
    place_all(canvas)
    assert colour(*PLACES[1]) == STICK.joints[1].colour
    workspace.view.frame = 1
    assert colour(*PLACES[1]) != STICK.joints[1].colour
    workspace.view.onion_skin = True
    assert not canvas.layers.points.bounds(canvas.viewport).isEmpty()
    workspace.view.onion_skin = False
    assert canvas.layers.points.bounds(canvas.viewport).isEmpty()
    workspace.view.frame = 0
    workspace.do(verbs.set_hidden(workspace.project, animal, True))
    assert colour(*PLACES[1]) != STICK.joints[1].colour


def test_trails_show_the_way_of_the_selected_objects_joints(canvas, workspace, animal):
    for frame in range(3):
        workspace.view.frame = frame
        click(canvas, 20 + 30 * frame, 50)
    plain = canvas.layers.points.bounds(canvas.viewport)
    workspace.view.show_trails = True
    assert canvas.layers.points.bounds(canvas.viewport).width() > plain.width() + 100
    workspace.view.object_id = 1
    assert canvas.layers.points.bounds(canvas.viewport) == plain


def test_the_joint_under_the_pointer_is_told(canvas, workspace, animal):
    place_all(canvas)
    assert canvas.describe(*PLACES[1]).endswith("left_end of animal")
    assert "animal" not in canvas.describe(110, 30)
