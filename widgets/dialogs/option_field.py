"""A field of a dialog for a row of a table of options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from app.formats.look import Option

_STEP = 0.05


def option_field(option: Option, changed: Callable[[], None]) -> tuple[QWidget, Callable[[], Any]]:
    """Return an editor that shows the default of `option` and calls `changed`, and how to read its value."""
    editor, read = _editor(option, changed)
    editor.setToolTip(f"{option.summary[:1].upper()}{option.summary[1:]}.")
    return editor, read


def _editor(option: Option, changed: Callable[[], None]) -> tuple[QWidget, Callable[[], Any]]:
    bare = QAbstractSpinBox.ButtonSymbols.NoButtons
    match option.default:
        case bool(is_on):
            box = QCheckBox(option.words)
            box.setChecked(is_on)
            box.toggled.connect(changed)
            return box, box.isChecked
        case int(number):
            whole = QSpinBox(minimum=int(option.low), maximum=int(option.high), value=number)
            whole.setButtonSymbols(bare)
            whole.valueChanged.connect(changed)
            return whole, whole.value
        case float(number):
            spin = QDoubleSpinBox(minimum=option.low, maximum=option.high, singleStep=_STEP, decimals=2, value=number)
            spin.setButtonSymbols(bare)
            spin.valueChanged.connect(changed)
            return spin, spin.value
    if option.choices:
        combo = QComboBox()
        for value, words in option.choices.items():
            combo.addItem(words, value)
        combo.setCurrentIndex(combo.findData(option.default))
        combo.currentIndexChanged.connect(changed)
        return combo, combo.currentData
    line = QLineEdit(option.default, placeholderText=option.words)
    line.textChanged.connect(changed)
    return line, line.text
