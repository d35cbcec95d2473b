"""The heat map of doubt on the canvas: where labels that a run made are likely wrong.

The picture is dimmed, so that the heat stands out from a busy one too; lightness rises with the chance, so its order is
read without seeing colour. A legend says what the colours mean, or why there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.desk.seen_labels import ShownDoubt
from engines.labels.doubt import DoubtMap
from widgets.canvas.viewport import Viewport

LEAST, MOST = 0.02, 0.5
"""The chances at which colours begin and end: one in fifty is no reason to look, and a pixel that is as likely wrong
as right says nothing."""
GAMMA = 0.5
"""Heat is shown by its square root: a chance of one in twenty is still to be seen."""
ALPHA = 0.85
FADE = 0.28
"""Over this share of a map's length heat goes out towards its end."""
FAINT = 0.3
"""Up to this share of the colours heat becomes opaque, from nothing."""
DIMMED = QColor(0, 0, 0, 110)
TICKS = {0.02: "2%", 0.1: "10%", 0.25: "25%", 0.5: "50% +"}
TITLE = "Chance that a pixel is labelled wrong"
NOTHING_CARRIED = "Nothing that a run carried is shown on this frame"
NOTHING_KEPT = "The run that carried this kept no doubt by pixel"
_PAD_PX, _BAR_PX, _WIDTH_PX = 8, 9, 250
_GROUND, _TEXT = QColor(0, 0, 0, 165), QColor(255, 255, 255, 235)


def _table() -> NDArray[np.uint8]:
    """Return premultiplied BGRA, uint8 (256, 4), from `LEAST`, which is clear, to `MOST`."""
    steps = np.arange(256, dtype=np.uint8)
    # The darkest third of the ramp is not told from a dimmed picture.
    bright = (85 + steps.astype(np.float32) * 2 / 3).astype(np.uint8)
    bgr = cv2.applyColorMap(bright[:, None], cv2.COLORMAP_INFERNO)[:, 0]
    alpha = ALPHA * np.minimum(steps / (255 * FAINT), 1)
    bgra = np.column_stack((bgr, np.full(256, 255))) * alpha[:, None]
    return np.round(bgra).astype(np.uint8)


TABLE = _table()


