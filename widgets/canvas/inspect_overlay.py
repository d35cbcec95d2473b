"""What inspecting draws over a picture: heat, matches, the way there and back, features as colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QPolygonF

from app.desk.inspection import Inspection, Side
from widgets.canvas import marks
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.tasks.inspect import ColouredFrame, Sighting, Way
    from engines.correspondence.frame_features import CellGrid
    from engines.correspondence.inspect import Match, Waypoint

HEAT_GAMMA = 1 / 3
"""Heat is shown by its cube root: a place with a hundredth of the best one's is still to be seen."""
HEAT_ALPHA = (0.45, 0.9)
"""How opaque no heat and the most are: where there is none the picture is dimmed, so that some stands out."""
LEAST_WEIGHT = 0.02
"""Matches with less weight than this are not marked."""
THERE, BACK = QColor(96, 220, 255), QColor(255, 176, 64)
UNDER = QColor(0, 0, 0, 170)
THERE_PX, BACK_PX, UNDER_PX = 2.6, 1.4, 1.8
POINT_PX, GAP_PX = 9.0, 3.0
MATCH_PX = (3.5, 7.0)
"""Radius of a match's ring: with no weight, and with all."""
ARM_PX = 5.0
"""Of the cross around the best match's ring."""
TICK_PX = 2.2
LABEL_GAP_PX = 34.0
"""Frame numbers along a path are at least so far apart."""
REACH_PX = 72.0
"""So far beyond the marks themselves their labels reach."""


class Overlay:
    """Draws for one side what `Inspection` has found. GUI thread only; about a millisecond."""

    def __init__(self, inspection: Inspection, side: Side) -> None:
        self._inspection = inspection
        self._side = side
        self._heat: tuple[Any, QImage] | None = None
        self._colours: tuple[Any, QImage] | None = None

    @property
    def sighting(self) -> Sighting | None:
        """What was found."""
        return self._inspection.sighting

    @property
    def is_target(self) -> bool:
        """Whether what is pointed at on the other side is looked for on this one."""
        pointed = self._inspection.pointed
        return pointed is not None and pointed.side != self._side

    def bounds(self, viewport: Viewport, room: QRectF) -> QRectF:
        """Return the view pixels that `paint` may draw on."""
        if self._inspection.colours_of(self._side) is not None or (self.is_target and self.sighting is not None):
            return room
        points = [viewport.to_view(x, y) for x, y in self._positions()]
        if not points:
            return QRectF()
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        return box.adjusted(-REACH_PX, -REACH_PX, REACH_PX, REACH_PX)

    def _point(self) -> tuple[float, float] | None:
        """Return what is looked for: as of the last answer, so that all that is drawn belongs together."""
        pointed, sighting = self._inspection.pointed, self.sighting
        if sighting is not None:
            return sighting.point.x, sighting.point.y
        return None if pointed is None else (pointed.x, pointed.y)

    def _positions(self) -> list[tuple[float, float]]:
        """Return every image position that something is drawn at, but for heat and colours."""
        point, way = self._point(), self._inspection.way
        positions = [] if point is None else [point]
        if way is not None:
            positions += [(at.x, at.y) for at in (*way.there, *way.back)]
        return positions

    def paint(
        self,
        painter: QPainter,
        viewport: Viewport,
        picture: tuple[int, int],
        *,
        with_heat: bool = True,
        words: str = "",
    ) -> None:
        """Draw over a picture of (width, height) in view pixels, with `words` behind its number in the corner.

        What is exposed is the painter's clip.
        """
        painter.save()
        coloured = self._inspection.colours_of(self._side)
        room = QRectF(*viewport.rect_of(0, 0, *picture))
        heat_of = self.sighting if with_heat and self.is_target else None
        if coloured is not None or heat_of is not None:
            painter.save()
            painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
            if coloured is not None:
                painter.setOpacity(self._inspection.feature_opacity)
                painter.drawImage(_place(viewport, coloured.grid), self._colours_image(coloured))
                painter.setOpacity(1.0)
            if heat_of is not None:
                painter.drawImage(_place(viewport, heat_of.grid), self._heat_image(heat_of))
            painter.restore()
        font = painter.font()
        small = QFont(font)
        small.setPointSizeF(max(7.0, font.pointSizeF() * 0.85))
        painter.setFont(small)
        labels = _Labels(painter)
        frame = self._inspection.frame_of(self._side)
        if frame is not None:
            labels.put(f"frame {frame}{words}", QPointF(6, 6 + painter.fontMetrics().height() / 2))
        shown = _shown(self.sighting.matches) if self.is_target and self.sighting is not None else []
        for number, match in enumerate(shown):
            arm_px = 0.0 if number else ARM_PX
            labels.keep_clear(QPointF(*viewport.to_view(match.x, match.y)), _radius(match) + arm_px)
        if self._inspection.way is not None:
            _paint_way(painter, viewport, self._inspection.way, labels, with_back=not self.is_target)
        _paint_matches(painter, viewport, shown, labels)
        if self._inspection.way is not None:
            _number_frames(viewport, self._inspection.way.there, labels)
        self._paint_point(painter, viewport)
        labels.paint()
        painter.restore()

    def _paint_point(self, painter: QPainter, viewport: Viewport) -> None:
        point = self._point()
        if point is None:
            return
        at = QPointF(*viewport.to_view(*point))
        if not self.is_target:
            marks.cross(painter, at, POINT_PX, GAP_PX)
            if self._inspection.is_held:
                marks.ring(painter, at, POINT_PX + 2)
        elif self.sighting is None:  # nothing found yet: where the pointer would be
            marks.cross(painter, at, POINT_PX / 2)

    def _heat_image(self, sighting: Sighting) -> QImage:
        if self._heat is None or self._heat[0] is not sighting:
            self._heat = (sighting, heat_image(sighting.heat))
        return self._heat[1]

    def _colours_image(self, coloured: ColouredFrame) -> QImage:
        if self._colours is None or self._colours[0] is not coloured:
            self._colours = (coloured, _cells_image(cv2.cvtColor(coloured.image, cv2.COLOR_RGB2BGRA)))
        return self._colours[1]


