"""Picture files as RGB, whatever they hold: 16 bit, grey, palette, alpha, turned by EXIF.

Sizes are checked before anything is unpacked, so that a small file cannot ask for all memory.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import UserError
from app.media.picture import MAX_PIXELS, SMALLER

PICTURE_TYPES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "WebP": (".webp",),
}
TYPE_OF_SUFFIX = {suffix: name for name, suffixes in PICTURE_TYPES.items() for suffix in suffixes}

_DECODERS = ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP")
"""Only these are tried: Pillow's list holds formats that start other programs."""

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM")
"""Of the files in those formats: what begins otherwise need not be tried."""

_WHITES = (255, 1023, 4095, 16383, 65535)
"""Largest values of 8, 10, 12, 14 and 16 bit."""

_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, MemoryError)
"""What Pillow raises for broken files, by its documentation and by experience."""


@dataclass(frozen=True)
class PictureFacts:
    """What a picture file says about itself before it is unpacked."""

    width: int
    height: int
    n_pages: int
    is_moving: bool
    """An animation in a format that can also hold a still."""


def probe_picture(path: Path) -> PictureFacts | None:
    """Return what the file at `path` says about itself, as shown (EXIF turn applied); None if it is no picture.

    Raises
    ------
    UserError
        If the picture is larger than `MAX_PIXELS`.
    """
    try:
        with path.open("rb") as file:
            if not file.read(12).startswith(_BEGINNINGS):
                return None
        with _open(path) as picture:
            width, height = picture.size
            if picture.getexif().get(0x0112, 1) >= 5:  # EXIF Orientation: 5 to 8 are turned by a quarter
                width, height = height, width
            n_pages = getattr(picture, "n_frames", 1)
            return PictureFacts(width, height, n_pages, n_pages > 1 and picture.format in ("GIF", "PNG", "WEBP"))
    except _TooLargeError as error:
        raise UserError(f"{path.name} is too large a picture", SMALLER) from error
    except _DAMAGE:
        return None


def read_picture(path: Path, white: float | None = None) -> NDArray[np.uint8]:
    """Return the picture as uint8 (H, W, 3) RGB.

    Alpha is laid over black. Values of more than 8 bit are scaled so that `white` becomes 255; without
    one, `white_level` of this picture is taken.

    Raises
    ------
    ValueError
        If it cannot be unpacked whole; the message says why.
    """
    try:
        with _open(path) as picture:
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in _DEEP_MODES:
                return _scaled(np.asarray(upright), white)
            return np.asarray(_flat(upright))
    except (*_DAMAGE, _TooLargeError) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def read_picture_with_alpha(path: Path) -> NDArray[np.uint8] | None:
    """Return the picture as uint8 (H, W, 4) RGBA, straight alpha; None where it has no alpha.

    Raises ValueError if it cannot be unpacked whole; the message says why.
    """
    try:
        with _open(path) as picture:
            upright = ImageOps.exif_transpose(picture)
            return np.array(upright.convert("RGBA")) if upright.has_transparency_data else None
    except (*_DAMAGE, _TooLargeError) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def white_level(path: Path) -> float | None:
    """Return the value that should be shown as white: the top of the smallest usual range that holds all values.

    None for pictures of 8 bit, and those that cannot be read. Floating point pictures up to 1 have 1.
    """
    try:
        with _open(path) as picture:
            return _white(np.asarray(picture)) if picture.mode in _DEEP_MODES else None
    except (*_DAMAGE, _TooLargeError):
        return None


_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


class _TooLargeError(Exception):
    """The picture has more than `MAX_PIXELS`."""


def _open(path: Path) -> Image.Image:
    """Open a picture without unpacking it."""
    with warnings.catch_warnings():
        # Pillow warns of pictures above its own limit; ours is checked below.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            picture = Image.open(path, formats=_DECODERS)
        except Image.DecompressionBombError as error:
            raise _TooLargeError from error
        except UnidentifiedImageError as error:
            raise ValueError("it is no picture") from error
    if picture.width * picture.height > MAX_PIXELS:
        picture.close()
        raise _TooLargeError
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture as RGB, its alpha laid over black."""
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (0, 0, 0, 255))
        return Image.alpha_composite(ground, layered).convert("RGB")
    return picture.convert("RGB")


def _white(values: NDArray[np.generic]) -> float:
    """Return the top of the smallest usual range that holds `values`."""
    top = float(np.nanmax(values)) if values.size else 0.0
    if values.dtype.kind == "f" and top <= 1:
        return 1.0
    return float(next((white for white in _WHITES if top <= white), top))


def _scaled(values: NDArray[np.generic], white: float | None) -> NDArray[np.uint8]:
    """Return deep grey `values` (H, W) as uint8 (H, W, 3), black at 0."""
    scale = 255 / (white or _white(values))
    grey = np.nan_to_num(values.astype(np.float32) * np.float32(scale), nan=0.0, posinf=255.0, neginf=0.0)
    return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
