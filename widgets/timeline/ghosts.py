"""Lanes of objects that were found but not accepted: how they look, and what is said of them."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap

from app.desk.proposing_ghosts import Ghost
from app.desk.workspace import Workspace
from engines.proposals.tubes import LEAST_SURVIVAL
from widgets.theme import Theme
from widgets.timeline.axis import TimeAxis
from widgets.timeline.layout import HEADER_W, LANE_H
from widgets.timeline.painting import lane_pixmap
from widgets.timeline.telling import frame_text
from widgets.timeline.track import Cell, Track

THUMBNAIL_W = 33
"""In a lane's header, at the lane's height less a rim."""
BEST_PX = 3.5


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """Return RGB, uint8 (h, w, 3), as a picture of Qt's that owns its pixels."""
    height, width = pixels.shape[:2]
    return QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def track_of(ghost: Ghost) -> Track:
    """Return what a lane draws of a tube: a proposal of one confidence on each frame that has a box."""
    there = ghost.tube.is_there
    track = Track(len(there))
    track.cells[there] = Cell.PROPOSED
    track.confidence[there] = ghost.tube.score
    return track


def ghost_pixmap(ghost: Ghost, axis: TimeAxis, theme: Theme, pixel_ratio: float) -> QPixmap:
    """Draw a lane: a bar where the tube has boxes, and a ring on its best frame."""
    pixmap = lane_pixmap(track_of(ghost), axis, theme, pixel_ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("text"), 1.4))
    painter.setBrush(theme.colour("base"))
    painter.drawEllipse(QPointF(axis.centre_of(ghost.tube.best_frame), LANE_H / 2), BEST_PX, BEST_PX)
    painter.end()
    return pixmap


def draw_ghost_header(
    painter: QPainter, top: int, words: str, thumbnail: QImage | None, theme: Theme, *, is_selected: bool
) -> None:
    """Draw a tube's picture, rank and score at the left of its lane."""
    box = QRectF(0, top, HEADER_W, LANE_H)
    painter.fillRect(box, theme.colour("selection" if is_selected else "panel"))
    if is_selected:
        painter.fillRect(QRectF(0, top, 3, LANE_H), theme.colour("accent"))
    place = QRectF(8, top + 1, THUMBNAIL_W, LANE_H - 3)
    if thumbnail is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, thumbnail)
    painter.setPen(QPen(theme.colour("muted"), 1, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place)
    painter.setPen(theme.colour("text"))
    painter.drawText(
        box.adjusted(THUMBNAIL_W + 15, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words
    )


class GhostLanes:
    """Reads the tubes that are shown, for the timeline. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._ghosts = workspace.proposer.ghosts
        self._thumbnails: dict[int, QImage] = {}
        self._drawn: dict[int, tuple[object, QPixmap]] = {}

    def is_selected(self, ghost: Ghost) -> bool:
        """Return whether it is selected."""
        return ghost.ghost_id in self._ghosts.selected

    def thumbnail(self, ghost: Ghost) -> QImage | None:
        """Return its picture once there is one."""
        pixels = self._ghosts.pixels(ghost).thumbnail
        if pixels is None:
            return None
        if ghost.ghost_id not in self._thumbnails:
            self._thumbnails[ghost.ghost_id] = image_of(pixels)
        return self._thumbnails[ghost.ghost_id]

    def clear(self) -> None:
        """Forget pictures: there is another clip."""
        self._thumbnails.clear()
        self._drawn.clear()

    def paint(
        self, painter: QPainter, top: int, ghost: Ghost, axis: TimeAxis, theme: Theme, pixel_ratio: float
    ) -> None:
        """Paint a lane with its header, the bar from a picture that is kept while the axis stays."""
        key = (axis, theme.name, pixel_ratio)
        drawn = self._drawn.get(ghost.ghost_id)
        if drawn is None or drawn[0] != key:
            drawn = self._drawn[ghost.ghost_id] = (key, ghost_pixmap(ghost, axis, theme, pixel_ratio))
        painter.drawPixmap(QPointF(HEADER_W, top), drawn[1])
        words, is_selected = self.words(ghost), self.is_selected(ghost)
        draw_ghost_header(painter, top, words, self.thumbnail(ghost), theme, is_selected=is_selected)

    def words(self, ghost: Ghost) -> str:
        """Return "Tube 3 · 0.46"."""
        return f"Tube {self._ghosts.rank(ghost)} · {ghost.tube.score:.2f}"

    def text(self, ghost: Ghost, frame: int) -> str:
        """Return in one line what is known of a tube on a frame."""
        is_there, has_mask = bool(ghost.tube.is_there[frame]), frame in self._ghosts.pixels(ghost).masks
        what = ("mask" if has_mask else "box, no mask yet") if is_there else "not here"
        name = f"Tube {self._ghosts.rank(ghost)}"
        return f"{name}, {frame_text(self._workspace, frame)}: {what}, score {ghost.tube.score:.2f}"

    def tooltip(self, ghost: Ghost) -> str:
        """Return rich text: its picture, how good it is, and what can be done with it."""
        lines = [f"<b>{escape(self.words(ghost))}</b>, found but not accepted"]
        lines.append(f"on {int(ghost.tube.is_there.sum())} frames, most like itself on frame {ghost.tube.best_frame}")
        survival = self._ghosts.pixels(ghost).survival
        if survival is not None:
            verdict = "" if survival >= LEAST_SURVIVAL else ": it may be no object"
            lines.append(f"its mask, carried some frames away and back, meets itself by {survival:.2f}{verdict}")
        lines.append("Double click to see its masks; right click to accept, split or reject it.")
        image = self.thumbnail(ghost)
        picture = "" if image is None else f"<br><img src='data:image/png;base64,{_png(image)}'>"
        return "<br>".join(lines) + picture


def _png(image: QImage) -> str:
    buffer = QBuffer()
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, which PySide6 6.11 refuses
    return b64encode(buffer.data().data()).decode()
