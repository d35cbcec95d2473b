"""The tool that colours a frame: hints on points and along lines, colours picked up, and regions for other answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.project.colour_draft import ColourHint
from engines.cie_lab import luminance
from engines.colour.hints import DEFAULT_WIDTH_PX
from engines.colour.notation import lab_of, rgb_of
from engines.labels.raster import stamp_segment
from engines.labels.rle import RleMask
from widgets.canvas import marks
from widgets.canvas.colour_layer import tinted
from widgets.canvas.stage import Stage
from widgets.canvas.tools.select import is_click
from widgets.canvas.tools.tool import Pointer, Tool

DOT_PX, SELECTED_PX = 6.0, 10.0
HOLD_PX = 9.0
"""So near to a hint, or to the line of a split, a press takes hold of it."""
STEP_PX = 2.0
"""Image pixels between the points of a scribble."""
REACH_COLOUR = QColor(255, 255, 255, 120)
REGION_RGBA = (90, 170, 255, 90)
MOST_REGION_PX = 768
"""Cells across or down that are tinted: a few milliseconds at each move of the brush."""


class ColourTool(Tool):
    """Clicks and strokes set the colour in hand; a hint is dragged elsewhere, Delete removes it.

    The right button picks up the colour under the pointer. `view.colour_mode` lets the left one do so once, or paint
    the region where another answer is to be mixed in.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._colouring = stage.workspace.colouring
        self._hand = stage.workspace.colouring.hand
        self._start: Pointer | None = None
        self._stroke: list[tuple[float, float]] = []
        self._held: int | None = None
        self._moved: tuple[float, float] = (0.0, 0.0)
        self._is_swiping = False
        self._region: NDArray[np.uint8] | None = None
        self._value = 0

    @property
    def is_busy(self) -> bool:
        """Whether a stroke, a drag or a region is begun."""
        return self._start is not None

    def keys(self) -> Mapping[str, Callable[[], None]]:
        """Let Delete remove the selected hint."""
        if self._hand.hint is None or self.is_busy:
            return {}
        return {"Del": self._hand.delete, "Backspace": self._hand.delete, "Esc": self._deselect}

    def _deselect(self) -> None:
        self._hand.select(None)

    # gestures

    def press(self, pointer: Pointer) -> None:
        """Take hold of the line or a hint, pick up a colour, or begin a stroke."""
        stage, view, colours = self.stage, self.stage.workspace.view, self.stage.layers.colours
        if self.is_busy or pointer.button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        view.is_playing = False
        if stage.shown_frame != view.frame or not self._is_inside(pointer):
            return
        is_left = pointer.button == Qt.MouseButton.LeftButton
        if view.colour_mode == "region":
            self._start = pointer
            self._value = 255 if is_left else 0
            self._region = self._begun_region()
            self._stamp(pointer, pointer)
        elif not is_left or view.colour_mode == "pick":
            self._pick(pointer)
        elif colours.is_split and abs(pointer.view_x - colours.line(stage.viewport)) < HOLD_PX:
            self._start, self._is_swiping = pointer, True
        else:
            self._start = pointer
            self._held = self._hint_at(pointer)
            self._stroke = [] if self._held is not None else [pointer.position]
        stage.refresh_overlay()

    def move(self, pointer: Pointer) -> None:
        """Go on with what is begun."""
        start = self._start
        if start is None:
            return
        if self._is_swiping:
            image = self.stage.image
            self.stage.workspace.view.swipe_at = (pointer.x + 0.5) / (1 if image is None else image.shape[1])
            return
        if self._region is not None:
            self._stamp(start, pointer)
            self._start = pointer
        elif self._held is not None:
            self._moved = (pointer.x - start.x, pointer.y - start.y)
        elif math.dist(self._stroke[-1], pointer.position) >= STEP_PX:
            self._stroke.append(pointer.position)
        self.stage.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        """Set or move the hint, or take the region."""
        start, stroke, held = self._start, self._stroke, self._held
        moved, region, was_swiping = self._moved, self._region, self._is_swiping
        self.cancel()
        if start is None or was_swiping:
            return
        if region is not None:
            self._hand.paint_region(RleMask.encode(region > 0))
        elif held is not None:
            self._let_hint_go(held, moved if not is_click(start, pointer) else (0.0, 0.0))
        elif is_click(start, pointer):
            self._set([start.position])
        else:
            self._set(stroke)

    def cancel(self) -> None:
        """Drop what is begun."""
        self._start, self._held, self._stroke, self._region = None, None, [], None
        self._moved, self._is_swiping = (0.0, 0.0), False
        self.stage.refresh_overlay()

    def _set(self, points: list[tuple[float, float]]) -> None:
        """Set the colour in hand on points inside the picture."""
        inside = [self._clipped(point) for point in points]
        self._hand.look_at(self._luminance(inside[0]))
        self._hand.add(inside, 1 if len(inside) == 1 else DEFAULT_WIDTH_PX)
        self._colouring.look_for_likely(*inside[0])

    def _let_hint_go(self, number: int, moved: tuple[float, float]) -> None:
        if moved == (0.0, 0.0):
            self._hand.select(number)
        else:
            points = [self._clipped((x + moved[0], y + moved[1])) for x, y in self._hand.hints[number].points]
            self._hand.move(number, points)
        at = self._hand.hints[number].points[0]
        self._hand.look_at(self._luminance(at))
        self._colouring.look_for_likely(*at)

    def _pick(self, pointer: Pointer) -> None:
        """Take the colour under the pointer in hand."""
        image = self.stage.seen_image
        if image is not None:
            column, row = pointer.pixel
            red, green, blue = (int(value) for value in image[row, column])
            self._hand.take(lab_of((red, green, blue)))
        self.stage.workspace.view.colour_mode = "hint"

    def _begun_region(self) -> NDArray[np.uint8]:
        image = self.stage.image
        assert image is not None
        region = self._hand.region
        return np.zeros(image.shape[:2], np.uint8) if region is None else region.decode().astype(np.uint8) * 255

    def _stamp(self, start: Pointer, end: Pointer) -> None:
        assert self._region is not None
        radius_px = self.stage.workspace.view.brush_radius_px
        stamp_segment(self._region, start.position, end.position, radius_px, radius_px, self._value)

    # places

    def _size(self) -> tuple[int, int]:
        image = self.stage.image
        return (1, 1) if image is None else (image.shape[1], image.shape[0])

    def _is_inside(self, pointer: Pointer) -> bool:
        column, row = pointer.pixel
        width, height = self._size()
        return 0 <= column < width and 0 <= row < height

    def _clipped(self, point: tuple[float, float]) -> tuple[float, float]:
        width, height = self._size()
        return min(max(point[0], 0.0), width - 1.0), min(max(point[1], 0.0), height - 1.0)

    def _luminance(self, point: tuple[float, float]) -> float:
        image = self.stage.image
        if image is None:
            return 50.0
        x, y = self._clipped(point)
        return float(luminance(image[round(y), round(x)]))

    def _hint_at(self, pointer: Pointer) -> int | None:
        """Return the topmost hint under the pointer."""
        at = (pointer.view_x, pointer.view_y)
        for number in reversed(range(len(self._hand.hints))):
            points = [self.stage.viewport.to_view(*point) for point in self._hand.hints[number].points]
            if any(math.dist(at, point) <= HOLD_PX for point in points):
                return number
        return None

    # drawing

    def overlay_bounds(self) -> QRectF:
        """Return where hints, the reach of the selected one, and the region lie."""
        if self._region is not None or self._hand.region is not None:
            return QRectF(*self.stage.viewport.rect_of(0, 0, *self._size()))
        points = [point for hint in self._hand.hints for point in hint.points] + self._stroke
        if self._held is not None:
            hint = self._hand.hints[self._held]
            points += [(x + self._moved[0], y + self._moved[1]) for x, y in hint.points]
        if not points:
            return QRectF()
        places = QPolygonF([QPointF(*self.stage.viewport.to_view(*point)) for point in points])
        chosen = self._hand.hint
        reach = SELECTED_PX + 4
        if chosen is not None:
            reach = max(reach, chosen.reach * min(self._size()) * self.stage.viewport.scale + 4)
        return places.boundingRect().adjusted(-reach, -reach, reach, reach)

    def paint(self, painter: QPainter) -> None:
        """Draw all hints, the stroke in hand, and the region."""
        if self.stage.shown_frame != self.stage.workspace.view.frame:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._paint_region(painter)
        for number, hint in enumerate(self._hand.hints):
            moved = self._moved if number == self._held else (0.0, 0.0)
            points = [(x + moved[0], y + moved[1]) for x, y in hint.points]
            colour = rgb_of((self._luminance(hint.points[0]), *hint.chroma))
            self._paint_hint(painter, points, QColor(*colour), hint, is_selected=number == self._hand.selected)
        if self._stroke:
            self._paint_line(painter, self._stroke, QColor(*rgb_of(self._hand.colour)))
        painter.restore()

    def _paint_hint(
        self,
        painter: QPainter,
        points: list[tuple[float, float]],
        colour: QColor,
        hint: ColourHint,
        *,
        is_selected: bool,
    ) -> None:
        """Draw a dot in the hint's colour, a square one within an object; and the line of a scribble."""
        if len(points) > 1:
            self._paint_line(painter, points, colour)
        at = QPointF(*self.stage.viewport.to_view(*points[0]))
        if is_selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            marks.twice(painter, lambda: painter.drawEllipse(at, SELECTED_PX, SELECTED_PX))
            if len(points) == 1:
                reach_px = hint.reach * min(self._size()) * self.stage.viewport.scale
                painter.setPen(QPen(REACH_COLOUR, 1, Qt.PenStyle.DashLine))
                painter.drawEllipse(at, reach_px, reach_px)
        painter.setBrush(colour)
        dot = QRectF(at.x() - DOT_PX, at.y() - DOT_PX, 2 * DOT_PX, 2 * DOT_PX)
        marks.twice(painter, lambda: painter.drawRect(dot) if hint.object_id else painter.drawEllipse(dot))

    def _paint_line(self, painter: QPainter, points: list[tuple[float, float]], colour: QColor) -> None:
        line = QPolygonF([QPointF(*self.stage.viewport.to_view(*point)) for point in points])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen, width in ((marks.DARK, 6.0), (marks.LIGHT, 4.5), (colour, 3.0)):
            painter.setPen(QPen(pen, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            painter.drawPolyline(line)

    def _paint_region(self, painter: QPainter) -> None:
        """Tint where an answer is to be mixed in."""
        region = self._region
        if region is None and self._hand.region is not None:
            region = self._hand.region.decode().astype(np.uint8)
        if region is None:
            return
        place = QRectF(*self.stage.viewport.rect_of(0, 0, *self._size()))
        step = math.ceil(max(region.shape) / MOST_REGION_PX)
        painter.drawImage(place, tinted(region[::step, ::step] > 0, REGION_RGBA))
