"""Textures as pictures: frames with paint on them, the paint alone, and where on its own frame each pixel is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.formats.interface import LabelSource, Plan, TexturedFrame
from app.formats.shown import hidden_losses
from app.media.npz_writer import add_array, streamed_array
from app.media.video_writer import WRITTEN_BY

_LAYERS, _UV = "layers", "uv.npz"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write; without a texture that is the clip as it is."""
    names = _names(source)
    return Plan((*names, *(f"{_LAYERS}/{name}" for name in names), _UV), source.clip.n_frames, hidden_losses(source))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write every frame of the clip; yields once a frame.

    ``%05d.png`` is the frame with its textures, ``layers/%05d.png`` the paint alone (RGBA). ``uv.npz`` has `uv` float32
    (frames, H, W, 2), which x and y of the painted frame a pixel shows, NaN where it shows no paint, and `painted`
    int32 (frames,), which frame that is, the one that most pixels show where there are several; -1 where there is none.
    """
    clip = source.clip
    (folder / _LAYERS).mkdir()
    said = PngInfo()
    said.add_text("Software", WRITTEN_BY)
    anchors: list[int] = []
    shape = (clip.n_frames, clip.height, clip.width, 2)
    with streamed_array(folder / _UV, "uv", shape) as maps, clip.open() as frames:
        for frame, name in enumerate(_names(source)):
            image = frames.image(frame)
            found = source.dressed(frame, image) or _bare(frame, image)
            Image.fromarray(found.image).save(folder / name, pnginfo=said)
            Image.fromarray(found.layer).save(folder / _LAYERS / name)
            anchors.append(_most(found.source))
            maps.write(np.where((found.source == anchors[-1])[..., None], found.uv, np.float32(np.nan)))
            yield
    add_array(folder / _UV, "painted", np.array(anchors, np.int32))


def _bare(frame: int, image: NDArray[np.uint8]) -> TexturedFrame:
    shape = image.shape[:2]
    uv = np.full((*shape, 2), np.nan, np.float32)
    return TexturedFrame(frame, image, np.zeros((*shape, 4), np.uint8), uv, np.full(shape, -1, np.int32))


def _names(source: LabelSource) -> list[str]:
    return [f"{frame:05d}.png" for frame in range(source.clip.n_frames)]


def _most(painted: NDArray[np.int32]) -> int:
    """Return the frame that most pixels show, -1 where none shows paint."""
    found, counts = np.unique(painted[painted >= 0], return_counts=True)
    return int(found[counts.argmax()]) if len(found) else -1
