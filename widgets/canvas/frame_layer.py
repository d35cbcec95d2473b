"""The clip's picture on the canvas."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPen

from widgets.canvas.sampling import NEAREST_FROM, Grid, level_for, nearest
from widgets.canvas.viewport import Viewport

GRID_FROM = 12.0
"""From this magnification on (screen pixels per pixel) lines part the pixels."""
_GRID_COLOURS = (QColor(255, 255, 255, 38), QColor(0, 0, 0, 60))


class FrameLayer:
    """Holds one picture, in the reductions that were needed, and paints what is exposed of it."""

    def __init__(self) -> None:
        self._image: NDArray[np.uint8] | None = None
        self._levels: dict[int, QImage] = {}

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """The picture shown, RGB uint8 (H, W, 3), read-only, or None."""
        return self._image

    def set_image(self, image: NDArray[np.uint8] | None) -> None:
        """Show `image`, RGB uint8 (H, W, 3), which must not change from here on; None shows nothing."""
        self._image = image
        self._levels.clear()

    def paint(self, painter: QPainter, viewport: Viewport, room: QRect, exposed: Grid, pixel_ratio: float) -> None:
        """Paint what of the picture lies in `exposed`, device pixels, which the painter is clipped to.

        `room` is all of the canvas, in logical pixels.
        """
        if self._image is None:
            return
        if exposed.scale >= NEAREST_FROM:
            self._paint_pixels(painter, exposed, pixel_ratio)
        else:
            self._paint_smoothly(painter, viewport, room, pixel_ratio)

    def _paint_pixels(self, painter: QPainter, exposed: Grid, pixel_ratio: float) -> None:
        """Paint pixels as squares, with the sampling that masks have: Qt's own lies a screen pixel off now and then."""
        assert self._image is not None
        left, top, right, bottom = exposed.image_box(0, self._image.shape[1], self._image.shape[0])
        if left >= right or top >= bottom:
            return
        bgra = cv2.cvtColor(self._image[top:bottom, left:right], cv2.COLOR_RGB2BGRA)
        pixels = nearest(bgra.view(np.uint32)[..., 0], (left, top), exposed)
        image = QImage(
            pixels.data, exposed.width, exposed.height, 4 * exposed.width, QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(pixel_ratio)
        painter.drawImage(QPointF(exposed.left / pixel_ratio, exposed.top / pixel_ratio), image)

    def _paint_smoothly(self, painter: QPainter, viewport: Viewport, room: QRect, pixel_ratio: float) -> None:
        """Paint the picture reduced, or a little enlarged, into `room`; the painter's clip bounds the cost.

        The source is cut to `room` and not to the clip: then each pixel is sampled at the same place
        whatever was exposed, and pieces painted at different times join without a seam.
        """
        assert self._image is not None
        x0, y0 = viewport.to_image(room.left(), room.top())
        x1, y1 = viewport.to_image(room.right() + 1, room.bottom() + 1)
        level = level_for(viewport.scale * pixel_ratio)
        picture = self._level(level)
        step = 1 << level
        left = max(0, math.floor((x0 + 0.5) / step) - 1)
        top = max(0, math.floor((y0 + 0.5) / step) - 1)
        right = min(picture.width(), math.ceil((x1 + 0.5) / step) + 1)
        bottom = min(picture.height(), math.ceil((y1 + 0.5) / step) + 1)
        if left >= right or top >= bottom:
            return
        place = QRectF(*viewport.rect_of(left * step, top * step, right * step, bottom * step))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(place, picture, QRectF(left, top, right - left, bottom - top))

    def paint_grid(self, painter: QPainter, viewport: Viewport, exposed: QRect) -> None:
        """Paint the lines between pixels within `exposed` when they are large enough."""
        if self._image is None or viewport.scale < GRID_FROM:
            return
        height, width = self._image.shape[:2]
        x0, y0 = viewport.to_image(exposed.left(), exposed.top())
        x1, y1 = viewport.to_image(exposed.right() + 1, exposed.bottom() + 1)
        columns = range(max(0, math.floor(x0 + 0.5)), min(width, math.ceil(x1 + 0.5)) + 1)
        rows = range(max(0, math.floor(y0 + 0.5)), min(height, math.ceil(y1 + 0.5)) + 1)
        if not columns or not rows:
            return
        left, top = viewport.to_view(columns[0] - 0.5, rows[0] - 0.5)
        right, bottom = viewport.to_view(columns[-1] - 0.5, rows[-1] - 0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for offset, colour in enumerate(_GRID_COLOURS):  # a light and a dark line, to be seen on anything
            painter.setPen(QPen(colour, 0))
            for column in columns:
                x = round(viewport.to_view(column - 0.5, 0)[0]) - offset
                painter.drawLine(x, round(top), x, round(bottom))
            for row in rows:
                y = round(viewport.to_view(0, row - 0.5)[1]) - offset
                painter.drawLine(round(left), y, round(right), y)

    def _level(self, level: int) -> QImage:
        """Return the picture halved `level` times, made on first need."""
        assert self._image is not None
        found = self._levels.get(level)
        if found is None:
            found = self._levels[level] = _to_qimage(_reduced(self._image, level))
        return found


def device_grid(viewport: Viewport, piece: QRect, ratio: float) -> Grid:
    """Return the device pixels, `ratio` to a logical one, of a piece of a widget that shows a picture so."""
    left, top = math.floor(piece.left() * ratio), math.floor(piece.top() * ratio)
    right = math.ceil((piece.left() + piece.width()) * ratio)
    bottom = math.ceil((piece.top() + piece.height()) * ratio)
    return Grid(
        viewport.scale * ratio, (viewport.left * ratio, viewport.top * ratio), left, top, right - left, bottom - top
    )


def ground(palette: QPalette) -> QColor:
    """Return the colour around a picture: neutral, a little off the window's."""
    return palette.color(QPalette.ColorRole.Window).darker(118)


def _reduced(image: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Return `image` at 1 / 2 ** level of its size, averaged; what is left over at the right and below is cut off.

    That is less than a screen pixel. Whole factors keep OpenCV on its fast path: 3 ms for 4K, not 50.
    """
    width, height = image.shape[1] >> level, image.shape[0] >> level
    if level == 0 or not width or not height:
        return image
    whole = image[: height << level, : width << level]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def _to_qimage(image: NDArray[np.uint8]) -> QImage:
    """Return `image`, RGB uint8 (H, W, 3), in the format that Qt draws fastest. 3 ms for 8 million pixels."""
    bgra = cv2.cvtColor(image, cv2.COLOR_RGB2BGRA)
    height, width = bgra.shape[:2]
    return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_RGB32)
