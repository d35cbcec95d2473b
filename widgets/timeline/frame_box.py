"""The box that a frame's number is typed into."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSpinBox, QWidget

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FrameBox(QSpinBox):
    """A frame's number. Enter takes what is typed, Esc drops it; both then say `left`, whether or not it differs."""

    left = Signal()
    """The person is done here: the keys belong to the window again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def event(self, event: QEvent) -> bool:
        """Keep Enter and Esc from the shortcuts."""
        is_ours = isinstance(event, QKeyEvent) and event.key() in (*_ENTER, Qt.Key.Key_Escape)
        if is_ours and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Enter and Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.setValue(self.value())  # writes it again over what was typed
            self.left.emit()
            return
        super().keyPressEvent(event)
        if event.key() in _ENTER:
            self.left.emit()
