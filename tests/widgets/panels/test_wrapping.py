"""Widgets that go on in the next line."""

from PySide6.QtCore import QMargins
from PySide6.QtWidgets import QWidget

from widgets.panels.wrapping import WrappingLayout


def test_lines_are_as_long_as_there_is_room(qtbot):
    whole = QWidget()
    qtbot.addWidget(whole)
    layout = WrappingLayout(whole, QMargins(5, 5, 5, 5), 10)
    parts = [QWidget() for _ in range(4)]
    for place, part in enumerate(parts):
        if place == 3:
            layout.break_line()
        part.setFixedSize(100, 20)
        layout.addWidget(part)
    whole.show()
    assert layout.minimumSize().toTuple() == (110, 30)
    for width, tops in ((400, [5, 5, 5, 35]), (250, [5, 5, 35, 65]), (110, [5, 35, 65, 95])):
        whole.resize(width, layout.heightForWidth(width))
        layout.activate()
        assert [part.y() for part in parts] == tops
        assert whole.height() == tops[-1] + 25
    parts[1].hide()
    whole.resize(250, 100)
    layout.activate()
    assert parts[2].pos().toTuple() == (115, 5)
