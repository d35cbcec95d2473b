"""What can be stamped, as pictures: stripes, words, or a picture file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from app.errors import UserError
from app.media.picture_file import read_picture, read_picture_with_alpha
from engines.labels.alpha import multiplied

STRIPES = ((230, 40, 40), (245, 150, 30), (250, 225, 50), (60, 175, 75), (45, 110, 220), (140, 60, 180))
"""The sample of the thesis: six stripes in colours."""
_STRIPE_PX = 40
_FONT_PX = 160
MOST_PX = 2048
"""Stamps are made no larger than this on either side."""


def stamp_image(stamp: str, colour: str) -> NDArray[np.uint8]:
    """Return ``stripes``, ``text:WORDS`` in a `colour` (#rrggbb), or ``picture:PATH``, RGBA multiplied (h, w, 4).

    Any thread. Raises UserError for a picture that cannot be read.
    """
    if stamp.startswith("text:"):
        return _words(stamp.removeprefix("text:"), colour)
    if stamp.startswith("picture:"):
        return _picture(Path(stamp.removeprefix("picture:")))
    stripes = np.zeros((len(STRIPES) * _STRIPE_PX, 6 * _STRIPE_PX, 4), np.uint8)
    for number, rgb in enumerate(STRIPES):
        stripes[number * _STRIPE_PX : (number + 1) * _STRIPE_PX] = (*rgb, 255)
    return stripes


def _picture(path: Path) -> NDArray[np.uint8]:
    """Return a picture file, reduced where it is large."""
    try:
        rgba = read_picture_with_alpha(path)
        if rgba is None:
            rgb = read_picture(path)
            rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    except ValueError as error:
        raise UserError(f"{path.name} cannot be stamped ({error})", "choose a PNG, JPEG, TIFF or WebP file") from error
    scale = MOST_PX / max(rgba.shape[:2])
    found = multiplied(rgba)
    return found if scale >= 1 else cv2.resize(found, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _words(words: str, colour: str) -> NDArray[np.uint8]:
    """Return words on nothing."""
    font = QFont()
    font.setPixelSize(_FONT_PX)
    font.setBold(True)
    metrics = QFontMetricsF(font)
    width = min(MOST_PX, int(metrics.horizontalAdvance(words)) + 8)
    image = QImage(width, int(metrics.height()) + 4, QImage.Format.Format_RGBA8888_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(image.rect(), Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return pixels[:, : 4 * width].reshape(image.height(), width, 4).copy()
