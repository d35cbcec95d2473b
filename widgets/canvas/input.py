"""From Qt's events to gestures: which button, which key, which end of the pen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)

from widgets.canvas.tools.tool import Pointer, Tool
from widgets.canvas.zoomed_view import ZoomedView

if TYPE_CHECKING:
    from app.desk.workspace import Workspace

WHEEL_STEP = 1.2
BRUSH_STEP = 1.15
KEY_PAN_PX = 60
_ARROWS = {
    Qt.Key.Key_Left: (KEY_PAN_PX, 0),
    Qt.Key.Key_Right: (-KEY_PAN_PX, 0),
    Qt.Key.Key_Up: (0, KEY_PAN_PX),
    Qt.Key.Key_Down: (0, -KEY_PAN_PX),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MODIFIER_KEYS = {
    Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
    Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
}


class CanvasInput(QObject):
    """Listens to a view's mouse, pen, wheel and keys and turns them into tool gestures, panning and zooming.

    Space held down pans with any tool; tapped, it starts and stops playing. Keys that a busy tool
    needs (Escape, Enter, Backspace, Undo) are kept from the window's shortcuts while it is busy.
    """

    pointed = Signal()
    """The pointer is elsewhere, or over another part of the picture; see `position`."""
    left = Signal()
    """The pointer has left."""

    def __init__(self, view: ZoomedView, workspace: Workspace, tool: Callable[[], Tool]) -> None:
        """Listen from here on; `tool` tells which one is in hand."""
        super().__init__(view)
        self._view = view
        self._workspace = workspace
        self._tool = tool
        self._button = Qt.MouseButton.NoButton
        self._pan_from: QPointF | None = None
        self._is_space_down = False
        self._has_space_panned = False
        self._pointer: Pointer | None = None
        self._on: dict[QEvent.Type, Callable] = {
            QEvent.Type.MouseButtonPress: self._on_mouse,
            QEvent.Type.MouseButtonDblClick: self._on_mouse,
            QEvent.Type.MouseMove: self._on_mouse,
            QEvent.Type.MouseButtonRelease: self._on_mouse,
            QEvent.Type.TabletPress: self._on_tablet,
            QEvent.Type.TabletMove: self._on_tablet,
            QEvent.Type.TabletRelease: self._on_tablet,
            QEvent.Type.Wheel: self._on_wheel,
            QEvent.Type.NativeGesture: self._on_native_gesture,
            QEvent.Type.Leave: self._on_leave,
            QEvent.Type.FocusOut: self._on_focus_out,
            QEvent.Type.ShortcutOverride: self._on_shortcut_override,
            QEvent.Type.KeyPress: self._on_key_press,
            QEvent.Type.KeyRelease: self._on_key_release,
        }
        view.installEventFilter(self)

    @property
    def position(self) -> tuple[float, float] | None:
        """The image position under the pointer by now, None where it has left."""
        pointer = self._pointer
        return None if pointer is None else self._view.view_to_image(QPointF(pointer.view_x, pointer.view_y))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take an event of the view if it is one of ours."""
        handle = self._on.get(event.type())
        return bool(handle is not None and self._workspace.clip is not None and handle(event))

    def show_cursor(self) -> None:
        """Show the cursor of what a press would do now."""
        if self._pan_from is not None:
            cursor = Qt.CursorShape.ClosedHandCursor
        elif self._is_space_down:
            cursor = Qt.CursorShape.OpenHandCursor
        else:
            cursor = self._tool().cursor
        if self._view.cursor().shape() != cursor:
            self._view.setCursor(cursor)

    # pointer

    def _on_mouse(self, event: QMouseEvent) -> bool:
        kind, position = event.type(), event.position()
        if kind == QEvent.Type.MouseMove:
            self._move(self._to_pointer(position, self._button, event.modifiers()))
        elif kind == QEvent.Type.MouseButtonRelease:
            self._release(self._to_pointer(position, event.button(), event.modifiers()))
        else:
            is_double = kind == QEvent.Type.MouseButtonDblClick
            self._press(self._to_pointer(position, event.button(), event.modifiers()), is_double=is_double)
        return True

    def _on_tablet(self, event: QTabletEvent) -> bool:
        is_eraser_end = event.pointerType() == QPointingDevice.PointerType.Eraser
        is_moving = event.type() == QEvent.Type.TabletMove
        pointer = replace(
            self._to_pointer(event.position(), self._button if is_moving else event.button(), event.modifiers()),
            pressure=event.pressure(),
            is_eraser_end=is_eraser_end,
        )
        if is_moving:
            self._move(pointer)
        elif event.type() == QEvent.Type.TabletPress:
            self._press(pointer)
        else:
            self._release(pointer)
        event.accept()  # else Qt makes a mouse event of it
        return True

    def _press(self, pointer: Pointer, *, is_double: bool = False) -> None:
        view = self._view
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._button != Qt.MouseButton.NoButton:  # a second button during a gesture
            return
        self._button = pointer.button
        if self._is_space_down or pointer.button == Qt.MouseButton.MiddleButton:
            self._pan_from = QPointF(pointer.view_x, pointer.view_y)
        elif is_double:
            self._tool().double_click(pointer)
        else:
            self._tool().press(pointer)
        self.show_cursor()

    def _move(self, pointer: Pointer) -> None:
        view = self._view
        self._pointer = pointer
        if self._pan_from is not None:
            here = QPointF(pointer.view_x, pointer.view_y)
            view.pan(here.x() - self._pan_from.x(), here.y() - self._pan_from.y())
            self._pan_from = here
            self._has_space_panned = True
        else:
            self._tool().move(pointer)
        self.pointed.emit()

    def _release(self, pointer: Pointer) -> None:
        if pointer.button != self._button:
            return
        self._button = Qt.MouseButton.NoButton
        if self._pan_from is not None:
            self._pan_from = None
        else:
            self._tool().release(pointer)
        self.show_cursor()

    def _to_pointer(self, position: QPointF, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Pointer:
        x, y = self._view.view_to_image(position)
        return Pointer(x, y, position.x(), position.y(), button, modifiers)

    def _on_leave(self, event: QEvent) -> bool:
        self._pointer = None
        self._tool().leave()
        self.left.emit()
        return False

    # wheel

    def _on_wheel(self, event: QWheelEvent) -> bool:
        view = self._view
        steps = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._workspace.view.brush_radius_px *= BRUSH_STEP**steps
        elif event.phase() != Qt.ScrollPhase.NoScrollPhase:  # fingers on a touchpad push the picture
            view.pan(event.pixelDelta().x(), event.pixelDelta().y())
        else:
            view.zoom(WHEEL_STEP**steps, event.position())
        self._hover_again(event.position())
        event.accept()
        return True

    def _on_native_gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._view.zoom(1 + event.value(), event.position())
        return True

    def _hover_again(self, position: QPointF) -> None:
        """Tell the tool that the picture has moved under a pointer that has not."""
        if self._button == Qt.MouseButton.NoButton:
            modifiers = Qt.KeyboardModifier.NoModifier if self._pointer is None else self._pointer.modifiers
            self._move(self._to_pointer(position, self._button, modifiers))

    # keys

    def _on_shortcut_override(self, event: QKeyEvent) -> bool:
        is_ours = event.key() == Qt.Key.Key_Space and not event.modifiers()
        is_tools = self._tool_action(event) is not None
        if is_ours or is_tools or (self._tool().is_busy and self._busy_action(event) is not None):
            event.accept()
            return True
        return False

    def _tool_action(self, event: QKeyEvent) -> Callable[[], None] | None:
        """Return what a key does to the tool in hand."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        name = QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key())))
        return self._tool().keys().get(name.toString(QKeySequence.SequenceFormat.PortableText))

    def _busy_action(self, event: QKeyEvent) -> Callable[[], None] | None:
        """Return what a key does to a tool that is busy."""
        tool = self._tool()
        if event.key() == Qt.Key.Key_Escape:
            return tool.cancel
        if event.key() in _ENTER:
            return tool.accept
        if event.key() == Qt.Key.Key_Backspace or event.matches(QKeySequence.StandardKey.Undo):
            return tool.step_back
        return None

    def _on_key_press(self, event: QKeyEvent) -> bool:
        action = self._busy_action(event) if self._tool().is_busy else None
        action = action or self._tool_action(event)
        if action is not None:
            action()
        elif event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self._is_space_down, self._has_space_panned = True, False
                self.show_cursor()
        elif event.key() in _ARROWS:
            self._view.pan(*_ARROWS[Qt.Key(event.key())])
        else:
            self._on_modifier(event, is_down=True)
            return False
        event.accept()
        return True

    def _on_key_release(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space and self._is_space_down:
            if not event.isAutoRepeat():
                self._is_space_down = False
                self.show_cursor()
                workspace = self._workspace
                if not self._has_space_panned and workspace.clip is not None and workspace.clip.n_frames > 1:
                    workspace.view.is_playing = not workspace.view.is_playing
            return True
        self._on_modifier(event, is_down=False)
        return False

    def _on_modifier(self, event: QKeyEvent, *, is_down: bool) -> None:
        """Let the tool show at once what Shift or Ctrl would make of the next click."""
        flag = _MODIFIER_KEYS.get(Qt.Key(event.key()))
        if flag is None or self._pointer is None or self._button != Qt.MouseButton.NoButton:
            return
        modifiers = self._pointer.modifiers | flag if is_down else self._pointer.modifiers & ~flag
        self._move(replace(self._pointer, modifiers=modifiers))

    def _on_focus_out(self, event: QEvent) -> bool:
        self._is_space_down = False
        self.show_cursor()
        return False
