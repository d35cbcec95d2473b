"""Line icons from ``resources/icons``, in the colours of a theme."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from widgets.theme import Theme

ICON_FOLDER = Path(__file__).resolve().parents[1] / "resources" / "icons"
SIZES_PX = (16, 20, 32, 40)
"""What the window uses, at one and at two device pixels per pixel."""


def icon_path(name: str) -> Path:
    """Return where the drawing of an icon lies."""
    return ICON_FOLDER / f"{name}.svg"


def pixmap(name: str, colour: str, size_px: int, pixel_ratio: float = 1.0) -> QPixmap:
    """Draw one icon in one colour (``#rrggbb``), `size_px` wide in the window's pixels."""
    drawing = icon_path(name).read_bytes().replace(b"currentColor", colour.encode())
    picture = QPixmap(round(size_px * pixel_ratio), round(size_px * pixel_ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(pixel_ratio)
    return picture


@lru_cache(maxsize=512)
def icon(name: str, theme: Theme, colour: str = "text") -> QIcon:
    """Return an icon that goes pale when disabled. `colour` names a colour of the theme. GUI thread only."""
    made = QIcon()
    for size_px in SIZES_PX:
        made.addPixmap(pixmap(name, getattr(theme, colour), size_px), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, theme.disabled, size_px), QIcon.Mode.Disabled)
    return made


def application_icon() -> QIcon:
    """Return the icon of the program itself."""
    return QIcon(str(icon_path("throughline")))
