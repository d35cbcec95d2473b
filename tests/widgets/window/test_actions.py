"""The table of commands: every row leads somewhere, says what it does, and fights with no other for a key."""

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence

from widgets.action_set import ask, target_of, tooltip
from widgets.actions import MENUS, all_actions
from widgets.canvas.tools.table import TOOLS
from widgets.conditions import Conditions
from widgets.dialogs.shortcuts import rows_of
from widgets.gestures import GESTURES
from widgets.icons import icon_path

ACTIONS = all_actions(TOOLS)


def test_names_are_unique():
    assert [name for name, n in Counter(spec.name for spec in ACTIONS).items() if n > 1] == []


def test_no_two_entries_of_a_menu_have_the_same_words():
    submenus = [path.rpartition("/") for path in {spec.menu for spec in ACTIONS} if "/" in path]
    entries = [(spec.menu, spec.text) for spec in ACTIONS] + [(parent, title) for parent, _, title in submenus]
    assert [entry for entry, n in Counter(entries).items() if n > 1] == []


def test_no_two_commands_share_a_key():
    keys = Counter(QKeySequence(key).toString() for spec in ACTIONS for key in spec.shortcuts)
    assert [key for key, n in keys.items() if n > 1] == []


# Loops, not one test for each command: a hundred tests times three would cost more than all others together.


def test_every_key_is_one_that_qt_knows():
    for spec in ACTIONS:
        for key in spec.shortcuts:
            assert QKeySequence(key).count() == 1 and QKeySequence(key).toString(), spec.name


def test_every_command_has_a_tip_of_whole_sentences_and_an_icon_that_exists():
    for spec in ACTIONS:
        assert spec.tip.endswith((".", "?")) and spec.tip[0].isupper(), spec.name
        for name in (spec.icon, spec.icon_on):
            assert not name or icon_path(name).exists(), spec.name


def test_every_command_stands_in_a_menu_and_asks_questions_that_exist():
    for spec in ACTIONS:
        assert spec.menu.split("/")[0] in MENUS, spec.name
        for question in (spec.needs, spec.shows, spec.says):
            name = question.split(":")[0]
            assert name in ("", "is_panel_shown") or hasattr(Conditions, name), spec.name


def test_a_target_that_does_not_exist_is_found_out_at_once():
    spec = next(spec for spec in ACTIONS if spec.name == "open_clip")
    with pytest.raises(KeyError):
        target_of(spec, {})
    with pytest.raises(AttributeError):
        target_of(spec, {"files": object()})


def test_questions_carry_their_argument():
    class Answers:
        def plain(self):
            return "plain"

        def with_argument(self, value):
            return value

    assert ask(Answers(), "plain") == "plain"
    assert ask(Answers(), "with_argument:loop") == "loop"
    assert ask(Answers(), "with_argument:3") == 3


def test_a_tooltip_says_the_keys_the_purpose_and_why_not():
    spec = next(spec for spec in ACTIONS if spec.name == "open_clip")
    text = tooltip(spec, "Open <clip>…", "Because & so.")
    assert "Ctrl+O" in text and spec.tip in text and "Because &amp; so." in text and "Open &lt;clip&gt;<" in text


def test_the_shortcuts_dialog_lists_every_command_and_gesture():
    rows = list(rows_of(ACTIONS, GESTURES))
    assert len(rows) == len(ACTIONS) + sum(len(found) for found in GESTURES.values())
