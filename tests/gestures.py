"""What a hand does, in image coordinates: every helper sends the real Qt events to the canvas."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NO_BUTTON, NO_MODIFIER = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def send_mouse(canvas, kind, position, button, buttons, modifiers=NO_MODIFIER):
    """Send one mouse event at a position of the canvas, a QPointF in its own pixels."""
    glob = canvas.mapToGlobal(position)
    QApplication.sendEvent(canvas, QMouseEvent(kind, position, glob, button, buttons, modifiers))


def press(canvas, x, y, button=LEFT, modifiers=NO_MODIFIER):
    send_mouse(canvas, QEvent.Type.MouseButtonPress, canvas.image_to_view(x, y), button, button, modifiers)


def move(canvas, x, y, button=LEFT, modifiers=NO_MODIFIER):
    send_mouse(canvas, QEvent.Type.MouseMove, canvas.image_to_view(x, y), NO_BUTTON, button, modifiers)


def release(canvas, x, y, button=LEFT, modifiers=NO_MODIFIER):
    send_mouse(canvas, QEvent.Type.MouseButtonRelease, canvas.image_to_view(x, y), button, NO_BUTTON, modifiers)


def hover(canvas, x, y, modifiers=NO_MODIFIER):
    move(canvas, x, y, NO_BUTTON, modifiers)


def drag(canvas, points, button=LEFT, modifiers=NO_MODIFIER):
    """Press at the first of `points`, [(x, y), ...], go through the others and let go at the last."""
    press(canvas, *points[0], button, modifiers)
    for point in points[1:]:
        move(canvas, *point, button, modifiers)
    release(canvas, *points[-1], button, modifiers)


def click(canvas, x, y, button=LEFT, modifiers=NO_MODIFIER):
    drag(canvas, [(x, y)], button, modifiers)


def double_click(canvas, x, y, modifiers=NO_MODIFIER):
    click(canvas, x, y, modifiers=modifiers)
    position = canvas.image_to_view(x, y)
    send_mouse(canvas, QEvent.Type.MouseButtonDblClick, position, LEFT, LEFT, modifiers)
    release(canvas, x, y, modifiers=modifiers)


def wheel(canvas, x, y, steps, modifiers=NO_MODIFIER):
    """Turn the wheel by `steps` notches, away from the person when positive."""
    position = canvas.image_to_view(x, y)
    event = QWheelEvent(
        position,
        canvas.mapToGlobal(position),
        QPoint(),
        QPoint(0, round(120 * steps)),
        NO_BUTTON,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def key(canvas, code, modifiers=NO_MODIFIER):
    """Press and let go of a key."""
    key_down(canvas, code, modifiers)
    key_up(canvas, code, modifiers)


def key_down(canvas, code, modifiers=NO_MODIFIER):
    QApplication.sendEvent(canvas, QKeyEvent(QEvent.Type.KeyPress, code, modifiers))


def key_up(canvas, code, modifiers=NO_MODIFIER):
    QApplication.sendEvent(canvas, QKeyEvent(QEvent.Type.KeyRelease, code, modifiers))


def leave(canvas):
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))


def tablet(canvas, kind, x, y, pressure, is_eraser=False):
    """Send one event of a pen: `kind` is TabletPress, TabletMove or TabletRelease."""
    from PySide6.QtGui import QInputDevice, QPointingDevice, QPointingDeviceUniqueId, QTabletEvent

    end = QPointingDevice.PointerType.Eraser if is_eraser else QPointingDevice.PointerType.Pen
    device = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        end,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        2,
        "",
        QPointingDeviceUniqueId(),
    )
    position = canvas.image_to_view(x, y)
    is_up = kind == QEvent.Type.TabletRelease
    button = NO_BUTTON if kind == QEvent.Type.TabletMove else LEFT
    event = QTabletEvent(
        kind, device, position, QPointF(canvas.mapToGlobal(position)), pressure, 0, 0, 0, 0, 0, NO_MODIFIER, button,
        NO_BUTTON if is_up else LEFT,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
