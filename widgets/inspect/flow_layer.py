"""What long-range flow draws over a picture: itself as colours or arrows, or the other frame warped to be like it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from widgets.canvas.colour_layer import tinted
from widgets.canvas.swipe_line import paint_swipe_line
from widgets.canvas.tools import marks
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.inspection import Side
    from app.tasks.long_flow import FoundFlow
    from app.workspace import Workspace

COLOURS_OPACITY = 0.75
UNSEEN_RGBA = (0, 0, 0, 190)
"""Over the parts of a warp that the other frame does not show: what is there is a guess."""
ARROWS_APART_PX = 26.0
"""Screen pixels between arrows."""
HEAD_PX = 5.0
ARROW, ARROW_UNDER = QColor(255, 236, 110), QColor(0, 0, 0, 190)
ARROW_WIDTH_PX, ARROW_UNDER_WIDTH_PX = 1.4, 3.2
SHORTEST_PX = 1.0
"""On the screen; what moves less is a dot."""
_MIDDLE_Y = 14.0


class FlowLayer:
    """Draws for one side what `FlowSeen` has found. GUI thread only; a few milliseconds."""

    def __init__(self, workspace: Workspace, side: Side) -> None:
        self._workspace = workspace
        self._side = side
        self._image: tuple[object, str, QImage] | None = None
        self._unseen: tuple[object, QImage] | None = None

    @property
    def look(self) -> str:
        """How flow is looked at on this side, "off" where nothing is drawn here."""
        seen, look = self._workspace.flow_seen, str(self._workspace.view.flow_look)
        if not seen.is_on or seen.found is None:
            return "off"
        return look if (look == "beside") == (self._side == "there") else "off"

    def line(self, viewport: Viewport) -> float:
        """Return where the line of the swipe stands, in screen pixels."""
        clip = self._workspace.clip
        width = 0 if clip is None else clip.width
        return viewport.to_view(self._workspace.view.swipe_at * width - 0.5, 0)[0]

    def paint(self, painter: QPainter, viewport: Viewport, picture: tuple[int, int]) -> None:
        """Draw over a picture of (width, height) in view pixels; what is exposed is the painter's clip."""
        found, look = self._workspace.flow_seen.found, self.look
        if found is None or look == "off":
            return
        room = QRectF(*viewport.to_view(-0.5, -0.5), picture[0] * viewport.scale, picture[1] * viewport.scale)
        painter.save()
        if look == "arrows":
            painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
            _paint_arrows(painter, viewport, found, picture)
        elif look == "colours":
            painter.setOpacity(COLOURS_OPACITY)
            self._paint_image(painter, room, found, look)
        elif look == "beside":
            self._paint_image(painter, room, found, look)
            _write(painter, f"frame {found.flow.other} as frame {found.flow.frame} would show it")
        else:
            x = self.line(viewport)
            painter.save()
            painter.setClipRect(QRectF(x, room.top(), max(0.0, room.right() - x), room.height()), _INTERSECT)
            self._paint_image(painter, room, found, look)
            painter.restore()
            seen = room & QRectF(painter.window())
            painter.translate(0, seen.top())
            here, there = f"frame {found.flow.frame}", f"frame {found.flow.other}, warped"
            paint_swipe_line(painter, x, _MIDDLE_Y, round(seen.height()), here, there)
        painter.restore()

    def _paint_image(self, painter: QPainter, room: QRectF, found: FoundFlow, look: str) -> None:
        kind = "colours" if look == "colours" else "warped"
        if self._image is None or self._image[0] is not found or self._image[1] != kind:
            self._image = (found, kind, _image(found.colours if kind == "colours" else found.warped))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(room, self._image[2])
        if kind == "warped":
            if self._unseen is None or self._unseen[0] is not found:
                self._unseen = found, tinted(~found.flow.seen, UNSEEN_RGBA)
            painter.drawImage(room, self._unseen[1])


_INTERSECT = Qt.ClipOperation.IntersectClip


def arrows(found: FoundFlow, picture: tuple[int, int], apart: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return starts and ends of arrows on a picture of (width, height), x and y, about `apart` image pixels apart.

    Only where a pixel is seen on the other frame; starts stay where they are when the view is pushed.
    """
    height, width = found.flow.certainty.shape
    scale = np.array([picture[0] / width, picture[1] / height], np.float32)
    columns, rows = (
        np.unique(np.arange(apart / 2, length, apart).astype(int) * n // length)
        for length, n in zip(picture, (width, height), strict=True)
    )
    places = np.stack([part.ravel() for part in np.meshgrid(columns, rows)], -1)
    places = places[found.flow.seen[places[:, 1], places[:, 0]]]
    start = ((places + 0.5) * scale - 0.5).astype(np.float32)
    return start, start + found.flow.flow[places[:, 1], places[:, 0]] * scale


def _paint_arrows(painter: QPainter, viewport: Viewport, found: FoundFlow, picture: tuple[int, int]) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    starts, ends = arrows(found, picture, ARROWS_APART_PX / viewport.scale)
    exposed = painter.clipBoundingRect()
    for colour, width in ((ARROW_UNDER, ARROW_UNDER_WIDTH_PX), (ARROW, ARROW_WIDTH_PX)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            tail, tip = QPointF(*viewport.to_view(*start)), QPointF(*viewport.to_view(*end))
            if QRectF(tail, tip).normalized().adjusted(-5, -5, 5, 5).intersects(exposed):
                _paint_arrow(painter, tail, tip)


def _paint_arrow(painter: QPainter, tail: QPointF, tip: QPointF) -> None:
    along = tip - tail
    length = math.hypot(along.x(), along.y())
    if length < SHORTEST_PX:
        painter.drawPoint(tail)
        return
    painter.drawLine(tail, tip)
    unit = along / length
    head = min(HEAD_PX, length / 2)
    for side in (-1, 1):
        across = QPointF(-unit.y(), unit.x()) * side * head / 2
        painter.drawLine(tip, tip - unit * head + across)


def _image(rgb: NDArray[np.uint8]) -> QImage:
    """Return an RGB array as a picture of its own memory."""
    height, width = rgb.shape[:2]
    flat = np.ascontiguousarray(rgb)
    return QImage(flat.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )


def _write(painter: QPainter, text: str) -> None:
    """Write what is seen at the top left, below the number of the frame."""
    start = QPointF(6, 6 + 1.75 * painter.fontMetrics().height())
    marks.paint_label(painter, marks.label_box(painter, start, text), text)
