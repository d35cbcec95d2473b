"""One picture of many small ones: chosen frames with their labels, each with its number and time stamp."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from app.errors import UserError
from app.formats.drawing import draw_labels, font, stamp_text
from app.formats.interface import LabelSource, Plan
from app.formats.shown import hidden_losses, left_out_losses, shown_frames
from app.media.picture import MAX_PIXELS, SMALLER
from app.media.video_writer import WRITTEN_BY

FILE_NAME = "contact-sheet.png"
_GAP_PX = 8
_LINE_PX = 22
"""Under each picture, for its number and time stamp."""
_TEXT_PX = 13
_SHAPE = 4 / 3
"""The sheet is about so much wider than high."""
_GROUND, _INK = (24, 24, 26), (220, 220, 220)


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write, and what does not come onto the sheet. Raises UserError where it is too big."""
    frames = _tiles(source)
    width, height = _sheet_size(source, len(frames))
    if width * height > MAX_PIXELS:
        raise UserError(f"The sheet would be {width} x {height} pixels", SMALLER)
    return Plan((FILE_NAME,), len(frames), (*hidden_losses(source), *left_out_losses(source, frames)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the sheet into `folder`; yields once a picture on it."""
    chosen = _tiles(source)
    wide, high = tile_size(source)
    n_columns = _n_columns(source, len(chosen))
    sheet = Image.new("RGB", _sheet_size(source, len(chosen)), _GROUND)
    drawing = ImageDraw.Draw(sheet)
    with source.clip.open() as frames:
        for place, frame in enumerate(chosen):
            row, column = divmod(place, n_columns)
            left, top = _GAP_PX + column * (wide + _GAP_PX), _GAP_PX + row * (high + _LINE_PX + _GAP_PX)
            image = np.array(frames.image(frame))
            draw_labels(image, source, frame)
            sheet.paste(Image.fromarray(image).resize((wide, high), Image.Resampling.LANCZOS), (left, top))
            at = (left, top + high + _LINE_PX / 2)
            drawing.text(at, stamp_text(source, frame), _INK, font(_TEXT_PX), anchor="lm")
            yield
    said = PngInfo()
    said.add_text("Software", WRITTEN_BY)
    sheet.save(folder / FILE_NAME, format="PNG", pnginfo=said)


def tile_size(source: LabelSource) -> tuple[int, int]:
    """Return (width, height) of each picture: the clip's, or smaller, its longer side being `source.look.side`."""
    clip = source.clip
    scale = min(1.0, source.look.side / max(clip.width, clip.height))
    return max(1, round(clip.width * scale)), max(1, round(clip.height * scale))


def _tiles(source: LabelSource) -> list[int]:
    """Return the frames on the sheet: of those that are wanted so many as find room, spread evenly, ends included."""
    frames, n_tiles = shown_frames(source), source.look.tiles
    if len(frames) <= n_tiles:
        return frames
    places = np.rint(np.linspace(0, len(frames) - 1, n_tiles)).astype(int)
    return [frames[place] for place in places]


def _n_columns(source: LabelSource, n_tiles: int) -> int:
    wide, high = tile_size(source)
    return min(n_tiles, max(1, round(math.sqrt(_SHAPE * n_tiles * (high + _LINE_PX + _GAP_PX) / (wide + _GAP_PX)))))


def _sheet_size(source: LabelSource, n_tiles: int) -> tuple[int, int]:
    (wide, high), n_columns = tile_size(source), _n_columns(source, n_tiles)
    n_rows = -(-n_tiles // n_columns)
    return n_columns * (wide + _GAP_PX) + _GAP_PX, n_rows * (high + _LINE_PX + _GAP_PX) + _GAP_PX
