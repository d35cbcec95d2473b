"""Keys that belong to the widget with the focus although a command has them too."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent


class ButtonKeys(QObject):
    """Lets Space press the button that has the focus, instead of playing. Buttons get the focus by Tab only."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep Space from the shortcuts."""
        is_space = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space and not event.modifiers()
        if is_space and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return False
