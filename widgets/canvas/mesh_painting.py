"""The net on which a texture is carried, drawn over the picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engines.labels.sheets import Sheet
from widgets.canvas.viewport import Viewport

VERTEX_PX = 2.0
_LINE, _HIDDEN_LINE = QColor(255, 255, 255, 150), QColor(255, 255, 255, 55)
_SHADOW, _DARK, _CHOSEN = QColor(0, 0, 0, 90), QColor(0, 0, 0, 170), QColor(255, 190, 40)
REACH_PX = 6.0
LEAST_APART_PX = 12.0
"""Where vertices lie closer on the screen, only the lines between them are drawn."""
_SEEN_FROM = 128


def paint_mesh(painter: QPainter, viewport: Viewport, sheet: Sheet, vertices: NDArray[np.float32]) -> None:
    """Draw a sheet's triangles where `vertices` (n, 2) lie, faintly where its surface is hidden."""
    places = _on_screen(viewport, vertices)
    triangles = sheet.triangles.astype(int)
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.sort(edges, 1), axis=0)
    is_seen = (sheet.visible[edges] >= _SEEN_FROM).all(1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # smooth lines take ten times as long
    for chosen, colours in ((~is_seen, (_HIDDEN_LINE,)), (is_seen, (_SHADOW, _LINE))):
        lines = [QLineF(places[start], places[end]) for start, end in edges[chosen].tolist()]
        for offset, colour in enumerate(reversed(colours)):
            painter.setPen(QPen(colour, 0))
            painter.translate(offset, offset)
            painter.drawLines(lines)
            painter.translate(-offset, -offset)
    painter.restore()


def paint_vertices(
    painter: QPainter, viewport: Viewport, vertices: NDArray[np.float32], held: int | None, near: int | None
) -> None:
    """Draw what can be dragged, where there is room between; what is held or pointed at larger."""
    width, height = np.ptp(vertices, axis=0).tolist()
    apart_px = viewport.scale * math.sqrt(width * height / len(vertices))
    places = _on_screen(viewport, vertices)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if apart_px >= LEAST_APART_PX:
        for colour, width_px in ((_DARK, 2 * VERTEX_PX + 2), (QColor(Qt.GlobalColor.white), 2 * VERTEX_PX)):
            painter.setPen(QPen(colour, width_px))
            painter.drawPoints(QPolygonF(places))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(_DARK, 1.0))
    painter.setBrush(_CHOSEN)
    for number in {held, near} - {None}:
        assert number is not None
        painter.drawEllipse(places[number], 2.5 * VERTEX_PX, 2.5 * VERTEX_PX)
    painter.restore()


def mesh_bounds(viewport: Viewport, vertices: NDArray[np.float32]) -> QRectF:
    """Return the screen pixels that a mesh is drawn on."""
    reach = REACH_PX
    return QPolygonF(_on_screen(viewport, vertices)).boundingRect().adjusted(-reach, -reach, reach, reach)


def _on_screen(viewport: Viewport, vertices: NDArray[np.float32]) -> list[QPointF]:
    return [QPointF(*viewport.to_view(x, y)) for x, y in vertices.tolist()]
