"""The clip with its labels as an animated GIF, small enough to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.formats.contact_sheet import tile_size
from app.formats.drawing import draw_labels, draw_stamp
from app.formats.interface import LabelSource, Plan
from app.formats.shown import hidden_losses, left_out_losses, shown_frames, shown_times_s
from app.media.gif_writer import LEAST_DELAY_S, GifWriter
from app.media.reader import FrameReader

FILE_NAME = "animation.gif"
MAX_SUM_PIXELS = 100_000_000
"""Of all pictures together: some 50 to 100 MB."""
_SEEN_FOR_PALETTE = 12


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write, and what does not come into the animation."""
    frames = _animated(source)
    return Plan((FILE_NAME,), len(frames), (*hidden_losses(source), *left_out_losses(source, frames)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the animation into `folder`; yields once a picture. Its colours are chosen by a few of them."""
    chosen, size = _animated(source), tile_size(source)
    with source.clip.open() as frames:
        few = chosen[:: max(1, len(chosen) // _SEEN_FOR_PALETTE)]
        seen = np.concatenate([_picture(source, frames, frame, size) for frame in few])
        with GifWriter(folder / FILE_NAME, *size, shown_times_s(source, chosen), seen) as animation:
            for frame in chosen:
                animation.write(_picture(source, frames, frame, size))
                yield


def _animated(source: LabelSource) -> list[int]:
    """Return the frames that are shown: of those that are wanted no more than the size allows, none too short."""
    width, height = tile_size(source)
    wanted = shown_frames(source)
    n_most = max(1, MAX_SUM_PIXELS // (width * height))
    wanted = wanted[:: -(-len(wanted) // n_most)]
    frames = wanted[:1]
    for frame in wanted[1:]:
        if source.clip.times_s[frame] - source.clip.times_s[frames[-1]] >= LEAST_DELAY_S:
            frames.append(frame)
    return frames


def _picture(source: LabelSource, frames: FrameReader, frame: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    image = np.array(frames.image(frame))
    draw_labels(image, source, frame)
    small = np.array(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))
    if source.look.stamps:
        draw_stamp(small, source, frame)
    return small
