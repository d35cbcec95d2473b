"""Buttons that follow an action: with a short text of their own, or the icon alone."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QToolButton


class _Follower(QObject):
    """Keeps a button enabled, pressed, and its tooltip true, as its action is."""

    def __init__(self, action: QAction, button: QPushButton) -> None:
        super().__init__(button)
        self._action, self._button = action, button
        action.changed.connect(self.follow)
        self.follow()

    @Slot()
    def follow(self) -> None:
        self._button.setEnabled(self._action.isEnabled())
        self._button.setCheckable(self._action.isCheckable())
        self._button.setChecked(self._action.isChecked())
        self._button.setToolTip(self._action.toolTip())


def action_button(action: QAction, text: str, *, is_primary: bool = False) -> QPushButton:
    """Return a button with `text` that triggers `action` and can be used when that can."""
    button = QPushButton(text)
    button.setProperty("primary", is_primary)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda _checked=False: action.trigger())
    _Follower(action, button)
    return button


def icon_button(action: QAction) -> QToolButton:
    """Return a button that shows only the icon of `action` and triggers it."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
