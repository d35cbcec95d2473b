"""Which fields the mouse wheel changes: the one with the keyboard focus. Over any other it scrolls the panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QSlider, QWidget

_FIELDS = (QComboBox, QAbstractSpinBox, QSlider)


class _WheelByFocus(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass the wheel on to what the field lies in, unless the field has the focus."""
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()  # or Qt holds that it was used up here
            return True
        return False


def let_wheel_scroll(part: QWidget) -> None:
    """Keep the wheel from changing boxes and sliders in `part`, or `part` itself, unless they have the focus.

    Nor does the wheel give them the focus. Fields that `part` gets later are not known here. A filter for each field
    and not one for the application: that would take Python's lock for every event there is.
    """
    by_focus = _WheelByFocus(part)
    fields: list[QWidget] = [part] if isinstance(part, _FIELDS) else []
    fields += [field for kind in _FIELDS for field in part.findChildren(kind)]
    for field in fields:
        field.installEventFilter(by_focus)
        if field.focusPolicy() is Qt.FocusPolicy.WheelFocus:
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
