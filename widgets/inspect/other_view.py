"""The other frame, beside the canvas and moving with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.media.picture import Picture
from widgets.canvas.flow_layer import FlowLayer
from widgets.canvas.frame_layer import FrameLayer, device_grid, ground
from widgets.canvas.input import WHEEL_STEP
from widgets.canvas.inspect_overlay import Overlay
from widgets.canvas.notices import paint_banner
from widgets.canvas.tools.select import CLICK_PX
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.desk.workspace import Workspace
    from widgets.canvas.canvas import Canvas


class OtherView(QWidget):
    """Shows the inspection's other frame as the canvas shows its own: what one does, the other does. GUI thread only.

    Hovering looks for the pixel on the canvas's frame; a click holds it; wheel and drag move both pictures.
    """

    hovered = Signal(str)
    """The position under the pointer, to be read; empty when it has left."""

    def __init__(self, workspace: Workspace, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inspection = workspace.inspection
        self._canvas = canvas
        self.viewport = Viewport()
        self.frames = FrameLayer()
        self.shown_frame: int | None = None
        self._damage = ""
        self._overlay = Overlay(self._inspection, "there")
        self._flow = FlowLayer(workspace, "there")
        self._painted = QRectF()
        self._pressed_at: QPointF | None = None
        self._last = QPointF()
        self._has_dragged = False
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Other frame")
        self.setMinimumSize(150, 150)
        self.setCursor(Qt.CursorShape.CrossCursor)
        canvas.moved.connect(self.follow)
        self._inspection.changed.connect(self.refresh_overlay)
        self._inspection.other_changed.connect(self.show_picture)
        self._inspection.picture_ready.connect(self.take_picture)
        workspace.clip_changed.connect(self.show_picture)
        workspace.flow_seen.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Ask for as much as the canvas."""
        return self._canvas.sizeHint()

    def image_to_view(self, x: float, y: float) -> QPointF:
        """Return where an image position lies here, in logical pixels."""
        return QPointF(*self.viewport.to_view(x, y))

    # the picture

    @Slot()
    def show_picture(self) -> None:
        """Show the other frame if its picture is at hand; until it comes, the one before stays."""
        other, picture = self._inspection.other, self._inspection.picture()
        if other is None:
            self.shown_frame, self._damage = None, ""
            self.frames.set_image(None)
            self.update()
        elif picture is not None:
            self.take_picture(other, picture)

    @Slot(int, object)
    def take_picture(self, frame: int, picture: Picture) -> None:
        """Show a picture."""
        self.shown_frame, self._damage = frame, picture.damage
        self.frames.set_image(picture.image)
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what the canvas shows: all of the picture, or as large and with the same place in the middle."""
        size, canvas = self._picture_size(), self._canvas
        if size is None:
            return
        if canvas.is_fitted:
            viewport = Viewport.fitted(size, (self.width(), self.height()))
        else:
            middle = canvas.viewport.to_image(canvas.width() / 2, canvas.height() / 2)
            viewport = Viewport.centred(canvas.viewport.scale, middle, (self.width() / 2, self.height() / 2))
        self.viewport = viewport.snapped(self.devicePixelRatioF())
        self.update()

    def _lead(self, viewport: Viewport) -> None:
        """Have the canvas show what `viewport` would show here, and follow it."""
        self._canvas.look_at(viewport.scale, *viewport.to_image(self.width() / 2, self.height() / 2))

    def _picture_size(self) -> tuple[int, int] | None:
        image = self.frames.image
        return None if image is None else (image.shape[1], image.shape[0])

    # the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to push, or to click."""
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)  # keys go on working as on the canvas
        self._pressed_at = self._last = event.position()
        self._has_dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Look at the pixel under the pointer, or push both pictures."""
        at = event.position()
        if self._pressed_at is not None:
            self._has_dragged = self._has_dragged or (at - self._pressed_at).manhattanLength() > CLICK_PX
            if self._has_dragged:
                self._lead(self.viewport.panned(at.x() - self._last.x(), at.y() - self._last.y()))
            self._last = at
            return
        self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Hold the point or let it go, if this was a click."""
        was_click = self._pressed_at is not None and not self._has_dragged
        self._pressed_at = None
        if was_click and self.shown_frame is not None:
            self._inspection.hold("there", *self._position(event.position()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom both pictures about the pointer."""
        at = event.position()
        factor = WHEEL_STEP ** (event.angleDelta().y() / 120)
        self._lead(self.viewport.zoomed(factor, at.x(), at.y()))
        self._hover(at)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Look at nothing more."""
        self._inspection.leave()
        self.hovered.emit("")

    def _hover(self, at: QPointF) -> None:
        if self.shown_frame is None:
            return
        x, y = self._position(at)
        self._inspection.hover("there", x, y)
        self.hovered.emit(f"{round(x)}, {round(y)} in frame {self.shown_frame}")

    def _position(self, at: QPointF) -> tuple[float, float]:
        return self.viewport.to_image(at.x(), at.y())

    # drawing

    @Slot()
    def refresh_overlay(self) -> None:
        """Repaint what is drawn over the picture, where it was and where it is."""
        before, self._painted = self._painted, self._overlay.bounds(self.viewport, QRectF(self.rect()))
        for part in (before, self._painted):
            self.update(part.toAlignedRect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture and what was found in it."""
        painter = QPainter(self)
        piece = event.rect()
        painter.setClipRect(piece)
        painter.fillRect(piece, ground(self.palette()))
        size = self._picture_size()
        if size is None:
            return
        ratio = self.devicePixelRatioF()
        exposed = device_grid(self.viewport, piece, ratio)
        self.frames.paint(painter, self.viewport, self.rect(), exposed, ratio)
        self.frames.paint_grid(painter, self.viewport, piece)
        self._flow.paint(painter, self.viewport, size)
        self._overlay.paint(painter, self.viewport, size, with_heat=not self._flow.is_on, words=self._flow.words)
        if self._damage:
            paint_banner(painter, self.rect(), self._damage)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the same at another size."""
        self.follow()
