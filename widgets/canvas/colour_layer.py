"""The clip's picture as it is coloured: instead of it, or on one side of a line; and what the network takes it for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.formats.mask_png import davis_palette
from engines.colour.sizes import CLASS_NAMES
from widgets.canvas import marks
from widgets.canvas.frame_layer import FrameLayer
from widgets.canvas.sampling import Grid
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.desk.workspace import Workspace

CLASSES_OPACITY = 0.5
STRIPE_PX = 6
"""Cells from stripe to stripe, where colours were never seen."""
UNSEEN_RGBA = (255, 60, 200, 150)
_WORDS_Y = 14


class ColourLayer:
    """Paints the frame, in colour where there are colours and the view wants them. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._coloured = FrameLayer()
        self._frame: int | None = None
        self._classes: tuple[object, QImage] | None = None
        self._unseen: tuple[object, QImage] | None = None

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """The picture in colour, RGB uint8 (H, W, 3), None where there is none."""
        return self._coloured.image

    @property
    def is_shown(self) -> bool:
        """Whether any of it is seen in colour: not beside a warped frame, which has the clip's own colours."""
        is_wanted = self._workspace.view.colour_view != "original" and not self._workspace.flow_seen.is_on
        return self.image is not None and is_wanted

    @property
    def is_split(self) -> bool:
        """Whether the two lie either side of a line."""
        return self.is_shown and self._workspace.view.colour_view == "split"

    def read(self, frame: int | None) -> None:
        """Take the picture of a frame as it is coloured by now."""
        self._frame = frame
        image = None if frame is None else self._workspace.colouring.picture(frame)
        if image is not self._coloured.image:
            self._coloured.set_image(image)

    def line(self, viewport: Viewport) -> float:
        """Return where the line of a split stands, in screen pixels of the canvas."""
        width = 0 if self.image is None else self.image.shape[1]
        return viewport.to_view(self._workspace.view.swipe_at * width - 0.5, 0)[0]

    def class_at(self, x: float, y: float) -> str:
        """Return what the network takes a place of the picture for, "" where that is not seen."""
        found, image = self._workspace.colouring.class_map, self.image
        if found is None or image is None or not self._shows_classes:
            return ""
        rows, columns = found.classes.shape
        row = min(rows - 1, max(0, int((y + 0.5) * rows / image.shape[0])))
        column = min(columns - 1, max(0, int((x + 0.5) * columns / image.shape[1])))
        return CLASS_NAMES[found.classes[row, column]]

    @property
    def _shows_classes(self) -> bool:
        found = self._workspace.colouring.class_map
        is_wanted = self._workspace.colouring.is_on and self._workspace.view.show_classes
        return is_wanted and found is not None and found.frame == self._frame

    def paint(
        self,
        painter: QPainter,
        plain: FrameLayer,
        viewport: Viewport,
        room: QRect,
        piece: QRect,
        exposed: Grid,
        pixel_ratio: float,
    ) -> None:
        """Paint what of the picture lies in `piece`, which the painter is clipped to; else as `FrameLayer.paint`."""
        if not self.is_shown:
            plain.paint(painter, viewport, room, exposed, pixel_ratio)
        elif not self.is_split:
            self._coloured.paint(painter, viewport, room, exposed, pixel_ratio)
        else:
            line = round(self.line(viewport))
            for layer, side in (
                (plain, QRect(room.left(), room.top(), line - room.left(), room.height())),
                (self._coloured, QRect(line, room.top(), room.right() + 1 - line, room.height())),
            ):
                painter.setClipRect(piece & side)
                layer.paint(painter, viewport, room, exposed, pixel_ratio)
            painter.setClipRect(piece)
        self._paint_maps(painter, viewport)

    def paint_line(self, painter: QPainter, viewport: Viewport, room: QRect) -> None:
        """Draw the line of a split, and which side is which."""
        if not self.is_split:
            return
        x = self.line(viewport)
        marks.twice(painter, lambda: painter.drawLine(QPointF(x, 0), QPointF(x, room.height())))
        for text, left in (("original", x - 8 - marks.label_width(painter, "original")), ("coloured", x + 8)):
            marks.paint_label(painter, marks.label_box(painter, QPointF(left, _WORDS_Y), text), text)

    def _paint_maps(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw classes over the picture, or where colours were never seen, if they are wanted."""
        image, colouring = self.image, self._workspace.colouring
        if image is None:
            return
        place = QRectF(*viewport.rect_of(0, 0, image.shape[1], image.shape[0]))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        is_wanted = self._frame is not None and colouring.is_on and self._workspace.view.show_unseen
        unseen = colouring.unseen(self._frame) if is_wanted and self._frame is not None else None
        if unseen is not None:
            if self._unseen is None or self._unseen[0] is not unseen:
                self._unseen = unseen, _striped(unseen)
            painter.drawImage(place, self._unseen[1])
        if self._shows_classes and colouring.class_map is not None:
            if self._classes is None or self._classes[0] is not colouring.class_map:
                self._classes = colouring.class_map, _class_image(colouring.class_map.classes)
            painter.setOpacity(CLASSES_OPACITY)
            painter.drawImage(place, self._classes[1])
            painter.setOpacity(1.0)


def class_colour(number: int) -> QColor:
    """Return the colour in which a class is shown."""
    return QColor(*(int(value) for value in davis_palette()[number + 1]))


def _class_image(classes: NDArray[np.uint8]) -> QImage:
    return _image(np.dstack([davis_palette()[classes.astype(int) + 1], np.full(classes.shape, 255, np.uint8)]))


def _striped(unseen: NDArray[np.bool_]) -> QImage:
    """Return stripes where `unseen` (h, w) holds, and nothing elsewhere."""
    rows, columns = np.indices(unseen.shape)
    is_stripe = unseen & ((rows + columns) % STRIPE_PX < STRIPE_PX // 2)
    return tinted(is_stripe, UNSEEN_RGBA)


def tinted(mask: NDArray[np.bool_], rgba: tuple[int, int, int, int]) -> QImage:
    """Return a picture of one colour where `mask` (h, w) holds, clear elsewhere."""
    pixels = np.zeros((*mask.shape, 4), np.uint8)
    pixels[mask] = rgba
    return _image(pixels)


def _image(rgba: NDArray[np.uint8]) -> QImage:
    """Return an RGBA array as a picture of its own memory."""
    height, width = rgba.shape[:2]
    flat = np.ascontiguousarray(rgba)
    return QImage(flat.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
