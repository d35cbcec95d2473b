"""Masks as PNG files: value = object id, 0 = background, as palette or grey."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from app.errors import UserError
from app.os_errors import user_error

MAX_VALUE = 255
"""Highest object id that a PNG of 8 bits can hold."""

VOID_VALUE = MAX_VALUE
"""Pixels to be left out of scores, in DAVIS and PASCAL VOC; only where there are other values beside it. Alone it
is what an object is in black and white."""

ONLY_255 = (
    f"The only value but 0 is {VOID_VALUE}: it is taken for an object with that id. Beside other values it is void."
)
"""The note on black and white pictures, which could as well show nothing but void."""

_GREY_SCALE = {1: 255, 2: 85, 4: 17}
"""What Pillow multiplies grey values of fewer than 8 bits with; the ids are the values in the file."""


@dataclass(frozen=True, slots=True)
class MaskPicture:
    """A mask as read: `values`, uint8 (H, W), object ids; `palette`, uint8 (256, 3) RGB."""

    values: NDArray[np.uint8]
    palette: NDArray[np.uint8]


@cache
def davis_palette() -> NDArray[np.uint8]:
    """Return the colours of DAVIS and PASCAL VOC, uint8 (256, 3) RGB, read-only.

    Bits 0, 1 and 2 of the index, then 3, 4 and 5 and so on, go to red, green and blue from the
    highest bit down (`VOClabelcolormap` of the PASCAL VOC development kit).
    """
    index = np.arange(256)
    palette = np.zeros((256, 3), np.uint8)
    for digit in range(8):
        for channel in range(3):
            bit = index >> (3 * digit + channel) & 1
            palette[:, channel] |= (bit << (7 - digit)).astype(np.uint8)
    palette.setflags(write=False)
    return palette


@cache
def grey_palette() -> NDArray[np.uint8]:
    """Return the palette in which id n is the grey n, uint8 (256, 3), read-only.

    Masks that came as grey leave with it: a reader that resolves palettes still sees the ids.
    """
    palette = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    palette.setflags(write=False)
    return palette


def read_mask(path: Path, size: tuple[int, int] | None = None) -> MaskPicture:
    """Read a palette or grey PNG; `size` is the (width, height) that it has to have. Any thread.

    The size is compared before the pixels are unpacked, so a wrong file costs nothing.
    Raises UserError, naming the file, for anything else.
    """
    try:
        with Image.open(path, formats=["PNG"]) as image:
            if image.mode not in ("P", "L", "1"):
                raise UserError(
                    f"{path} is a {_mode_words(image.mode)} picture, but masks hold one object id a pixel",
                    "save it as a palette or an 8-bit grey PNG whose values are object ids",
                )
            if size is not None and image.size != size:
                raise UserError(
                    f"{path} is {image.width} x {image.height} pixels, but the clip is {size[0]} x {size[1]}",
                    "give masks of the clip's own size",
                )
            values = np.array(image).astype(np.uint8)
            palette = _palette_of(image)
        if image.mode in ("L", "1"):
            bits = _bit_depth(path)
            values = values // (_GREY_SCALE.get(bits, 1) if image.mode == "L" else 1)
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError, struct.error) as error:
        raise UserError(f"{path} cannot be read as a PNG", "give a whole PNG file") from error
    except OSError as error:
        if error.errno is None:  # Pillow's way to say that the file is cut short or damaged
            raise UserError(f"{path} is damaged or cut short", "give a whole PNG file") from error
        raise user_error(error, path) from error
    return MaskPicture(values, palette)


def write_mask(path: Path, values: NDArray[np.uint8], palette: NDArray[np.uint8]) -> None:
    """Write `values`, uint8 (H, W), as a palette PNG; `palette` is uint8 (256, 3) RGB. Any thread."""
    image = Image.fromarray(values, mode=None)
    image.putpalette(palette.tobytes())
    image.save(path, format="PNG", bits=8)


def _palette_of(image: Image.Image) -> NDArray[np.uint8]:
    """Return the picture's palette filled up to 256 colours; the grey one where it has none."""
    if image.mode != "P":
        return grey_palette()
    colours = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
    return np.concatenate((colours, davis_palette()[len(colours) :]))


def _bit_depth(path: Path) -> int:
    """Return the bits a sample, from the header of a PNG that has already been read."""
    with path.open("rb") as file:
        return int(file.read(25)[24])


def _mode_words(mode: str) -> str:
    """Return a name for Pillow's `mode` that a person understands."""
    words = {"RGB": "colour", "RGBA": "colour", "LA": "grey picture with transparency,", "I;16": "16-bit grey"}
    return words.get(mode, mode)
