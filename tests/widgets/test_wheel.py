"""The wheel over a field scrolls the panel; it changes the field that has the keyboard focus, and no other."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QSlider, QSpinBox, QVBoxLayout, QWidget

from widgets.panels.scrolling import ScrollingPanel
from widgets.wheel import let_wheel_scroll


@pytest.fixture
def panel(qtbot):
    """A panel that is too low for its contents."""
    contents = QWidget()
    column = QVBoxLayout(contents)
    combo = QComboBox()
    combo.addItems(["one", "two", "three"])
    slider = QSlider(Qt.Orientation.Horizontal, maximum=9)
    slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    for field in (combo, QSpinBox(maximum=9), slider):
        column.addWidget(field)
    filler = QLabel()
    filler.setFixedHeight(400)
    column.addWidget(filler)
    made = ScrollingPanel(contents)
    let_wheel_scroll(made)
    qtbot.addWidget(made)
    made.resize(200, 200)
    with qtbot.waitExposed(made):
        made.show()
    return made


def wheel(widget, notches):
    """Turn the wheel over the middle of `widget`, as the window system tells of it: else Qt asks no parent."""
    window = widget.window()
    at = widget.mapTo(window, widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(at), QPoint(0, 120 * notches))


def value_of(field):
    return field.currentIndex() if isinstance(field, QComboBox) else field.value()


@pytest.mark.parametrize("kind", [QComboBox, QSpinBox, QSlider])
def test_a_field_without_the_focus_is_scrolled_past(panel, qtbot, kind):
    field, bar = panel.findChild(kind), panel.verticalScrollBar()
    panel.setFocus()
    qtbot.waitUntil(panel.hasFocus)
    wheel(field, -1)
    assert value_of(field) == 0
    assert bar.value() > 0
    assert not field.hasFocus()
    bar.setValue(0)
    field.setFocus()
    wheel(field, -1 if kind is QComboBox else 1)
    assert value_of(field) > 0
    assert bar.value() == 0
