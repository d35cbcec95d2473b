"""Objects of points through the window's commands, panels and dialogs."""

import json

import pytest
from PySide6.QtCore import Qt

from app.desk.run_request import RunRequest
from app.formats.skeletons import shipped
from app.project.model import Kind
from app.project.skeleton import skeleton_of
from app.project.skeleton_draft import SkeletonDraft
from tests.gestures import click
from tests.widgets.window.conftest import Answers
from widgets.dialogs.skeleton import COLOUR, NAME, OTHER_SIDE, SkeletonDialog

STICK = skeleton_of("stick", ["head", "left_end", "right_end"], [("head", "left_end"), ("head", "right_end")])


@pytest.fixture
def dialog(qtbot, tmp_path):
    made = SkeletonDialog(Answers(), tmp_path, STICK, [STICK, *shipped()])
    qtbot.addWidget(made)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    return made


def press(dialog, word, which=0):
    from PySide6.QtWidgets import QPushButton

    [button for button in dialog.findChildren(QPushButton) if button.text() == word][which].click()


def test_the_dialog_gives_back_what_it_was_given(dialog, qtbot):
    assert dialog.skeleton == STICK
    with qtbot.waitSignal(dialog.wanted) as signal:
        dialog.accept_button.click()
    assert signal.args == [STICK]


def test_joints_bones_sides_and_colours_are_edited(dialog):
    press(dialog, "Add")
    row = dialog.joint_table.rowCount() - 1
    dialog.joint_table.item(row, NAME).setText("nose")
    dialog.joint_table.cellDoubleClicked.emit(row, COLOUR)
    press(dialog, "Add", 1)
    assert dialog.bone_table.rowCount() == 3
    end = dialog.bone_table.cellWidget(2, 1)
    end.activated.emit(end.findText("nose"))
    made = dialog.skeleton
    assert (made.joints[3].name, made.joints[3].colour, made.joints[3].slot) == ("nose", (10, 20, 30), 3)
    assert made.bones[2][1] == 3
    side = dialog.joint_table.cellWidget(1, OTHER_SIDE)
    side.activated.emit(side.findText("–"))
    assert dialog.skeleton.pairs == ()


def test_a_removed_joint_takes_its_bones_along_and_its_slot_is_not_given_again(dialog):
    dialog.joint_table.setCurrentCell(1, NAME)
    press(dialog, "Remove")
    press(dialog, "Add")
    made = dialog.skeleton
    assert [joint.slot for joint in made.joints] == [0, 2, 3]
    assert (made.bones, made.pairs) == (((0, 2),), ())


def test_what_does_not_fit_is_told_and_cannot_be_accepted(dialog):
    dialog.joint_table.item(0, NAME).setText("left_end")
    assert "two joints are called left_end" in dialog.told.text()
    assert not dialog.accept_button.isEnabled()
    dialog.joint_table.item(0, NAME).setText("top")
    assert dialog.accept_button.isEnabled()


def test_order_is_the_order_of_placing(dialog):
    dialog.joint_table.setCurrentCell(0, NAME)
    press(dialog, "Down")
    assert [joint.name for joint in dialog.skeleton.joints] == ["left_end", "head", "right_end"]
    assert dialog.skeleton.bones == STICK.bones


def test_one_may_start_from_a_shipped_one_or_a_file_or_nothing(dialog, tmp_path):
    dialog.choice_box.activated.emit(2)
    assert dialog.skeleton == dialog.choice_box.itemData(2)
    path = tmp_path / "points.json"
    path.write_text(json.dumps({"names": ["a", "b"], "frames": {}}))
    dialog._ask.path = path
    dialog.file_button.click()
    assert [joint.name for joint in dialog.skeleton.joints] == ["a", "b"]
    path.write_text("no")
    dialog.file_button.click()
    assert "not JSON" in str(dialog._ask.told[0])
    dialog.new_button.click()
    assert len(dialog.skeleton.joints) == 1


def test_pairs_of_a_draft_are_of_two():
    draft = SkeletonDraft(STICK)
    draft.set_other_side(0, 1)
    assert (draft.other_side(0), draft.other_side(1), draft.other_side(2)) == (1, 0, None)
    draft.set_other_side(1, None)
    assert draft.pairs == []


