"""Keys that belong to the widget with the focus although a command has them too."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

_LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class ButtonKeys(QObject):
    """Lets Space press the button that has the focus, instead of playing. Buttons get the focus by Tab only."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep Space from the shortcuts."""
        is_space = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space and not event.modifiers()
        if is_space and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return False


class FieldKeys(QObject):
    """Lets Enter take what is typed into a field and Esc drop it; both then give the keys to `rest`.

    The fields are the boxes for numbers and lines in `window` as it is now. What a line edit or a box says of its
    own about Enter comes first, so that what is typed is taken before the focus goes.
    """

    def __init__(self, window: QWidget, rest: QWidget) -> None:
        super().__init__(window)
        self._rest = rest
        for line in window.findChildren(QLineEdit):  # that of a box for numbers among them
            box = line.parent()
            field = box if isinstance(box, QAbstractSpinBox) else line
            field.installEventFilter(self)
            line.returnPressed.connect(rest.setFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep Enter and Esc from the shortcuts, and leave on Esc."""
        if not isinstance(event, QKeyEvent) or event.key() not in _LEAVING or event.modifiers() & ~_KEYPAD:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            _drop_typed(watched)
            self._rest.setFocus()
            return True
        return False


def _drop_typed(field: QObject) -> None:
    """Show again what the field had before the person typed."""
    if isinstance(field, QSpinBox):
        field.setValue(field.value())  # writes it again over what was typed
    elif isinstance(field, QDoubleSpinBox):
        field.setValue(field.value())
    elif isinstance(field, QLineEdit):
        while field.isUndoAvailable():
            field.undo()
