"""The Tubes panel: what was found as pictures, how many, and what the mouse does to them."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from tests.app.finding import findings, made_tube
from tests.widgets.tubes import put_tubes
from widgets.panels.tubes import BUTTONS, TubesPanel

__all__ = ["findings"]  # a fixture

LEFT, PLAIN, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(workspace, findings, qtbot):
    actions = {name: QAction(name) for name in (*BUTTONS, "find_objects", "cancel_tubes")}
    made = TubesPanel(workspace, actions)
    made.actions_kept = actions
    made.resize(260, 500)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def tubes(panel, workspace):
    return put_tubes(workspace)


def cell(panel, row):
    return panel.grid.visualRect(panel.model.index(row)).center()


def click(panel, row, modifiers=PLAIN):
    QTest.mouseClick(panel.grid.viewport(), LEFT, modifiers, cell(panel, row))


def test_before_a_search_it_says_what_is_found(panel):
    assert "without a label" in panel.grid.hint
    assert not panel.slider.isVisible() and panel.find_button.isVisible() and not panel.cancel_button.isVisible()


def test_a_search_shows_how_far_it_is_and_what_came_of_it(panel, workspace, findings, qtbot):
    findings.is_still, findings.tubes = True, [made_tube(workspace.clip.n_frames)]
    findings.gate.close()
    workspace.proposer.find()
    findings.gate.let_pass(2)
    qtbot.waitUntil(lambda: panel.progress_bar.value() == 2)
    assert panel.cancel_button.isVisible() and not panel.find_button.isVisible()
    assert "frame 2 of 3" in panel.told_label.text()
    findings.gate.open_gate()
    qtbot.waitUntil(lambda: not workspace.proposer.is_busy)
    assert "ranked by appearance" in panel.told_label.text()
    assert panel.find_button.isVisible() and panel.model.rowCount() == 1


def test_pictures_come_with_rank_and_score(panel, tubes):
    index = panel.model.index(1)
    assert index.data() == "2 · 0.60"
    assert not index.data(Qt.ItemDataRole.DecorationRole).isNull()
    assert "on 20 frames" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_the_slider_says_how_many(panel, workspace, tubes):
    assert panel.slider_label.text() == "3 of 3"
    panel.slider.setValue(2)
    assert panel.model.rowCount() == 2 and workspace.view.most_tubes == 2
    assert panel.slider_label.text() == "2 of 3"


def test_fewer_found_do_not_change_how_many_are_wanted(panel, workspace, tubes):
    assert workspace.view.most_tubes == 10 and panel.slider.value() == 3


def test_a_click_selects_and_goes_to_the_best_frame_ctrl_adds(panel, workspace, tubes):
    click(panel, 1)
    assert workspace.proposer.ghosts.selected == (tubes[1].ghost_id,)
    assert workspace.view.frame == tubes[1].tube.best_frame
    click(panel, 0, CTRL)
    assert set(workspace.proposer.ghosts.selected) == {tubes[0].ghost_id, tubes[1].ghost_id}
    assert workspace.proposer.ghosts.current is tubes[0]
    assert workspace.view.frame == tubes[1].tube.best_frame  # who picks several looks at none of them


def test_what_is_selected_elsewhere_is_selected_here(panel, workspace, tubes):
    workspace.proposer.ghosts.select((tubes[0].ghost_id, tubes[2].ghost_id))
    assert {index.row() for index in panel.grid.selectionModel().selectedIndexes()} == {0, 2}
    workspace.proposer.ghosts.reject()
    assert panel.model.rowCount() == 1
    assert {index.row() for index in panel.grid.selectionModel().selectedIndexes()} == {0}


def test_the_pointer_on_a_picture_shows_its_tube(panel, workspace, tubes):
    QTest.mouseMove(panel.grid.viewport(), cell(panel, 2))
    assert workspace.proposer.ghosts.pointed == tubes[2].ghost_id
    panel.grid.viewportEvent(QEvent(QEvent.Type.Leave))
    assert workspace.proposer.ghosts.pointed is None


def test_a_double_click_makes_masks_and_a_right_click_asks_for_the_menu(panel, workspace, findings, tubes, qtbot):
    asked = []
    panel.menu_requested.connect(asked.append)
    click(panel, 2)
    QTest.mouseDClick(panel.grid.viewport(), LEFT, PLAIN, cell(panel, 2))
    qtbot.waitUntil(lambda: len(findings.masked) == 9 and not workspace.proposer.is_busy)
    panel.grid.customContextMenuRequested.emit(cell(panel, 0))
    panel.grid.customContextMenuRequested.emit(QPoint(1, 490))
    assert len(asked) == 1


def test_another_clip_begins_with_nothing(panel, workspace, tubes):
    workspace.close()
    assert panel.model.rowCount() == 0 and panel.grid.hint == ""
