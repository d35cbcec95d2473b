"""The whole window: every command leads somewhere, says why it cannot be used, and what is set is remembered."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.errors import UserError
from app.project import verbs
from engines.labels.rle import RleMask
from widgets.application import make_application
from widgets.dialogs.shortcuts import ShortcutsDialog
from widgets.theme import DARK, LIGHT, apply_theme, palette_of, style_sheet_of


def anchor(window, frame=0):
    workspace = window.workspace
    object_id = workspace.view.object_id or workspace.add_object()
    mask = np.zeros((48, 64), bool)
    mask[8:30, 10:40] = True
    workspace.do(verbs.paint_mask(workspace.project, object_id, frame, RleMask.encode(mask)))
    window.action_set.refresh_now()
    return object_id


def test_with_nothing_open_only_what_makes_sense_can_be_used_and_the_rest_says_why(window):
    actions = window.action_set
    usable = {spec.name for spec in actions.specs if actions[spec.name].isEnabled()}
    assert {"open_clip", "open_folder", "open_project", "quit", "shortcuts", "theme_dark"} <= usable
    assert not {"save", "play", "run", "undo", "export", "add_object", "accept_all"} & usable
    for spec in actions.specs:
        if spec.name not in usable:
            assert "<i>" in actions[spec.name].toolTip(), spec.name


def test_every_command_has_a_callable_target(window):
    # ActionSet raises on a target that does not exist, so a window that stands has them all.
    assert len(window.action_set.actions) == len(window.action_set.specs)


def test_every_button_of_the_window_has_a_tooltip(opened):
    buttons = [button for button in opened.findChildren(QToolButton) if button.isVisible() and not button.menu()]
    assert [button for button in buttons if not button.toolTip()] == []


def test_the_title_and_status_name_what_is_open(opened, clip_folder):
    assert opened.windowTitle() == f"{clip_folder.name} – Throughline"
    assert opened.status.frame_label.text().startswith("frame 0 · 0:00.000 · 64 × 48")


def test_keys_reach_their_commands(opened, qtbot):
    view = opened.workspace.view
    qtbot.keyClick(opened, Qt.Key.Key_Right)
    assert view.frame == 1
    qtbot.keyClick(opened, Qt.Key.Key_End)
    assert view.frame == 7
    qtbot.keyClick(opened, Qt.Key.Key_E)
    assert view.tool == "eraser"
    qtbot.keyClick(opened, Qt.Key.Key_N)
    assert len(opened.workspace.project.objects) == 1
    radius = view.brush_radius_px
    qtbot.keyClick(opened, Qt.Key.Key_BracketRight)
    assert view.brush_radius_px > radius


def test_a_key_whose_command_cannot_be_used_says_why(opened, qtbot):
    for key, reason in (
        (Qt.Key.Key_X, "No run proposes anything."),
        (Qt.Key.Key_U, "No run was less sure of any frame than"),
        (Qt.Key.Key_3, "There is no object 3."),
    ):
        qtbot.keyClick(opened.canvas, key)
        assert opened.messages.history[-1].text.startswith(reason)
    n_said = len(opened.messages.history)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_F35, Qt.Key.Key_N, Qt.Key.Key_1):
        qtbot.keyClick(opened.canvas, key)
    assert len(opened.messages.history) == n_said


def test_undo_says_what_it_undoes(opened):
    anchor(opened)
    assert opened.action_set["undo"].text() == "Undo paint Object 1"
    opened.action_set["undo"].trigger()
    opened.action_set.refresh_now()
    assert opened.action_set["redo"].text() == "Redo paint Object 1"
    assert opened.action_set["undo"].text() == "Undo add Object 1"


def test_digits_select_objects_by_name(opened, qtbot):
    first, second = opened.workspace.add_object(), opened.workspace.add_object()
    assert opened.workspace.view.object_id == second
    opened.action_set.refresh_now()
    assert opened.action_set["select_1"].text() == "Object 1"
    qtbot.keyClick(opened, Qt.Key.Key_1)
    assert opened.workspace.view.object_id == first
    assert not opened.action_set["select_3"].isEnabled()


def test_marking_confirming_and_clearing_a_label_are_edits(opened):
    workspace, actions = opened.workspace, opened.action_set
    object_id = anchor(opened)
    actions["presence_out_of_frame"].trigger()
    assert workspace.project.label(object_id, 0).presence != "visible"
    actions["clear_label"].trigger()
    assert workspace.project.label(object_id, 0) is None
    workspace.undo_stack.undo()
    workspace.undo_stack.undo()
    assert workspace.project.label(object_id, 0).presence == "visible"


def test_a_run_is_started_reviewed_and_undone_from_the_keyboard(opened, qtbot):
    workspace = opened.workspace
    object_id = anchor(opened)
    opened.plan.choose("engine", "copy")
    qtbot.waitUntil(lambda: opened.action_set["run"].isEnabled())
    qtbot.keyClick(opened, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: workspace.runner.active is None and len(workspace.project.proposals_of(object_id)) == 7)
    qtbot.waitUntil(lambda: opened.action_set["next_unsure"].isEnabled())
    qtbot.keyClick(opened, Qt.Key.Key_U)
    assert workspace.view.frame > 0
    qtbot.waitUntil(lambda: opened.action_set["accept_frame"].isEnabled())
    qtbot.keyClick(opened, Qt.Key.Key_Y)
    assert len(workspace.project.proposals_of(object_id)) == 6
    qtbot.keyClick(opened, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert len(workspace.project.labels_of(object_id)) == 8
    for _ in range(3):
        workspace.undo_stack.undo()
    assert len(workspace.project.labels_of(object_id)) == 1
    assert not workspace.project.proposals_of(object_id)


def test_space_presses_a_button_that_has_the_focus_and_plays_otherwise(opened, qtbot):
    button = opened.run_panel.choices["quality"].buttons["final"]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert opened.plan.request.quality == "final"
    assert not opened.workspace.view.is_playing
    opened.timeline.setFocus()
    qtbot.keyClick(opened.timeline, Qt.Key.Key_Space)
    assert opened.workspace.view.is_playing
    opened.workspace.view.is_playing = False


def test_panels_are_shown_and_hidden(opened):
    action = opened.action_set["panel_review"]
    assert action.isChecked()
    action.trigger()
    assert opened.docks["review"].isHidden()
    opened.action_set.refresh_now()
    assert not action.isChecked()
    action.trigger()
    assert not opened.docks["review"].isHidden()


def test_the_theme_changes_everything_and_is_remembered(make_window):
    window = make_window()
    window.action_set["theme_dark"].trigger()
    application = QApplication.instance()
    assert application.palette().color(QPalette.ColorRole.Window) == DARK.colour("window")
    window.docks["run"].hide()
    window.workspace.view.opacity = 0.7
    window.workspace.view.outline = False
    window.close()
    again = make_window()
    assert again.workspace.view.theme == "dark"
    assert (again.workspace.view.opacity, again.workspace.view.outline) == (0.7, False)
    assert again.docks["run"].isHidden()
    again.action_set["theme_light"].trigger()
    assert application.palette().color(QPalette.ColorRole.Window) == LIGHT.colour("window")


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_text_can_be_read_on_everything_it_stands_on(theme):
    def light(name):
        rgb = [channel / 255 for channel in theme.colour(name).getRgb()[:3]]
        red, green, blue = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one, other):
        first, second = sorted((light(one), light(other)), reverse=True)
        return (first + 0.05) / (second + 0.05)

    for ground in ("window", "panel", "base", "raised", "selection"):
        assert contrast("text", ground) > 7
    for ground in ("window", "panel", "base"):
        assert contrast("muted", ground) > 4.5
    assert contrast("on_accent", "accent") > 4.5
    assert contrast("playhead", "base") > 3


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_style_sheet_has_every_colour_filled_in(theme):
    assert "@" not in style_sheet_of(theme, "arrow.svg")
    assert palette_of(theme).color(QPalette.ColorRole.Text) == theme.colour("text")


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_an_empty_check_box_is_seen(qapp, qtbot, theme):
    make_application([])
    apply_theme(qapp, theme, "arrow.svg")
    box = QCheckBox()
    qtbot.addWidget(box)
    picture = box.grab().toImage()
    ground = theme.colour("window").lightnessF()
    seen = [picture.pixelColor(x, picture.height() // 2).lightnessF() for x in range(picture.width())]
    assert max(abs(light - ground) for light in seen) > 0.3


def test_a_dropped_folder_is_opened(window, clip_folder, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip_folder))])
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, modifiers)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, buttons, modifiers)
    QApplication.sendEvent(window, drop)
    qtbot.waitUntil(lambda: window.workspace.clip is not None)


def test_dropped_text_is_not_taken(window):
    data = QMimeData()
    data.setText("hello")
    event = QDragEnterEvent(
        QPoint(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()


def test_the_shortcuts_dialog_has_room_for_every_word(window, qtbot):
    window.action_set["shortcuts"].trigger()
    tree = window.findChild(ShortcutsDialog).tree
    qtbot.waitUntil(lambda: tree.columnWidth(2) > 500)
    room = QRect(0, 0, tree.columnWidth(2), 1000)
    groups = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    for item in (group.child(row) for group in groups for row in range(group.childCount())):
        wanted = tree.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, item.text(2))
        assert tree.visualItemRect(item).height() >= wanted.height(), item.text(2)


def test_the_shortcuts_dialog_finds_commands_by_word_and_key(window):
    window.action_set["shortcuts"].trigger()
    dialog = window.findChild(ShortcutsDialog)
    assert isinstance(dialog, QDialog) and dialog.isVisible()

    def shown():
        groups = [dialog.tree.topLevelItem(row) for row in range(dialog.tree.topLevelItemCount())]
        return [
            group.child(row).text(0)
            for group in groups
            for row in range(group.childCount())
            if not group.child(row).isHidden()
        ]

    assert len(shown()) > 80
    dialog.search_box.setText("unsure next")
    assert shown() == ["Next unsure frame"]
    dialog.search_box.setText("ctrl+shift+z")
    assert shown() == ["Redo"]
    dialog.search_box.setText("no such thing")
    assert shown() == []
    dialog.close()


def test_menus_of_lane_and_object_offer_commands(opened, qtbot):
    anchor(opened)
    for show in (opened.show_lane_menu, opened.show_object_menu):
        show(QPoint(10, 10))
        menu = QApplication.activePopupWidget()
        assert menu is not None and len(menu.actions()) > 5
        menu.close()


def test_a_frame_is_gone_to_by_its_number(opened, qtbot):
    opened.action_set["go_to_frame"].trigger()
    box = opened.timeline_panel.frame_box
    qtbot.keyClicks(box, "5")
    assert opened.workspace.view.frame == 0
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert opened.workspace.view.frame == 5


@pytest.mark.parametrize("typed", ["", "5"])
@pytest.mark.parametrize("leave", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_enter_and_escape_give_the_keys_back_to_the_canvas(opened, qtbot, typed, leave):
    opened.activateWindow()
    opened.action_set["go_to_frame"].trigger()
    box = opened.timeline_panel.frame_box
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, leave)
    frame = 5 if typed and leave != Qt.Key.Key_Escape else 0
    assert (opened.workspace.view.frame, box.text()) == (frame, str(frame))
    assert opened.canvas.hasFocus()
    qtbot.keyClick(opened.focusWidget(), Qt.Key.Key_E)
    assert opened.workspace.view.tool == "eraser"


def test_enter_in_any_field_takes_what_is_typed_and_gives_the_keys_back_to_the_canvas(opened, qtbot):
    opened.activateWindow()
    anchor(opened)
    opened.docks["colour"].show()
    fields = [*opened.findChildren(QAbstractSpinBox), opened.objects_panel.class_box, opened.colour_panel.entry.line]
    fields = [field for field in fields if field.isEnabled() and field.isVisible()]
    assert opened.review_panel.unsure_box in fields and opened.run_panel.pause_box in fields
    for field in fields:
        field.setFocus()
        qtbot.waitUntil(field.hasFocus)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert opened.canvas.hasFocus(), field.accessibleName()
    box = opened.review_panel.unsure_box
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    box.selectAll()
    qtbot.keyClicks(box, "0.93")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert opened.workspace.view.unsure_below == 0.93
    qtbot.keyClick(opened.focusWidget(), Qt.Key.Key_End)
    assert opened.workspace.view.frame == 7


def test_escape_drops_a_name_that_was_begun(opened, qtbot):
    opened.activateWindow()
    object_id = anchor(opened)
    box = opened.objects_panel.class_box
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClicks(box, "bird")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert opened.canvas.hasFocus()
    assert box.text() == opened.workspace.project.objects[object_id].class_name == ""


def test_a_clip_that_opens_gives_the_keys_back_to_the_canvas(opened, clip_folder, qtbot):
    opened.activateWindow()
    box = opened.review_panel.unsure_box
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    other = clip_folder.with_name("other")
    other.mkdir()
    for frame in range(2):
        Image.new("RGB", (64, 48), (200, frame, 0)).save(other / f"{frame}.png")
    opened.files.open_path(other)
    qtbot.waitUntil(lambda: opened.workspace.clip is not None and opened.workspace.clip.path == other)
    assert opened.canvas.hasFocus()


def test_the_window_fits_a_small_screen(opened):
    assert opened.minimumSizeHint().height() <= 640 and opened.minimumSizeHint().width() <= 1024


@pytest.mark.parametrize("size", [(1280, 800), (1440, 900)])
def test_an_ordinary_window_shows_all_settings_of_a_run_without_scrolling(make_window, qtbot, size):
    window = make_window(size)
    bar = window.run_panel.settings_area.verticalScrollBar()
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size and bar.maximum() == 0)
    assert window.review_panel.table.viewport().height() > 3 * window.review_panel.table.fontMetrics().height()


def test_an_ordinary_window_still_shows_them_all_where_words_take_two_lines(make_window, qtbot):
    window = make_window((1440, 900))
    panel = window.run_panel
    for label in (panel.cost_label, panel.end_label):
        label.setText("Words that are too many for a line of the panel. " * 2)
        label.show()
    qtbot.waitUntil(lambda: panel.cost_label.height() >= 2 * panel.fontMetrics().height())
    assert panel.settings_area.verticalScrollBar().maximum() == 0


def test_a_low_window_shows_which_frames_are_run_over_without_scrolling(make_window, qtbot):
    panel = make_window((1100, 700)).run_panel
    area = panel.settings_area
    assert panel.run_button.isVisible()
    for name in ("scope", "only_range"):
        choice = panel.choices[name]
        qtbot.waitUntil(lambda choice=choice: choice.visibleRegion().boundingRect() == choice.rect())
    assert area.verticalScrollBar().value() == 0


def test_what_cannot_be_saved_keeps_the_window_open_until_it_is_given_up(opened, ask, monkeypatch, qtbot):
    anchor(opened)

    def refuse(*, even_unsaved=False):
        if not even_unsaved:
            raise UserError("The disk is full", "free some space")
        close(even_unsaved=True)

    close = opened.workspace.project.close
    monkeypatch.setattr(opened.workspace.project, "close", refuse)
    opened.close()
    assert opened.isVisible() and ask.asked == ["Close without saving?"]
    assert "The disk is full" in opened.messages.banners[-1].message.text
    ask.choice = "Give them up"
    opened.close()
    qtbot.waitUntil(lambda: not opened.isVisible())


def test_no_panel_is_cut_off_at_its_sides(opened):
    for dock in opened.docks.values():
        for part in dock.findChildren(QWidget):
            if part.isVisible() and isinstance(part, QAbstractButton | QComboBox | QLineEdit):
                right = part.mapTo(dock, part.rect().topRight()).x()
                assert right < dock.width(), part


def test_what_a_narrow_window_leaves_out_of_its_bar_has_an_arrow(make_window):
    window = make_window((940, 700))
    more = window.findChild(QToolBar, "commands").findChild(QToolButton, "qt_toolbar_ext_button")
    assert more.isVisible()
    picture = more.grab().toImage()
    places = [QPoint(x, y) for x in range(picture.width()) for y in range(picture.height())]
    ink = [place for place in places if picture.pixelColor(place).lightness() < 128]
    assert max(at.x() for at in ink) - min(at.x() for at in ink) >= 6
