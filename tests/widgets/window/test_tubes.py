"""Finding objects with the keys of the window: found, looked at, accepted, taken back."""

import pytest
from PySide6.QtCore import Qt

from tests.app.finding import findings, made_tube

__all__ = ["findings"]  # a fixture

N_FRAMES = 8


@pytest.fixture
def found(opened, findings, qtbot):
    """The window after F: two tubes are found."""
    findings.tubes = [made_tube(N_FRAMES, 0.7), made_tube(N_FRAMES, 0.6, first=3, left=12)]
    qtbot.keyClick(opened.canvas, Qt.Key.Key_F)
    rest(qtbot, opened)
    return opened


def rest(qtbot, window):
    """Wait; before the first search torch is loaded."""
    qtbot.waitUntil(lambda: not window.workspace.proposer.is_busy, timeout=60_000)


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    window.action_set.refresh_now()
    qtbot.keyClick(window.canvas, key, modifier)


def test_from_the_key_that_finds_to_an_anchor_and_back(found, qtbot):
    workspace, alt = found.workspace, Qt.KeyboardModifier.AltModifier
    press(qtbot, found, Qt.Key.Key_PageDown)
    press(qtbot, found, Qt.Key.Key_PageDown)
    assert workspace.view.frame == workspace.proposer.ghosts.all[1].tube.best_frame
    press(qtbot, found, Qt.Key.Key_A, alt)
    qtbot.waitUntil(lambda: len(workspace.project.objects) == 1)
    assert sorted(workspace.project.labels_of(1)) == [3, 4, 5, 6, 7]
    press(qtbot, found, Qt.Key.Key_K)
    assert workspace.project.anchor_frames(1) == [workspace.view.frame]
    for _ in range(3):
        workspace.undo_stack.undo()
    assert not workspace.project.objects and workspace.proposer.ghosts.all == ()


def test_each_command_says_what_is_missing_for_it(opened, findings, qtbot):
    opened.action_set.refresh_now()
    assert "look for objects first" in opened.action_set["accept_tube"].toolTip()
    findings.tubes = [made_tube(N_FRAMES)]
    opened.action_set["find_objects"].trigger()
    rest(qtbot, opened)
    opened.action_set.refresh_now()
    assert "Select a tube first" in opened.action_set["reject_tube"].toolTip()
    opened.workspace.proposer.ghosts.step(1)
    opened.action_set.refresh_now()
    assert "Ctrl+click" in opened.action_set["merge_tubes"].toolTip()
    assert opened.action_set["reject_tube"].isEnabled()


def test_the_panel_has_a_button_that_leaves_off(found, findings, qtbot):
    workspace = found.workspace
    findings.gate.close()
    found.action_set["find_objects"].trigger()
    found.action_set.refresh_now()
    found.tubes_panel.cancel_button.click()
    assert not workspace.proposer.has_to_do and "Cancelled" in found.tubes_panel.told_label.text()
    assert not found.tubes_panel.cancel_button.isVisible()
    findings.gate.open_gate()
    rest(qtbot, found)


def test_how_many_are_shown_is_remembered(found, make_window):
    found.workspace.view.most_tubes = 23
    found.close()
    assert make_window().workspace.view.most_tubes == 23


def test_the_panel_can_be_hidden_and_a_search_shows_it(found, qtbot):
    found.action_set["panel_tubes"].trigger()
    assert found.docks["tubes"].isHidden()
    found.action_set["find_objects"].trigger()
    assert not found.docks["tubes"].isHidden()
    rest(qtbot, found)
