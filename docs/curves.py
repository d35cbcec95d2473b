"""Line charts for the documents, drawn with Qt: matplotlib is no dependency of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPen, QPolygonF

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 1280, 640
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 380, 56, 64
_COLOURS = ("#1b6ca8", "#d1495b", "#2e933c", "#8f5db7", "#e07a1f", "#4a4a4a")
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
_INK, _RULE = QColor("#222222"), QColor("#dddddd")


def draw_curves(curves: Mapping[str, Points], file: Path, title: str, across: str, up: str) -> None:
    """Draw lines (x, y) by name into a PNG, named at the right in the order of where they end."""
    own = None if QGuiApplication.instance() else QGuiApplication(["curves"])  # which fonts need
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = painter.font()
    font.setPixelSize(16)
    painter.setFont(font)
    area = QRectF(_LEFT, _TOP, WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM)
    x_ticks = nice_ticks(0, max(x for points in curves.values() for x, _ in points))
    ys = [y for points in curves.values() for _, y in points]
    y_ticks = nice_ticks(min(ys), max(ys))
    _axes(painter, area, x_ticks, y_ticks, (title, across, up))

    def place(x: float, y: float) -> QPointF:
        return QPointF(
            area.left() + area.width() * (x - x_ticks[0]) / (x_ticks[-1] - x_ticks[0]),
            area.bottom() - area.height() * (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]),
        )

    pens = {name: _pen(number) for number, name in enumerate(curves)}
    by_end = sorted(curves, key=lambda name: -curves[name][-1][1])
    line = min(30.0, area.height() / len(by_end))
    for rank, name in enumerate(by_end):
        painter.setPen(pens[name])
        painter.drawPolyline(QPolygonF([place(x, y) for x, y in curves[name]]))
        painter.drawEllipse(place(*curves[name][-1]), 2, 2)
        y = area.top() + line * (rank + 0.5)
        painter.drawLine(QPointF(area.right() + 20, y), QPointF(area.right() + 60, y))
        painter.setPen(_INK)
        painter.drawText(QPointF(area.right() + 70, y + 6), f"{curves[name][-1][1]:.3f}  {name}")
    painter.end()
    if not image.save(str(file)):
        raise OSError(f"{file} cannot be written")
    if own:
        own.shutdown()


def nice_ticks(low: float, high: float, n: int = 6) -> list[float]:
    """Return about `n` round numbers whose first and last enclose `low` and `high`."""
    rough = max(high - low, 1e-9) / n
    power = 10.0 ** (len(str(int(rough))) - 1 if rough >= 1 else -next(k for k in range(1, 20) if rough * 10**k >= 1))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = int(low // step)
    last = -int(-high // step)
    return [round(step * number, 10) for number in range(first, max(last, first + 1) + 1)]


def _axes(
    painter: QPainter, area: QRectF, x_ticks: Sequence[float], y_ticks: Sequence[float], words: tuple[str, str, str]
) -> None:
    title, across, up = words
    for number, x in enumerate(x_ticks):
        at = area.left() + area.width() * number / (len(x_ticks) - 1)
        painter.setPen(_RULE)
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        painter.setPen(_INK)
        painter.drawText(QRectF(at - 50, area.bottom() + 6, 100, 20), Qt.AlignmentFlag.AlignHCenter, f"{x:g}")
    for number, y in enumerate(y_ticks):
        at = area.bottom() - area.height() * number / (len(y_ticks) - 1)
        painter.setPen(_RULE)
        painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at))
        painter.setPen(_INK)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, at - 10, area.left() - 10, 20), flags, f"{y:g}")
    painter.drawText(QRectF(area.left(), area.bottom() + 30, area.width(), 24), Qt.AlignmentFlag.AlignHCenter, across)
    painter.drawText(QPointF(12, _TOP - 12), up)
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    painter.drawText(QRectF(0, 8, WIDTH, 24), Qt.AlignmentFlag.AlignHCenter, title)
    font.setBold(False)
    painter.setFont(font)


def _pen(number: int) -> QPen:
    dash = _DASHES[number // len(_COLOURS) % len(_DASHES)]
    return QPen(QColor(_COLOURS[number % len(_COLOURS)]), 2.2, dash)
