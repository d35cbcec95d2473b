"""A widget that shows a picture zoomed and pushed, or all of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from engines.labels.rle import Box
from widgets.canvas.viewport import Viewport

ZOOM_STEP = 1.25


class ZoomedView(QWidget):
    """Keeps where the picture lies while one zooms, pushes it, and changes the widget's size. GUI thread only.

    Where that is, is `Viewport`'s arithmetic. Before `set_picture_size` nothing lies anywhere.
    """

    zoomed = Signal(float)
    """Screen pixels per image pixel."""
    moved = Signal()
    """The picture lies elsewhere, or is larger or smaller."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewport = Viewport()
        self._picture_size: tuple[int, int] | None = None
        self._zooming: tuple[QPointF, Viewport] | None = None  # where, and what to go on from, lest roundings add up
        self._is_fitted = True

    @property
    def picture_size(self) -> tuple[int, int] | None:
        """Width and height of the picture, in its pixels; None where there is none."""
        return self._picture_size

    def set_picture_size(self, size: tuple[int, int] | None) -> None:
        """Show another picture, of (width, height), all of it; None for none."""
        self._picture_size = size
        self.fit()
        if size is not None:
            self.zoomed.emit(self.viewport.scale)  # also where it happens to be the one of the picture before

    @property
    def is_fitted(self) -> bool:
        """Whether all of the picture is shown, and will be at any size of the widget."""
        return self._is_fitted

    def image_to_view(self, x: float, y: float) -> QPointF:
        """Return where an image position lies on the widget, in logical pixels."""
        return QPointF(*self.viewport.to_view(x, y))

    def view_to_image(self, position: QPointF) -> tuple[float, float]:
        """Return the image position, pixel centres at whole numbers, under a point of the widget."""
        return self.viewport.to_image(position.x(), position.y())

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture by screen pixels."""
        self._is_fitted = False
        self._set_viewport(self.viewport.panned(dx, dy))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by a factor around a point of the widget, its middle if none is given."""
        at = QPointF(self.width() / 2, self.height() / 2) if at is None else at
        self._is_fitted = False
        begun = self._zooming[1] if self._zooming is not None and self._zooming[0] == at else self.viewport
        zoomed = begun.zoomed(factor, at.x(), at.y())
        self._set_viewport(zoomed)
        self._zooming = (at, zoomed)

    def zoom_in(self) -> None:
        """Zoom in by one step."""
        self.zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Zoom out by one step."""
        self.zoom(1 / ZOOM_STEP)

    def actual_size(self) -> None:
        """Show one image pixel as one screen pixel."""
        self.zoom(1 / (self.viewport.scale * self.devicePixelRatioF()))

    def fit(self) -> None:
        """Show all of the picture, and go on doing so when the widget changes its size."""
        if self._picture_size is not None:
            self._is_fitted = True
            self._set_viewport(Viewport.fitted(self._picture_size, self._size()))

    def look_at(self, scale: float, x: float, y: float) -> None:
        """Bring an image position into the middle, at `scale` screen pixels per image pixel."""
        self._is_fitted = False
        centre = (self.width() / 2, self.height() / 2)
        self._set_viewport(Viewport.centred(scale, (x, y), centre))

    def look_at_box(self, box: Box, max_scale: float) -> None:
        """Bring the pixels of `box` into the middle with room around, no nearer than `max_scale`."""
        self._is_fitted = False
        self._set_viewport(Viewport.showing(box, self._size(), max_scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again if the picture was fitted; else keep the middle in the middle."""
        if self._is_fitted:
            self.fit()
            return
        before = event.oldSize()
        dx, dy = (self.width() - before.width()) / 2, (self.height() - before.height()) / 2
        self._set_viewport(self.viewport.panned(dx, dy))

    def _set_viewport(self, viewport: Viewport) -> None:
        if self._picture_size is None:
            return
        self._zooming = None
        viewport = viewport.held(self._picture_size, self._size()).snapped(self.devicePixelRatioF())
        has_zoomed = viewport.scale != self.viewport.scale
        self.viewport = viewport
        if has_zoomed:
            self.zoomed.emit(viewport.scale)
        self.update()
        self.moved.emit()

    def _size(self) -> tuple[int, int]:
        return (self.width(), self.height())
