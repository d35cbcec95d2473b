"""What long-range flow draws over a picture: itself as colours or arrows, or the other frame warped to be like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from widgets.canvas.colour_layer import tinted
from widgets.canvas.frame_layer import FrameLayer, device_grid
from widgets.canvas.swipe_line import paint_swipe_line
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.desk.inspection import Side
    from app.desk.workspace import Workspace
    from app.tasks.long_flow import FoundFlow

COLOURS_OPACITY = 0.75
UNSEEN_RGBA = (0, 0, 0, 110)
"""Over the parts of a warp that are not surely found on the other frame: what is there is a guess."""
ARROWS_APART_PX = 32.0
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
        self._warped = FrameLayer()
        self._maps: dict[str, tuple[object, QImage]] = {}
        self._lines: tuple[object, list[QLineF]] | None = None

    @property
    def is_on(self) -> bool:
        """Whether flow is looked at, on whichever side. Then heat would hide it."""
        return self._workspace.flow_seen.is_on

    @property
    def look(self) -> str:
        """How flow is looked at on this side, "off" where nothing is drawn here."""
        seen, look = self._workspace.flow_seen, str(self._workspace.view.flow_look)
        if not seen.is_on or seen.found is None:
            return "off"
        return look if (look == "beside") == (self._side == "there") else "off"

    @property
    def words(self) -> str:
        """What is to be said of the picture beside its frame's number: ", warped to frame 0", or nothing."""
        found = self._workspace.flow_seen.found
        return f", warped to frame {found.flow.frame}" if found is not None and self.look == "beside" else ""

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
        room = QRectF(*viewport.rect_of(0, 0, *picture))
        painter.save()
        painter.setClipRect(room, _INTERSECT)
        if look == "arrows":
            self._paint_arrows(painter, viewport, found, picture)
        elif look == "colours":
            painter.setOpacity(COLOURS_OPACITY)
            painter.drawImage(room, self._map("colours", found))
        elif look == "beside":
            self._paint_warped(painter, viewport, room, found)
        else:
            x = self.line(viewport)
            painter.save()
            painter.setClipRect(QRectF(x, room.top(), max(0.0, room.right() - x), room.height()), _INTERSECT)
            self._paint_warped(painter, viewport, room, found)
            painter.restore()
            seen = room & QRectF(painter.window())
            painter.translate(0, seen.top())
            here, there = f"frame {found.flow.frame}", f"frame {found.flow.other}, warped"
            paint_swipe_line(painter, x, _MIDDLE_Y, round(seen.height()), here, there)
        painter.restore()

    def _paint_warped(self, painter: QPainter, viewport: Viewport, room: QRectF, found: FoundFlow) -> None:
        """Paint the other frame, warped, and dark where it is a guess."""
        if self._warped.image is not found.warped:
            self._warped.set_image(found.warped)
        ratio = painter.device().devicePixelRatioF()
        exposed = device_grid(viewport, painter.clipBoundingRect().toAlignedRect(), ratio)
        self._warped.paint(painter, viewport, painter.window(), exposed, ratio)
        painter.drawImage(room, self._map("unseen", found))

    def _map(self, name: str, found: FoundFlow) -> QImage:
        """Return the flow's colours, or what is not seen, as a picture of the flow's size, made once."""
        kept = self._maps.get(name)
        if kept is None or kept[0] is not found:
            made = _image(found.colours) if name == "colours" else tinted(~found.flow.seen, UNSEEN_RGBA)
            kept = self._maps[name] = found, made
        return kept[1]

    def _paint_arrows(self, painter: QPainter, viewport: Viewport, found: FoundFlow, picture: tuple[int, int]) -> None:
        shown = (found, viewport, painter.window())
        if self._lines is None or self._lines[0] != shown:
            starts, ends = arrows(found, picture, ARROWS_APART_PX / viewport.scale)
            self._lines = shown, _arrow_lines(_on_view(starts, viewport), _on_view(ends, viewport), painter.window())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for colour, width in ((ARROW_UNDER, ARROW_UNDER_WIDTH_PX), (ARROW, ARROW_WIDTH_PX)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLines(self._lines[1])


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


def _on_view(positions: NDArray[np.float32], viewport: Viewport) -> NDArray[np.float64]:
    """Return image positions (n, 2) in view pixels."""
    left, top = viewport.to_view(0, 0)
    return positions.astype(np.float64) * viewport.scale + (left, top)


def _arrow_lines(tails: NDArray[np.float64], tips: NDArray[np.float64], room: QRect) -> list[QLineF]:
    """Return shafts and heads of arrows, those alone that lie in `room`; what hardly moves is a dot."""
    low, high = np.minimum(tails, tips), np.maximum(tails, tips)
    shown = ((high >= (room.left(), room.top())) & (low <= (room.right(), room.bottom()))).all(1)
    tails, tips = tails[shown], tips[shown]
    along = tips - tails
    length = np.hypot(along[:, 0], along[:, 1])
    unit = along / np.maximum(length, 1e-6)[:, None]
    head = np.minimum(HEAD_PX, length / 2)[:, None]
    across = np.column_stack([-unit[:, 1], unit[:, 0]]) * head / 2
    moves = length >= SHORTEST_PX
    tips = np.where(moves[:, None], tips, tails)
    parts = [np.hstack([tails, tips])]
    parts += [np.hstack([tips, tips - unit * head + side * across])[moves] for side in (-1, 1)]
    return [QLineF(*line) for line in np.concatenate(parts).tolist()]


def _image(rgb: NDArray[np.uint8]) -> QImage:
    """Return an RGB array as a picture of its own memory."""
    height, width = rgb.shape[:2]
    flat = np.ascontiguousarray(rgb)
    return QImage(flat.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )
