"""The object list: what the project says is shown, what the person does becomes an edit."""

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor

from app.project import verbs
from widgets.commands.objects import ObjectCommands
from widgets.panels.object_delegate import Zone, zone_at, zone_rect
from widgets.panels.objects import ObjectsPanel
from widgets.panels.objects_model import N_ANCHORS_ROLE, ObjectsModel


class Answers:
    """Gives the answer that a test has prepared."""

    def colour(self, _initial, _title, then):
        then(QColor(1, 2, 3))


class Actions(dict):
    def __missing__(self, name):
        from PySide6.QtGui import QAction

        self[name] = QAction(name)
        return self[name]


@pytest.fixture
def commands(workspace):
    return ObjectCommands(workspace, Answers())


@pytest.fixture
def panel(workspace, commands, qtbot):
    actions = Actions()
    made = ObjectsPanel(workspace, commands, actions)
    made.actions_kept = actions
    qtbot.addWidget(made)
    made.resize(260, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def names(model):
    return [model.index(row).data() for row in range(model.rowCount())]


def click(qtbot, panel, row, zone, *, is_double=False):
    rect = panel.list.visualRect(panel.model.index(row))
    place = zone_rect(rect, zone).center()
    act = qtbot.mouseDClick if is_double else qtbot.mouseClick
    act(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_rows_follow_the_project_and_undo(panel, workspace):
    workspace.add("car")
    workspace.add("tree")
    assert names(panel.model) == ["car", "tree"]
    workspace.undo_stack.undo()
    workspace.undo_stack.undo()
    assert names(panel.model) == ["car"]


def test_selection_goes_both_ways(panel, workspace):
    car, tree = workspace.add("car"), workspace.add("tree")
    workspace.view.object_id = car
    assert panel.list.currentIndex().row() == 0
    panel.list.setCurrentIndex(panel.model.index(1))
    assert workspace.view.object_id == tree
    workspace.view.object_id = None
    assert not panel.list.currentIndex().isValid()


def test_the_selection_survives_a_new_order(panel, workspace, commands):
    car, _tree = workspace.add("car"), workspace.add("tree")
    workspace.view.object_id = car
    commands.move(1)
    assert names(panel.model) == ["tree", "car"]
    assert workspace.view.object_id == car
    assert panel.list.currentIndex().row() == 1


def test_renaming_in_place_is_one_undoable_edit(panel, workspace):
    workspace.add("car")
    steps = workspace.undo_stack.count()
    assert panel.model.setData(panel.model.index(0), "  lorry ")
    assert names(panel.model) == ["lorry"]
    assert workspace.undo_stack.count() == steps + 1
    assert not panel.model.setData(panel.model.index(0), "   ")
    assert not panel.model.setData(panel.model.index(0), "lorry")
    assert workspace.undo_stack.count() == steps + 1


@pytest.mark.parametrize(
    ("source", "before", "expected"), [(0, 3, "bca"), (2, 0, "cab"), (1, 1, "abc"), (0, -1, "bca")]
)
def test_dragging_a_row_moves_the_object(workspace, source, before, expected):
    for name in "abc":
        workspace.add(name)
    model = ObjectsModel(workspace)
    data = model.mimeData([model.index(source)])
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, before, 0, QModelIndex())
    assert "".join(names(model)) == expected


def test_eye_and_lock_are_clicked_and_the_swatch_asks_for_a_colour(panel, workspace, qtbot):
    object_id = workspace.add("car")
    click(qtbot, panel, 0, Zone.EYE)
    assert workspace.project.objects[object_id].is_hidden
    click(qtbot, panel, 0, Zone.LOCK)
    assert workspace.project.objects[object_id].is_locked
    click(qtbot, panel, 0, Zone.SWATCH, is_double=True)
    assert workspace.project.objects[object_id].colour == (1, 2, 3)
    click(qtbot, panel, 0, Zone.EYE)
    assert not workspace.project.objects[object_id].is_hidden


def test_parts_of_a_row_do_not_overlap(panel):
    row = panel.list.rect()
    row.setHeight(28)
    for zone in Zone:
        assert zone_at(row, zone_rect(row, zone).center()) is zone
    assert zone_at(row, QPoint(-5, -5)) is Zone.NAME


def test_anchors_are_counted(panel, workspace):
    object_id = workspace.add("car")
    workspace.anchor(object_id, 3)
    workspace.anchor(object_id, 9)
    assert panel.model.index(0).data(N_ANCHORS_ROLE) == 2


def test_the_class_is_typed_below_the_list(panel, workspace):
    object_id = workspace.add("car")
    panel.class_box.setText("vehicle")
    panel.class_box.editingFinished.emit()
    assert workspace.project.objects[object_id].class_name == "vehicle"
    steps = workspace.undo_stack.count()
    panel.class_box.editingFinished.emit()
    assert workspace.undo_stack.count() == steps
    workspace.do(verbs.set_class(workspace.project, object_id, "lorry"))
    assert panel.class_box.text() == "lorry"
    workspace.view.object_id = None
    assert not panel.class_box.isEnabled()


def test_deleting_selects_the_neighbour_and_undo_brings_it_back(workspace, commands):
    ids = [workspace.add(name) for name in "abc"]
    workspace.anchor(ids[2], 4)
    commands.delete()
    assert workspace.view.object_id == ids[1]
    assert "Deleted c" in workspace.sayings[-1]
    workspace.undo_stack.undo()
    assert workspace.project.anchor_frames(ids[2]) == [4]


def test_selecting_by_number_and_by_step_stops_at_the_ends(workspace, commands):
    ids = [workspace.add(name) for name in "abc"]
    commands.select(1)
    assert workspace.view.object_id == ids[0]
    commands.select_by(-1)
    assert workspace.view.object_id == ids[0]
    commands.select_by(5)
    assert workspace.view.object_id == ids[2]


def test_a_colour_chosen_after_the_object_has_gone_changes_nothing(workspace, commands):
    object_id = workspace.add("car")
    commands.delete()
    commands._recolour(object_id, QColor(9, 9, 9))
    assert object_id not in workspace.project.objects