def shades(chances: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the row of `TABLE` for each chance in [0, 1]."""
    share = (np.clip(chances, LEAST, MOST) - LEAST) / (MOST - LEAST)
    return np.round(255 * share**GAMMA).astype(np.uint8)


def heat_image(found: DoubtMap, picture: tuple[int, int]) -> QImage:
    """Return a pixel for each cell and a rim of one cell around them, for a picture of (width, height).

    Heat goes out towards the rim: a map ends somewhere, and where a label is not to be trusted at all there is doubt
    up to its end, which would look like an edge of something seen. It does not where the picture itself ends.
    """
    left, top, right, bottom = found.box
    across = _beyond(found.columns, goes_on=(left > 0, right < picture[0]))
    down = _beyond(found.rows, goes_on=(top > 0, bottom < picture[1]))
    share = 1 - np.minimum(np.hypot(down[:, None], across), 1)  # round at the corners
    fade = share * share * (3 - 2 * share)
    bgra = TABLE[np.pad(shades(found.chances()), 1, mode="edge")] * fade[..., None]
    height, width = bgra.shape[:2]
    pixels = np.round(bgra).astype(np.uint8)
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _beyond(n_cells: int, goes_on: tuple[bool, bool]) -> NDArray[np.float64]:
    """Return how far the cells along one side of a map, and its rim, lie beyond where all heat is shown.

    (n_cells + 2,), 0 for not at all and 1 on the rim, at an end where the picture goes on; `FADE` of the length lies
    between.
    """
    beyond = 1 - np.arange(n_cells + 2) / (FADE * n_cells)
    nothing = np.zeros(n_cells + 2)
    return np.maximum(
        *(np.maximum(end, 0) if on else nothing for end, on in zip((beyond, beyond[::-1]), goes_on, strict=True))
    )


class DoubtLayer:
    """Knows whose doubt is shown and paints it. GUI thread only."""

    def __init__(self) -> None:
        self._shown: tuple[ShownDoubt, ...] = ()
        self._images: dict[tuple[DoubtMap, tuple[int, int]], QImage] = {}

    @property
    def words(self) -> str:
        """Why there are no colours, "" where there are."""
        if not self._shown:
            return NOTHING_CARRIED
        return "" if self._maps else NOTHING_KEPT

    @property
    def _maps(self) -> list[DoubtMap]:
        return [shown.doubt for shown in self._shown if shown.doubt is not None]

    def set_shown(self, doubts: Sequence[ShownDoubt]) -> bool:
        """Show these, and return whether others were shown before."""
        if self._shown == tuple(doubts):
            return False
        self._shown = tuple(doubts)
        self._images = {key: image for key, image in self._images.items() if key[0] in self._maps}
        return True

    def describe(self, x: float, y: float) -> str:
        """Return the doubt at an image position, the most of all objects, to be read; "" where nobody said."""
        chances = [found.at(x, y) for found in self._maps]
        return f"doubt {max(chances):.0%}" if chances else ""

    def paint(self, painter: QPainter, viewport: Viewport, picture: tuple[int, int]) -> None:
        """Paint over a picture of (width, height), in view pixels; what is exposed is the painter's clip."""
        painter.save()
        room = QRectF(*viewport.rect_of(0, 0, *picture))
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        painter.fillRect(room, DIMMED)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        for found in self._maps:
            key = found, picture
            if key not in self._images:
                self._images[key] = heat_image(found, picture)
            painter.drawImage(_place(viewport, found), self._images[key])
        painter.restore()

    def paint_legend(self, painter: QPainter, room: QSize) -> None:
        """Say at the lower right what the colours mean."""
        box = self.legend_rect(room)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GROUND)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(_TEXT)
        inner = QRectF(box).adjusted(_PAD_PX, _PAD_PX / 2, -_PAD_PX, -_PAD_PX / 2)
        line_px = painter.fontMetrics().height()
        title = painter.fontMetrics().elidedText(self.words or TITLE, Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter, title)
        bar = QRectF(inner.left(), inner.top() + line_px + 4, inner.width(), _BAR_PX)
        painter.fillRect(bar, QColor(0, 0, 0))
        row = np.ascontiguousarray(TABLE[None])
        painter.drawImage(bar, QImage(row.data, 256, 1, 1024, QImage.Format.Format_ARGB32_Premultiplied))
        for chance, text in TICKS.items():
            width = painter.fontMetrics().horizontalAdvance(text)
            at = bar.left() + bar.width() * float(shades(np.array([chance], np.float32))[0]) / 255
            start = min(max(at - width / 2, bar.left()), bar.right() - width)
            painter.drawText(QPointF(start, bar.bottom() + painter.fontMetrics().ascent() + 2), text)
        painter.restore()

    @staticmethod
    def legend_rect(room: QSize) -> QRect:
        """Return where the legend lies on a canvas of the size `room`."""
        width, height = min(_WIDTH_PX, room.width() - 2 * _PAD_PX), 58
        return QRect(room.width() - width - _PAD_PX, room.height() - height - _PAD_PX, width, height)


def _place(viewport: Viewport, found: DoubtMap) -> QRectF:
    """Return where a picture by `heat_image` lies in the view."""
    left, top, right, bottom = found.box
    step_x, step_y = (right - left) / found.columns, (bottom - top) / found.rows
    x, y = viewport.to_view(left - 0.5 - step_x, top - 0.5 - step_y)
    width, height = right - left + 2 * step_x, bottom - top + 2 * step_y
    return QRectF(x, y, width * viewport.scale, height * viewport.scale)
