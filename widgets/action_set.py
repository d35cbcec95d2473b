"""The commands of the window as Qt's actions, made from the table and kept true to what can be done now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from widgets.actions import MENUS
from widgets.conditions import Conditions
from widgets.icons import icon
from widgets.menus.spec import ActionSpec
from widgets.theme import Theme


class ActionSet(QObject):
    """All actions by name. GUI thread only.

    `roots` are what targets begin with. A target that does not exist raises at once, so that no button
    can be dead. `refresh` may be called any number of times; it acts once, when the event loop is reached.
    """

    def __init__(
        self, specs: Sequence[ActionSpec], roots: Mapping[str, object], conditions: Conditions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._specs = {spec.name: spec for spec in specs}
        self._conditions = conditions
        self._theme: Theme | None = None
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self.refresh_now)
        self.actions = {spec.name: self._make(spec, roots, window) for spec in specs}
        self.refresh_now()

    def __getitem__(self, name: str) -> QAction:
        """Return one action."""
        return self.actions[name]

    def _make(self, spec: ActionSpec, roots: Mapping[str, object], window: QWidget) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.setAutoRepeat(spec.repeats)
        action.setCheckable(bool(spec.shows))
        target = target_of(spec, roots)
        action.triggered.connect(partial(_call, target, spec.argument))
        # A checkable action has flipped itself; what it shows is what is so, also if nothing changed.
        action.triggered.connect(self.refresh)
        window.addAction(action)
        return action

    # what the actions say

    @Slot()
    def refresh(self) -> None:
        """Bring every action up to date soon."""
        self._timer.start()

    @Slot()
    def refresh_now(self) -> None:
        """Bring every action up to date: whether it can be used, is switched on, what it says."""
        for name, action in self.actions.items():
            spec = self._specs[name]
            reason = self._ask(spec.needs) if spec.needs else ""
            action.setEnabled(not reason)
            if spec.shows:
                action.setChecked(bool(self._ask(spec.shows)))
            if spec.says:
                action.setText(self._ask(spec.says))
            action.setToolTip(tooltip(spec, action.text(), reason))

    def why_not(self, keys: QKeySequence) -> str:
        """Return why the command with these keys cannot be used now, "" where it can or there is none."""
        for name, action in self.actions.items():
            if not action.isEnabled() and keys in action.shortcuts():
                return str(self._ask(self._specs[name].needs))
        return ""

    def _ask(self, question: str) -> Any:
        return ask(self._conditions, question)

    def set_theme(self, theme: Theme) -> None:
        """Draw all icons in other colours."""
        self._theme = theme
        for name, action in self.actions.items():
            spec = self._specs[name]
            if spec.icon:
                action.setIcon(_two_faced(icon(spec.icon, theme), spec, theme))

    # where they appear

    def fill_menus(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Add all menus to `bar` and return them by path."""
        menus: dict[str, QMenu] = {}
        for title in MENUS:
            menus[title] = _menu(bar.addMenu(title))
        for name, spec in self._specs.items():
            if spec.menu not in menus:
                parent, _, title = spec.menu.rpartition("/")
                menus[spec.menu] = _menu(menus[parent].addMenu(title))
            if spec.gap:
                menus[spec.menu].addSeparator()
            menus[spec.menu].addAction(self.actions[name])
        return menus

    def menu_of(self, names: Iterable[str], parent: QWidget) -> QMenu:
        """Return a menu of some commands, "" standing for a line between them. It deletes itself when it closes."""
        menu = _menu(QMenu(parent))
        for name in names:
            if name:
                menu.addAction(self.actions[name])
            else:
                menu.addSeparator()
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    @property
    def specs(self) -> tuple[ActionSpec, ...]:
        """Return the rows of the table."""
        return tuple(self._specs.values())


def target_of(spec: ActionSpec, roots: Mapping[str, object]) -> Callable[..., object]:
    """Return what an action calls. Raises KeyError or AttributeError where the table names nothing."""
    root, _, name = spec.target.partition(".")
    target = getattr(roots[root], name)
    if not callable(target):
        raise AttributeError(f"{spec.target} of {spec.name} cannot be called")
    return target


def ask(conditions: Conditions, question: str) -> Any:
    """Return the answer to ``name`` or ``name:argument``; a number as argument is passed as one."""
    name, _, argument = question.partition(":")
    answer = getattr(conditions, name)
    if not argument:
        return answer()
    return answer(int(argument) if argument.isdigit() else argument)


def tooltip(spec: ActionSpec, text: str, reason: str) -> str:
    """Return rich text: the command, its keys, what it does, and why it cannot be used."""
    keys = " or ".join(escape(_native(sequence)) for sequence in spec.shortcuts)
    title = f"<b>{escape(text.rstrip('…'))}</b>" + (f" &nbsp;<tt>{keys}</tt>" if keys else "")
    lines = [title, escape(spec.tip)] + ([f"<i>{escape(reason)}</i>"] if reason else [])
    return f"<p style='white-space:pre'>{'<br>'.join(lines)}</p>"


def _native(sequence: str) -> str:
    return QKeySequence(sequence).toString(QKeySequence.SequenceFormat.NativeText)


def _call(target: Callable[..., object], argument: object, _checked: bool = False) -> None:
    target() if argument is None else target(argument)


def _two_faced(plain: QIcon, spec: ActionSpec, theme: Theme) -> QIcon:
    """Return `plain`, or an icon that changes with the action's state where the table says so."""
    if not spec.icon_on:
        return plain
    both = QIcon(plain)
    other = icon(spec.icon_on, theme)
    for size in other.availableSizes():
        both.addPixmap(other.pixmap(size), QIcon.Mode.Normal, QIcon.State.On)
    return both


def _menu(menu: QMenu) -> QMenu:
    menu.setToolTipsVisible(True)
    return menu