class _Labels:
    """Words at the marks of one picture. Those put first get their place; what would lie on them is left out.

    Painted at last, so that no mark lies over them either.
    """

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter
        self._taken: list[QRectF] = []
        self._placed: list[tuple[QRectF, str, QColor]] = []

    def width(self, text: str) -> float:
        return marks.label_width(self._painter, text)

    def keep_clear(self, at: QPointF, radius_px: float) -> None:
        """Let no label lie on a mark."""
        self._taken.append(QRectF(at.x() - radius_px, at.y() - radius_px, 2 * radius_px, 2 * radius_px))

    def put(self, text: str, *starts: QPointF, colour: QColor = marks.LIGHT) -> None:
        """Place a label with the middle of its left end at the first of `starts` where there is room."""
        for start in starts:
            box = marks.label_box(self._painter, start, text)
            if not any(box.intersects(other) for other in self._taken):
                self._taken.append(box)
                self._placed.append((box, text, colour))
                return

    def paint(self) -> None:
        for box, text, colour in self._placed:
            marks.paint_label(self._painter, box, text, colour)


def heat_image(heat: NDArray[np.float32]) -> QImage:
    """Return `heat`, float32 (rows, columns), as a picture to lay over another: dark and thin to bright and thick."""
    share = (heat / max(float(heat.max()), 1e-12)) ** HEAT_GAMMA
    bgr = cv2.applyColorMap(np.round(255 * share).astype(np.uint8), cv2.COLORMAP_INFERNO)
    alpha = HEAT_ALPHA[0] + (HEAT_ALPHA[1] - HEAT_ALPHA[0]) * share
    bgra = np.dstack((bgr, np.full(heat.shape, 255, np.uint8))) * alpha[..., None]  # premultiplied
    return _cells_image(np.round(bgra).astype(np.uint8))


