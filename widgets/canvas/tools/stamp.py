"""The tool that lays a picture on the frame, warps it by its corners, and paints it."""

from __future__ import annotations

import math
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF, QTransform

from app.project.model import Kind
from engines.labels.alpha import over
from engines.labels.rle import Box
from widgets.canvas import marks
from widgets.canvas.picture_hand import take_picture
from widgets.canvas.stage import Stage
from widgets.canvas.stamp_image import stamp_image
from widgets.canvas.texture_layer import to_qimage
from widgets.canvas.tools.tool import Pointer, Tool

GRAB_PX = 10.0
CORNER_PX = 4.5
_SHARE = 0.4
"""Of the picture's height that a stamp takes which is laid by a click."""
_HINT = "Enter paints it, Esc drops it"
_HINT_REACH_PX = 300.0
"""How far beside the stamp the hint may lie, so as to be whole on the canvas."""

Corners = list[tuple[float, float]]
"""Image positions: left top, right top, right bottom, left bottom."""


class Stamp(Tool):
    """A drag lays the stamp, a click lays it in its size; then corners are dragged, or all of it from inside.

    Enter or a double click paints it, on the texture that was selected and the frame that was shown when it was laid;
    so does whatever leaves it: another frame, object or tool, a run, closing. Escape drops it. Where it cannot be
    painted just then it waits on its frame.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._image: NDArray[np.uint8] | None = None
        self._seen = QImage()
        self._corners: Corners = []
        self._laid_on: tuple[int, int] | None = None
        """The object and the frame."""
        self._start: Pointer | None = None
        self._held: int | None = None
        """The corner that is dragged; 4 is all of them."""
        view = stage.workspace.view
        stamp, colour = view.stamp, view.paint_colour
        stage.workspace.textures.work_out(lambda: stamp_image(stamp, colour), self._on_made)

    def _on_made(self, image: NDArray[np.uint8]) -> None:
        self._image, self._seen = image, to_qimage(image)

    @property
    def is_busy(self) -> bool:
        """Whether a stamp is laid on this frame."""
        return bool(self._corners) and self._laid_on is not None and self._laid_on[1] == self.stage.shown_frame

    @property
    def corners(self) -> Corners:
        """Where it is laid, empty where it is not."""
        return list(self._corners)

    def press(self, pointer: Pointer) -> None:
        """Take hold of a corner, or of all, or begin to lay it."""
        if pointer.button != Qt.MouseButton.LeftButton or self._image is None:
            return
        if self.is_busy:
            self._start, self._held = pointer, self._near(pointer)
            return
        self.finish()
        if self._corners or not self._may_lay():
            return
        self._start = pointer
        self._corners = self._upright(pointer, pointer)
        self._held = None
        self.stage.refresh_overlay()

    def move(self, pointer: Pointer) -> None:
        """Lay it larger, or drag what is held."""
        if self._start is None or not self.is_busy:
            return
        if self._held is None:
            if self._is_new:
                self._corners = self._upright(self._start, pointer)
        elif self._held == len(self._corners):
            dx, dy = pointer.x - self._start.x, pointer.y - self._start.y
            self._corners = [(x + dx, y + dy) for x, y in self._corners]
            self._start = pointer
        else:
            self._corners[self._held] = pointer.position
        self.stage.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        """Let go; a click has laid it in a size of its own."""
        start, self._start = self._start, None
        if start is not None and self._is_new and self._corners and _side(self._corners) < 4:
            assert self.stage.image is not None and self._image is not None
            height = _SHARE * self.stage.image.shape[0]
            width = height * self._image.shape[1] / self._image.shape[0]
            x, y = pointer.position
            self._corners = _rectangle(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if self._corners:
            self._is_new = False
        self.stage.refresh_overlay()

    _is_new = True

    def double_click(self, pointer: Pointer) -> None:
        """Paint it."""
        self.accept()

    def accept(self) -> None:
        """Paint it where it is laid, or say why it has to wait."""
        corners, image, project = self._corners, self._image, self.stage.workspace.project
        if not corners or image is None or project is None or self._laid_on is None:
            return
        object_id, frame = self._laid_on
        found = project.objects.get(object_id)
        if found is None or (self._is_new and _side(corners) < 4):
            self._put_by()
            return
        hand = take_picture(self.stage, found, frame)
        if hand is None:
            return
        self._put_by()
        box, matrix = _placed(corners, image, hand.pixels)
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        left, top, right, bottom = box
        under = hand.pixels[top:bottom, left:right].copy()
        hand.begin()  # nothing else is painted until it is there

        def warped() -> NDArray[np.uint8]:
            size = right - left, bottom - top
            upper = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_AREA, borderValue=0)
            return over(under, upper)

        def put(part: NDArray[np.uint8]) -> None:
            hand.put(part, (left, top))
            hand.commit("stamp")

        self.stage.workspace.textures.work_out(warped, put)

    def finish(self) -> None:
        """Paint it: what it is laid on is about to be left."""
        self.accept()
        self._start = None

    def cancel(self) -> None:
        """Drop it."""
        self._put_by()

    def put_away(self) -> None:
        """Drop one that could not be painted, and say where it was."""
        if self._corners and self._laid_on is not None:
            self.stage.workspace.say(f"The stamp on frame {self._laid_on[1]} could not be painted and is dropped.")
        self.cancel()

    def _put_by(self) -> None:
        self._corners, self._laid_on, self._start, self._held, self._is_new = [], None, None, None, True
        self.stage.refresh_overlay()

    def _may_lay(self) -> bool:
        """Note what one is laid on and return True, or say why none can be painted there."""
        workspace = self.stage.workspace
        project, object_id = workspace.project, workspace.view.object_id
        found = None if project is None or object_id is None else project.objects.get(object_id)
        if found is None or found.kind is not Kind.TEXTURE:
            workspace.say("Select a texture to stamp on, or add one (Shift+B).")
            return False
        hand = take_picture(self.stage, found)
        self._laid_on = None if hand is None else (hand.object.object_id, hand.frame)
        return hand is not None

    def _upright(self, start: Pointer, end: Pointer) -> Corners:
        """Return a rectangle between two pointers in the stamp's shape."""
        assert self._image is not None
        ratio = self._image.shape[1] / self._image.shape[0]
        height = max(abs(end.y - start.y), abs(end.x - start.x) / ratio)
        x = start.x + math.copysign(height * ratio, end.x - start.x)
        y = start.y + math.copysign(height, end.y - start.y)
        return _rectangle(min(x, start.x), min(y, start.y), max(x, start.x), max(y, start.y))

    def _near(self, pointer: Pointer) -> int | None:
        """Return the corner under the pointer, 4 inside, None elsewhere."""
        here = QPointF(pointer.view_x, pointer.view_y)
        outline = self._outline()
        apart = [math.hypot(place.x() - here.x(), place.y() - here.y()) for place in outline]
        if min(apart) <= GRAB_PX:
            return apart.index(min(apart))
        return len(outline) if QPolygonF(outline).containsPoint(here, Qt.FillRule.OddEvenFill) else None

    def _outline(self) -> list[QPointF]:
        return [QPointF(*self.stage.viewport.to_view(x, y)) for x, y in self._corners]

    def overlay_bounds(self) -> QRectF:
        """Return the surroundings of the stamp and of the words below it."""
        if not self.is_busy:
            return QRectF()
        reach = _HINT_REACH_PX
        return QPolygonF(self._outline()).boundingRect().adjusted(-reach, -40, reach, 40)

    def paint(self, painter: QPainter) -> None:
        """Draw the stamp as it will lie, its corners, and how to go on."""
        if not self.is_busy:
            return
        outline = self._outline()
        image = self._seen
        edges = QPolygonF([QPointF(x, y) for x, y in _rectangle(0, 0, image.width(), image.height())])
        transform = QTransform.quadToQuad(edges, QPolygonF(outline))
        if isinstance(transform, QTransform) and _side(self._corners) >= 1:
            painter.save()
            painter.setTransform(transform)
            painter.drawImage(0, 0, image)
            painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks.twice(painter, lambda: painter.drawPolygon(QPolygonF(outline)))
        painter.setBrush(marks.LIGHT)
        for place in outline:
            marks.twice(painter, partial(painter.drawEllipse, place, CORNER_PX, CORNER_PX))
        bounds, canvas = QPolygonF(outline).boundingRect(), QRectF(painter.window())
        if bounds.intersects(canvas):
            box = marks.label_box(painter, bounds.bottomLeft() + QPointF(0, 20), _HINT)
            box.moveRight(min(box.right(), canvas.right() - 4))
            box.moveLeft(max(box.left(), 4))
            box.moveBottom(min(box.bottom(), canvas.bottom() - 4))
            marks.paint_label(painter, box, _HINT)


def _rectangle(left: float, top: float, right: float, bottom: float) -> Corners:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _side(corners: Corners) -> float:
    """Return the longer side of the box around corners."""
    xs, ys = zip(*corners, strict=True)
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _placed(corners: Corners, image: NDArray[np.uint8], picture: NDArray[np.uint8]) -> tuple[Box, NDArray[np.float64]]:
    """Return which pixels of `picture` a stamp covers, and the matrix that takes it there, from the box's corner."""
    height, width = picture.shape[:2]
    xs, ys = zip(*corners, strict=True)
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    right, bottom = min(width, math.ceil(max(xs)) + 1), min(height, math.ceil(max(ys)) + 1)
    # Corners are those of pixels in the stamp, whose centres lie half a pixel further in.
    edges = np.array(_rectangle(0, 0, image.shape[1], image.shape[0]), np.float32) - np.float32(0.5)
    aims = np.array(corners, np.float32) - np.array([left, top], np.float32)
    return (left, top, right, bottom), cv2.getPerspectiveTransform(edges, aims)
