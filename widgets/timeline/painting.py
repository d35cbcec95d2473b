"""How the parts of the timeline are drawn. Functions of their inputs; the view keeps the state."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen, QPixmap, QPolygonF

from app.media.times import clock
from app.project.model import Kind, Object
from engines.labels.presence import Presence
from widgets.swatches import SWATCHES
from widgets.theme import Theme
from widgets.timeline.axis import TimeAxis
from widgets.timeline.lane_image import lane_image, plot_image, plot_y
from widgets.timeline.layout import BAR_H, HEADER_W, LANE_H, PLOT_H, RULER_H
from widgets.timeline.stamps import HALF_PX, draw_presence
from widgets.timeline.track import Track

LEAST_MARK_GAP_PX = 4
"""Of anchors closer than this only one is drawn: more ink would say nothing more."""


def lane_pixmap(track: Track, axis: TimeAxis, theme: Theme, pixel_ratio: float) -> QPixmap:
    """Draw one object's bar and anchors, `axis.width_px` by `LANE_H` pixels, on transparent ground; about 1 ms."""
    ratio = max(1, round(pixel_ratio))
    n_columns = max(1, round(axis.width_px * ratio))
    hatch = theme.colour("hatch")
    bar = lane_image(track.columns(axis, n_columns), BAR_H * ratio, (hatch.red(), hatch.green(), hatch.blue()), ratio)
    picture = _picture_of(bar, above=(LANE_H - BAR_H) // 2 * ratio, height=LANE_H * ratio)
    painter = QPainter(picture)
    for frame in _apart(track.anchors, axis):
        stamp = _anchor_stamp(theme, track.presence(frame), ratio)
        place = QPointF(axis.centre_of(frame) * ratio, LANE_H * ratio / 2)
        painter.drawImage(place - QPointF(stamp.width() / 2, stamp.height() / 2), stamp)
    painter.end()
    pixmap = QPixmap.fromImage(picture)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def plot_pixmap(track: Track, axis: TimeAxis, theme: Theme, pixel_ratio: float) -> QPixmap:
    """Draw the confidence of one object over time, `axis.width_px` by `PLOT_H` pixels, on transparent ground."""
    ratio = max(1, round(pixel_ratio))
    columns = track.columns(axis, max(1, round(axis.width_px * ratio)))
    pixmap = QPixmap.fromImage(_picture_of(plot_image(columns, PLOT_H * ratio, ratio)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _picture_of(pixels: NDArray[np.uint8], *, above: int = 0, height: int = 0) -> QImage:
    """Copy premultiplied RGBA, uint8 (h, w, 4), into Qt's own format, with empty rows `above` and below it."""
    rows, columns = pixels.shape[:2]
    padded = np.zeros((height or rows, columns, 4), dtype=np.uint8)
    padded[above : above + rows] = pixels
    image = QImage(padded.data, columns, padded.shape[0], columns * 4, QImage.Format.Format_RGBA8888_Premultiplied)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


@lru_cache(maxsize=16)
def _anchor_stamp(theme: Theme, presence: Presence, ratio: int) -> QImage:
    """Draw an anchor's mark once: hundreds of smooth polygons for each lane would cost milliseconds."""
    side = round(2 * HALF_PX + 4) * ratio
    stamp = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(ratio, ratio)
    middle = QPointF(side / ratio / 2, side / ratio / 2)
    draw_presence(painter, middle, presence, theme.colour("text"), theme.colour("base"))
    painter.end()
    return stamp


def _apart(frames: NDArray[np.int64], axis: TimeAxis) -> Iterable[int]:
    """Return those of `frames` that lie in view, at most one for every few pixels."""
    seen = axis.visible()
    inside = frames[np.searchsorted(frames, seen.start - 1) : np.searchsorted(frames, seen.stop + 1)]
    if axis.scale < LEAST_MARK_GAP_PX and len(inside):
        places = ((inside + 0.5) * axis.scale // LEAST_MARK_GAP_PX).astype(np.int64)
        inside = inside[np.concatenate(([True], np.diff(places) > 0))]
    return inside.tolist()


def draw_ruler(painter: QPainter, axis: TimeAxis, times_s: NDArray[np.float64], theme: Theme) -> None:
    """Draw ticks with frame numbers and times; the origin is the ruler's top left corner."""
    painter.fillRect(QRectF(0, 0, axis.width_px, RULER_H), theme.colour("panel"))
    seen, step, minor = axis.visible(), axis.tick_step(), axis.minor_step()
    painter.setPen(theme.colour("border"))
    for frame in range(seen.start - seen.start % minor, seen.stop, minor):
        is_labelled = frame % step == 0
        x = axis.centre_of(frame)
        painter.drawLine(QPointF(x, RULER_H - (9 if is_labelled else 4)), QPointF(x, RULER_H - 1))
    painter.setFont(small(painter.font()))
    metrics = painter.fontMetrics()
    for frame in range(seen.start - seen.start % step, seen.stop, step):
        left = axis.centre_of(frame) + 4
        if frame < 0 or left < 0:
            continue
        number = f"{frame}"
        painter.setPen(theme.colour("text"))
        painter.drawText(QPointF(left, 14), number)
        painter.setPen(theme.colour("muted"))
        time = clock(float(times_s[frame]), with_fraction=axis.scale * 25 > 60)
        painter.drawText(QPointF(left + metrics.horizontalAdvance(number) + 6, 14), time)


def draw_plot_ground(painter: QPainter, width_px: float, unsure_below: float, theme: Theme) -> None:
    """Draw what lies under a plot: lines at one and where frames begin to be unsure."""
    painter.fillRect(QRectF(0, 0, width_px, PLOT_H), theme.colour("base"))
    painter.setPen(QPen(theme.colour("border"), 1, Qt.PenStyle.DotLine))
    for confidence in (unsure_below, 1.0):
        y = plot_y(confidence, PLOT_H)
        painter.drawLine(QPointF(0, y), QPointF(width_px, y))


def draw_range(painter: QPainter, axis: TimeAxis, chosen: tuple[int, int], height: float, theme: Theme) -> None:
    """Draw the selected frames: a tint over everything and a grip at each end in the ruler."""
    left, right = axis.x_of(chosen[0]), axis.x_of(chosen[1] + 1)
    tint = theme.colour("accent")
    tint.setAlphaF(0.13)
    painter.fillRect(QRectF(left, 0, right - left, height), tint)
    painter.fillRect(QRectF(left, RULER_H - 3, right - left, 3), theme.colour("accent"))
    for x in (left, right - 2):
        painter.fillRect(QRectF(x, 0, 2, height), theme.colour("accent"))


def draw_playhead(painter: QPainter, axis: TimeAxis, frame: int, height: float, theme: Theme) -> None:
    """Draw where the view stands."""
    x, colour = axis.centre_of(frame), theme.colour("playhead")
    if axis.scale >= 6:
        cell = QColor(colour)
        cell.setAlphaF(0.14)
        painter.fillRect(QRectF(axis.x_of(frame), RULER_H, axis.scale, height - RULER_H), cell)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.4))
    painter.drawLine(QPointF(x, RULER_H - 6), QPointF(x, height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    top = RULER_H - 15
    head = [(-5.5, 0), (5.5, 0), (5.5, 5), (0, 11), (-5.5, 5)]
    painter.drawPolygon(QPolygonF([QPointF(x + dx, top + dy) for dx, dy in head]))


PLAYHEAD_REACH_PX = 8
"""How far to each side of its cell the playhead paints."""


def draw_header(painter: QPainter, top: int, found: Object, theme: Theme, *, is_selected: bool) -> None:
    """Draw an object's swatch and name at the left of its lane."""
    box = QRectF(0, top, HEADER_W, LANE_H)
    painter.fillRect(box, theme.colour("selection" if is_selected else "panel"))
    if is_selected:
        painter.fillRect(QRectF(0, top, 3, LANE_H), theme.colour("accent"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    swatch = QColor(*found.colour)
    painter.setPen(QPen(swatch, 1.5))
    filled = SWATCHES.get(found.kind, Qt.BrushStyle.SolidPattern)
    painter.setBrush(QBrush(swatch, Qt.BrushStyle.NoBrush if found.is_hidden else filled))
    radius = 5 if found.kind is Kind.POINTS else 2.5
    painter.drawRoundedRect(QRectF(11, top + LANE_H / 2 - 5, 10, 10), radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(theme.colour("muted" if found.is_hidden else "text"))
    name = painter.fontMetrics().elidedText(found.name, Qt.TextElideMode.ElideRight, HEADER_W - 36)
    painter.drawText(box.adjusted(29, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)


def small(font: QFont) -> QFont:
    """Return `font` a size smaller, with figures of equal width where it has them."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(7.0, font.pointSizeF() * 0.88))
    return smaller