def _cells_image(bgra: NDArray[np.uint8]) -> QImage:
    """Return a pixel for each cell, premultiplied uint8 (rows, columns, 4), and a rim of one cell like its neighbours.

    The rim is for the last pixels of the picture, which lie beyond the last cell.
    """
    pixels = cv2.copyMakeBorder(bgra, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _place(viewport: Viewport, grid: CellGrid) -> QRectF:
    """Return where a picture by `_cells_image` lies in the view: each cell reaches half a step around its centre."""
    left, top = viewport.to_view(grid.first_x - 1.5 * grid.step_x, grid.first_y - 1.5 * grid.step_y)
    width, height = (grid.columns + 2) * grid.step_x, (grid.rows + 2) * grid.step_y
    return QRectF(left, top, width * viewport.scale, height * viewport.scale)


def _shown(matches: Sequence[Match]) -> list[Match]:
    """Return the matches that are marked."""
    return [match for place, match in enumerate(matches) if place == 0 or match.weight >= LEAST_WEIGHT]


def _radius(match: Match) -> float:
    return MATCH_PX[0] + (MATCH_PX[1] - MATCH_PX[0]) * math.sqrt(min(match.weight, 1.0))


def _paint_matches(painter: QPainter, viewport: Viewport, shown: Sequence[Match], labels: _Labels) -> None:
    """Ring the matches, the larger the more weight, with their weights beside them."""
    for number, match in enumerate(shown):
        at, radius = QPointF(*viewport.to_view(match.x, match.y)), _radius(match)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks.ring(painter, at, radius)
        arm_px = ARM_PX if number == 0 else 0.0
        if arm_px:
            marks.cross(painter, at, radius + arm_px, radius + 1)
        text = percent(match.weight)
        gap_px = radius + arm_px + 3
        left = -gap_px - labels.width(text)
        labels.put(text, at + QPointF(gap_px, 0), at + QPointF(left, 0))


def _paint_way(painter: QPainter, viewport: Viewport, way: Way, labels: _Labels, *, with_back: bool) -> None:
    """Draw the way there, its frames marked, and dashed the way back, to where that ends."""
    there, back = _line(viewport, way.there), _line(viewport, way.back)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if with_back:
        _stroke(painter, back, UNDER, BACK_PX + UNDER_PX)
    _stroke(painter, there, UNDER, THERE_PX + UNDER_PX)
    _stroke(painter, there, THERE, THERE_PX)
    _tick(painter, there, THERE)
    if with_back:  # thinner and on top: at its best it is the same way
        _stroke(painter, back, BACK, BACK_PX, is_dashed=True)
        end = back[-1]
        painter.setPen(QPen(UNDER, 1))
        painter.setBrush(BACK)
        painter.drawRect(QRectF(end.x() - 3.5, end.y() - 3.5, 7, 7))
        text = f"{way.cycle_px:.1f} px"
        goes_left = there[-1].x() < there[0].x()  # then there is room on the right
        dx = POINT_PX + 6 if goes_left else -POINT_PX - 6 - labels.width(text)
        labels.put(text, there[0] + QPointF(dx, 0), colour=BACK)


def _tick(painter: QPainter, line: Sequence[QPointF], colour: QColor) -> None:
    """Mark the frames of a path but for the first."""
    painter.setPen(QPen(UNDER, 1))
    painter.setBrush(colour)
    for at in line[1:]:
        painter.drawEllipse(at, TICK_PX, TICK_PX)


def _number_frames(viewport: Viewport, way: Sequence[Waypoint], labels: _Labels) -> None:
    """Write frame numbers along a path, its end first, where there is room between them."""
    line = _line(viewport, way)
    taken = [line[0]]
    for at, waypoint in [(line[-1], way[-1]), *zip(line, way, strict=True)]:
        if all(math.hypot(at.x() - other.x(), at.y() - other.y()) >= LABEL_GAP_PX for other in taken):
            labels.put(str(waypoint.frame), at + QPointF(0, 12), colour=THERE)
            taken.append(at)


def _line(viewport: Viewport, way: Sequence[Waypoint]) -> list[QPointF]:
    return [QPointF(*viewport.to_view(at.x, at.y)) for at in way]


def _stroke(
    painter: QPainter, line: Sequence[QPointF], colour: QColor, width_px: float, *, is_dashed: bool = False
) -> None:
    pen = QPen(colour, width_px)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if is_dashed:
        pen.setDashPattern([7.0 / width_px, 6.0 / width_px])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(line))


def percent(share: float) -> str:
    """Return "83%", or "<1%"."""
    return f"{share:.0%}" if share >= 0.01 else "<1%"