@pytest.fixture
def animal(opened):
    """An object of points with all joints placed on frame 0."""
    opened.action_set.refresh_now()
    opened.action_set["add_points"].trigger()
    (dialog,) = opened.findChildren(SkeletonDialog)
    dialog.start_from(STICK)
    dialog.accept_button.click()
    for place in ((20, 10), (10, 30), (30, 30)):
        click(opened.canvas, *place)
    opened.action_set.refresh_now()
    return opened.workspace.view.object_id


def test_an_object_of_points_is_added_with_the_tool_in_hand(opened, animal):
    workspace = opened.workspace
    found = workspace.project.objects[animal]
    assert (found.kind, found.skeleton, workspace.view.tool) == (Kind.POINTS, STICK, "points")
    assert len(workspace.seen.points_of(animal, 0).placed) == 3
    opened.action_set["add_object"].trigger()
    other = workspace.project.objects[workspace.view.object_id]
    assert other.object_id != animal
    assert other.skeleton == STICK


def test_commands_for_points_can_be_used_and_those_for_masks_say_why_not(opened, animal):
    actions = opened.action_set
    for name in ("mirror_points", "edit_skeleton", "presence_occluded", "presence_uncertain", "mark_object"):
        assert actions[name].isEnabled(), name
    assert not actions["split_parts"].isEnabled()
    assert "points, not masks" in actions["split_parts"].toolTip()
    actions["mirror_points"].trigger()
    points = opened.workspace.seen.points_of(animal, 0)
    assert points.at(1).x > points.at(2).x
    actions["presence_occluded"].trigger()
    assert not opened.workspace.seen.points_of(animal, 0).joints
    assert "joints are gone" in str(opened.messages.history[-1])
    actions["undo"].trigger()
    assert opened.workspace.seen.points_of(animal, 0) == points


def test_two_animals_are_swapped_and_an_animal_and_a_mask_are_not(opened, animal):
    workspace, actions = opened.workspace, opened.action_set
    other = workspace.add_object(STICK)
    click(opened.canvas, 40, 40)
    workspace.view.marked = (animal,)
    actions.refresh_now()
    before = workspace.seen.points_of(animal, 0), workspace.seen.points_of(other, 0)
    actions["swap_objects"].trigger()
    assert (workspace.seen.points_of(other, 0), workspace.seen.points_of(animal, 0)) == before
    workspace.add_object()
    workspace.view.marked = (animal,)
    actions.refresh_now()
    assert "labelled like" in actions["swap_objects"].toolTip()


def test_the_skeleton_of_all_alike_is_changed_and_taken_back(opened, animal):
    workspace = opened.workspace
    other = workspace.add_object(STICK)
    opened.action_set.refresh_now()
    opened.action_set["edit_skeleton"].trigger()
    (dialog,) = (found for found in opened.findChildren(SkeletonDialog) if found.windowTitle().startswith("Skeleton"))
    dialog.joint_table.item(0, NAME).setText("top")
    dialog.accept_button.click()
    assert {workspace.project.objects[i].skeleton.joints[0].name for i in (animal, other)} == {"top"}
    assert len(workspace.seen.points_of(animal, 0).placed) == 3
    workspace.undo_stack.undo()
    assert workspace.project.objects[animal].skeleton == STICK


def test_an_engine_that_carries_masks_only_says_so(opened, animal):
    assert [stretch.object_id for stretch in opened.workspace.runner.stretches(RunRequest())] == [animal]
    opened.plan.choose("engine", "flow")
    assert "carries masks only" in opened.plan.reason


def test_tools_for_masks_leave_points_alone_and_say_so(opened, animal):
    workspace = opened.workspace
    before = workspace.seen.points_of(animal, 0)
    for tool in ("split", "brush", "fill"):
        workspace.view.tool = tool
        click(opened.canvas, 20, 10)
        assert "has no mask" in str(opened.messages.history[-1]), tool
    assert workspace.seen.points_of(animal, 0) == before
