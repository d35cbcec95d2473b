"""Faults of the bindings that would take the program down, found by counting."""

import sys

from PySide6.QtCore import QObject, Signal


class Emitter(QObject):
    happened = Signal()


def test_emitting_a_signal_keeps_the_count_of_true():
    # PySide6 6.12.0 lost one reference to True at every emission; Python 3.11 aborts when none is left.
    emitter = Emitter()
    emitter.happened.connect(emitter.objectName)
    before = sys.getrefcount(True)
    for _ in range(100):
        emitter.happened.emit()
    assert sys.getrefcount(True) > before - 50
