"""The objects' textures on the canvas: as they were drawn off the GUI thread, and the one that is being painted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from app.project.model import Object
from app.tasks.textures import Layer, Worn
from engines.labels.rle import Box
from widgets.canvas.mesh_painting import paint_mesh
from widgets.canvas.sampling import NEAREST_FROM
from widgets.canvas.viewport import Viewport


class HeldPicture(Protocol):
    """A texture's picture in hand, as the layer draws it."""

    @property
    def object(self) -> Object:
        """Whose picture it is."""

    @property
    def frame(self) -> int:
        """Which frame it is painted on."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """What is painted so far, RGBA uint8 (H, W, 4), colours multiplied by alpha."""

    @property
    def is_settled(self) -> bool:
        """Whether all strokes have become steps."""

    def is_of(self, object_id: int, frame: int, worn: Worn | None) -> bool:
        """Return whether it is what an object shows on a frame: nobody has changed that since."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownTexture:
    """One visible object's texture on a frame."""

    object: Object
    layer: Layer

    @property
    def box(self) -> Box:
        """The pixels that hold its paint and its net, which may lie outside the picture."""
        net = self.layer.net
        if net is None:
            return self.layer.box
        (left, top), (right, bottom) = np.floor(net.vertices.min(0)), np.ceil(net.vertices.max(0)) + 1
        box = self.layer.box if self.layer.rgba.size else (left, top, right, bottom)
        return int(min(left, box[0])), int(min(top, box[1])), int(max(right, box[2])), int(max(bottom, box[3]))


class TextureLayer:
    """Knows which textures are shown and paints them, bottom to top. GUI thread only.

    `hand` is what is being painted: it is shown in place of its object's texture, or above all others where that has
    none yet.
    """

    def __init__(self) -> None:
        self.hand: HeldPicture | None = None
        self.frame: int | None = None
        """Which frame's are shown."""
        self._shown: tuple[ShownTexture, ...] = ()
        self._images: dict[int, tuple[Layer, QImage]] = {}

    @property
    def shown(self) -> tuple[ShownTexture, ...]:
        """The textures shown, bottom to top."""
        return self._shown

    def set_shown(self, shown: Sequence[ShownTexture]) -> list[Box]:
        """Show these and return where that differs from before."""
        before = {id(one.layer): one.box for one in self._shown}
        after = {id(one.layer): one.box for one in shown}
        if [id(one.layer) for one in self._shown] == [id(one.layer) for one in shown]:
            return []
        self._shown = tuple(shown)
        self._images = {key: found for key, found in self._images.items() if key in after}
        return [box for key, box in (before | after).items() if not (key in before and key in after)]

    def clear(self) -> None:
        """Show nothing, and have nothing in hand."""
        self.hand = self.frame = None
        self._shown, self._images = (), {}

    def object_at(self, x: float, y: float) -> Object | None:
        """Return the topmost object whose paint is at an image position."""
        column, row = math.floor(x + 0.5), math.floor(y + 0.5)
        for one in reversed(self._shown):
            left, top, right, bottom = one.layer.box
            if left <= column < right and top <= row < bottom and one.layer.rgba[row - top, column - left, 3]:
                return one.object
        return None

    def paint(self, painter: QPainter, viewport: Viewport, piece: QRect) -> None:
        """Paint what lies in `piece`, logical pixels, which the painter is clipped to; it is untransformed."""
        in_hand = None if self.hand is None else self.hand.object.object_id
        if not self._shown and self.hand is None:
            return
        painter.save()
        is_smooth = viewport.scale * painter.device().devicePixelRatioF() < NEAREST_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        for one in self._shown:
            if one.object.object_id != in_hand:
                _draw(painter, viewport, piece, self._image(one.layer), one.layer.box)
        if self.hand is not None:
            pixels = self.hand.pixels
            height, width = pixels.shape[:2]
            format_ = QImage.Format.Format_RGBA8888_Premultiplied
            _draw(
                painter, viewport, piece, QImage(pixels.data, width, height, 4 * width, format_), (0, 0, width, height)
            )
        painter.restore()

    def paint_mesh(self, painter: QPainter, viewport: Viewport, object_id: int | None) -> None:
        """Paint the net of an object's texture, where a run has made one."""
        for one in self._shown:
            if one.object.object_id == object_id and one.layer.net is not None:
                paint_mesh(painter, viewport, one.layer.net, one.layer.net.vertices)

    def _image(self, layer: Layer) -> QImage:
        """Return a layer in the format that Qt draws fastest."""
        found = self._images.get(id(layer))
        if found is None:
            found = self._images[id(layer)] = (layer, to_qimage(layer.rgba))
        return found[1]


def to_qimage(rgba: NDArray[np.uint8]) -> QImage:
    """Return RGBA uint8 (h, w, 4), colours multiplied by alpha, as an image of its own memory."""
    height, width = rgba.shape[:2]
    if not height or not width:
        return QImage()
    bgra = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA)
    return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _draw(painter: QPainter, viewport: Viewport, piece: QRect, image: QImage, box: Box) -> None:
    """Draw the part of an image of the picture's `box` that lies in a piece of the canvas."""
    x0, y0 = viewport.to_image(piece.left(), piece.top())
    x1, y1 = viewport.to_image(piece.right() + 1, piece.bottom() + 1)
    left, top = max(box[0], math.floor(x0 + 0.5) - 1), max(box[1], math.floor(y0 + 0.5) - 1)
    right, bottom = min(box[2], math.ceil(x1 + 0.5) + 1), min(box[3], math.ceil(y1 + 0.5) + 1)
    if left >= right or top >= bottom:
        return
    target = QRectF(*viewport.rect_of(left, top, right, bottom))
    painter.drawImage(target, image, QRectF(left - box[0], top - box[1], right - left, bottom - top))
