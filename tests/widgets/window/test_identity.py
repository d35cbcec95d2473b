"""Swapping, merging, splitting, presence and void by key, menu and mouse, in the whole window."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from app.project import verbs
from app.project.model import Kind, Provenance
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from tests.gestures import CTRL, click, drag
from widgets.canvas.presence_notes import notes_rect, presence_notes

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def mask(*boxes):
    pixels = np.zeros((48, 64), bool)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = True
    return RleMask.encode(pixels)


LEFT, RIGHT = (4, 4, 16, 16), (40, 4, 52, 16)


@pytest.fixture
def pair(opened):
    """Two objects, anchors on every frame, the first one selected, the second one marked nowhere."""
    workspace = opened.workspace
    ids = [workspace.add_object() for _ in range(2)]
    for object_id, box in zip(ids, (LEFT, RIGHT), strict=True):
        for frame in range(8):
            workspace.do(verbs.paint_mask(workspace.project, object_id, frame, mask(box)))
    workspace.view.object_id = ids[0]
    opened.action_set.refresh_now()
    return ids


def pixels(window, object_id, frame):
    label = window.workspace.project.label(object_id, frame)
    return None if label is None else window.workspace.project.mask(label.mask_id)


def show(window, qtbot, frame):
    window.workspace.request_frame(frame)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == frame)


def mark_by_click_in_the_list(window, qtbot, object_id):
    objects = window.objects_panel.list
    place = objects.visualRect(window.objects_panel.model.index(window.objects_panel.model.row_of(object_id))).center()
    qtbot.mouseClick(objects.viewport(), Qt.MouseButton.LeftButton, CTRL, place)
    window.action_set.refresh_now()


def test_objects_are_marked_in_the_list_on_the_picture_and_by_key(opened, pair, qtbot):
    first, second = pair
    view, actions = opened.workspace.view, opened.action_set
    assert "Mark another object first" in actions["swap_objects"].toolTip()
    mark_by_click_in_the_list(opened, qtbot, second)
    assert (view.object_id, view.marked) == (first, (second,))
    assert actions["swap_objects"].isEnabled()
    assert actions["merge_objects"].isEnabled()
    mark_by_click_in_the_list(opened, qtbot, second)
    assert view.marked == ()
    view.tool = "select"
    click(opened.canvas, 45, 10, modifiers=CTRL)
    assert (view.object_id, view.marked) == (first, (second,))
    qtbot.keyClick(opened, Qt.Key.Key_M)
    assert view.marked == (first, second)
    opened.action_set.refresh_now()
    assert opened.action_set["mark_object"].isChecked()


def test_a_swap_by_key_goes_from_here_to_the_end_and_is_one_step(opened, pair, qtbot):
    first, second = pair
    mark_by_click_in_the_list(opened, qtbot, second)
    show(opened, qtbot, 5)
    opened.action_set.refresh_now()
    qtbot.keyClick(opened, Qt.Key.Key_W, SHIFT)
    assert [pixels(opened, first, frame) == mask(RIGHT) for frame in range(8)] == [False] * 5 + [True] * 3
    assert opened.workspace.view.marked == ()
    opened.workspace.undo_stack.undo()
    assert all(pixels(opened, first, frame) == mask(LEFT) for frame in range(8))


def test_a_swap_can_be_kept_to_the_selected_frames(opened, pair, qtbot):
    first, second = pair
    mark_by_click_in_the_list(opened, qtbot, second)
    opened.workspace.view.range = (2, 3)
    opened.action_set.refresh_now()
    qtbot.keyClick(opened, Qt.Key.Key_W, ALT)
    assert [pixels(opened, first, frame) == mask(RIGHT) for frame in range(8)] == [False] * 2 + [True] * 2 + [False] * 4


def test_a_merge_by_key_leaves_the_selected_object_with_all_pixels(opened, pair, qtbot):
    first, second = pair
    mark_by_click_in_the_list(opened, qtbot, second)
    qtbot.keyClick(opened, Qt.Key.Key_M, SHIFT)
    qtbot.waitUntil(lambda: list(opened.workspace.project.objects) == [first])
    assert all(pixels(opened, first, frame) == mask(LEFT, RIGHT) for frame in range(8))
    assert opened.workspace.undo_stack.undoText() == "merge Object 2 into Object 1"
    opened.workspace.undo_stack.undo()
    assert all(pixels(opened, second, frame) == mask(RIGHT) for frame in range(8))


@pytest.fixture
def united(opened):
    """One object in two pieces, with anchors on all frames."""
    workspace = opened.workspace
    object_id = workspace.add_object()
    for frame in range(8):
        workspace.do(verbs.paint_mask(workspace.project, object_id, frame, mask(LEFT, RIGHT)))
    opened.action_set.refresh_now()
    return object_id


def assert_split(window, qtbot, object_id, frame, part):
    workspace = window.workspace
    qtbot.waitUntil(lambda: len(workspace.project.objects) == 2)
    new = workspace.view.object_id
    assert new != object_id
    assert [pixels(window, new, each) for each in range(8)] == [None] * frame + [mask(part)] * (8 - frame)
    assert pixels(window, object_id, 7) == mask(LEFT if part == RIGHT else RIGHT)
    workspace.undo_stack.undo()
    assert list(workspace.project.objects) == [object_id]
    assert all(pixels(window, object_id, each) == mask(LEFT, RIGHT) for each in range(8))


def test_parts_are_split_off_by_key(opened, united, qtbot):
    show(opened, qtbot, 3)
    opened.action_set.refresh_now()
    qtbot.keyClick(opened, Qt.Key.Key_S, SHIFT)
    assert_split(opened, qtbot, united, 3, RIGHT)


def test_a_part_is_split_off_by_a_click_with_the_split_tool(opened, united, qtbot):
    show(opened, qtbot, 2)
    qtbot.keyClick(opened, Qt.Key.Key_S)
    assert opened.workspace.view.tool == "split"
    click(opened.canvas, 10, 10)
    assert_split(opened, qtbot, united, 2, LEFT)


def test_what_is_drawn_around_is_split_off(opened, united, qtbot):
    opened.workspace.view.tool = "split"
    drag(opened.canvas, [(35, 1), (60, 1), (60, 20), (35, 20), (35, 1)])
    assert_split(opened, qtbot, united, 0, RIGHT)


def test_drawing_around_nothing_says_why_nothing_is_split(opened, united, qtbot):
    said = []
    opened.workspace.said.connect(said.append)
    opened.workspace.view.tool = "split"
    drag(opened.canvas, [(20, 30), (30, 30), (30, 40), (20, 40)])
    assert "nothing of it would go" in said[-1]
    opened.workspace.do(verbs.set_locked(opened.workspace.project, united, True))
    drag(opened.canvas, [(35, 1), (60, 1), (60, 20), (35, 20)])
    assert "is locked" in said[-1]
    assert len(opened.workspace.project.objects) == 1


def test_locked_objects_are_refused_with_the_reason(opened, pair, qtbot):
    workspace, actions = opened.workspace, opened.action_set
    workspace.do(verbs.set_locked(workspace.project, pair[1], True))
    mark_by_click_in_the_list(opened, qtbot, pair[1])
    for name in ("swap_objects", "merge_objects"):
        assert not actions[name].isEnabled()
        assert "Object 2 is locked." in actions[name].toolTip()
    workspace.view.object_id = pair[1]
    actions.refresh_now()
    for name in ("delete_object", "split_parts", "clear_label", "presence_occluded"):
        assert not actions[name].isEnabled(), name


@pytest.mark.parametrize(
    ("code", "modifiers", "presence"),
    [
        (Qt.Key.Key_O, ALT, Presence.OCCLUDED),
        (Qt.Key.Key_0, Qt.KeyboardModifier.NoModifier, Presence.OUT_OF_FRAME),
        (Qt.Key.Key_U, ALT, Presence.UNCERTAIN),
    ],
)
def test_presence_is_said_by_key_and_told_in_panel_and_picture(opened, pair, qtbot, code, modifiers, presence):
    workspace, actions = opened.workspace, opened.action_set
    qtbot.keyClick(opened, code, modifiers)
    label = workspace.project.label(pair[0], 0)
    assert (label.provenance, label.presence) == (Provenance.ANCHOR, presence)
    actions.refresh_now()
    assert actions[f"presence_{presence.value}"].isChecked()
    notes = presence_notes(workspace, 0)
    assert [(note.name, note.presence) for note in notes] == [("Object 1", presence)]
    opened.messages.clear()  # they would lie over the notes
    picture = opened.canvas.grab().toImage()
    corner = notes_rect(opened.canvas.size(), notes).center()
    workspace.undo_stack.undo()
    assert presence_notes(workspace, 0) == ()
    assert opened.canvas.grab().toImage().pixelColor(corner) != picture.pixelColor(corner)


def test_a_painted_mask_that_a_presence_wipes_is_told_and_comes_back(opened, pair, qtbot):
    workspace, painted, said = opened.workspace, pixels(opened, pair[0], 0), []
    workspace.said.connect(said.append)
    qtbot.keyClick(opened, Qt.Key.Key_0)
    assert said == [
        "Object 1 is marked as out of frame on frame 0, and its anchor's mask is gone; Ctrl+Z brings it back."
    ]
    opened.action_set.refresh_now()
    qtbot.keyClick(opened, Qt.Key.Key_O, ALT)
    qtbot.keyClick(opened, Qt.Key.Key_Z, CTRL)
    qtbot.keyClick(opened, Qt.Key.Key_Z, CTRL)
    assert len(said) == 1, "nothing was painted there any more"
    assert pixels(opened, pair[0], 0) == painted


def test_presence_is_said_in_the_object_panel(opened, pair, qtbot):
    buttons = opened.objects_panel.findChildren(QToolButton)
    (button,) = (each for each in buttons if each.defaultAction() is opened.action_set["presence_occluded"])
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened.workspace.project.label(pair[0], 0).presence is Presence.OCCLUDED


def test_void_is_painted_with_the_brush_over_objects_and_takes_nothing(opened, pair, qtbot):
    workspace = opened.workspace
    for _ in range(2):  # there is one void, however often it is taken
        qtbot.keyClick(opened, Qt.Key.Key_V, SHIFT)
    (void,) = [found.object_id for found in workspace.project.objects.values() if found.kind is Kind.VOID]
    assert (workspace.view.object_id, workspace.view.tool) == (void, "brush")
    workspace.view.brush_radius_px = 3
    drag(opened.canvas, [(10, 10), (30, 10)])
    assert pixels(opened, void, 0).area > 0
    assert pixels(opened, pair[0], 0) == mask(LEFT)
    opened.action_set.refresh_now()
    assert "no object of the clip" in opened.action_set["presence_occluded"].toolTip()
    assert void not in workspace.runner.object_ids(opened.plan.request)
    drag(opened.canvas, [(10, 10), (30, 10)], button=Qt.MouseButton.RightButton)
    assert workspace.project.label(void, 0) is None
