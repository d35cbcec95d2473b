"""Series of palette PNGs in which a pixel's value is its object's number: what DAVIS and YouTube-VOS share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.interface import Found, FrameIdentity, LabelSource
from app.formats.label_pictures import MANY_OBJECTS
from app.formats.mask_png import read_mask
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from engines.labels.rle import RleMask

Picture = tuple[FrameIdentity, Path]


@dataclass(frozen=True, slots=True)
class IdPictures:
    """What a series shows: the numbers in it, the `palette` of its first picture, and the labels of each picture.

    Every picture has a label of every number, an empty one where it shows none of it.
    """

    values: tuple[int, ...]
    palette: NDArray[np.uint8]
    labels: tuple[tuple[Found, ...], ...]
    notes: tuple[str, ...]


def painted(source: LabelSource, frame: int, values: Mapping[int, int], dtype: type = np.uint8) -> NDArray:
    """Return the picture of a frame, (H, W) of `dtype`: each object's value, as `covering_on` has it; 0 elsewhere."""
    picture: NDArray = np.zeros((source.clip.height, source.clip.width), dtype)
    for found, _, mask in source.covering_on(frame):
        left, top, right, bottom = mask.box
        picture[top:bottom, left:right][mask.crop()] = values[found.object_id]
    return picture


def pictures_in(path: Path) -> list[Picture]:
    """Return the PNG at `path`, or those in the folder `path`, by name.

    A single picture whose name is no number is for frame 0. Raises UserError where there is none.
    """
    if not path.exists():
        raise UserError(f"There is no {path}", "give a PNG file, or a folder of them named by frame number")
    with told_to_the_user(path):
        found = [path] if path.is_file() else [file for file in path.iterdir() if file.suffix.lower() == ".png"]
    files = sorted(file for file in found if file.is_file())
    if not files:
        raise UserError(f"There is no PNG in {path}", "give a PNG file, or a folder of them named by frame number")
    if len(files) == 1 and numbered(files[0].stem).number is None:
        return [(FrameIdentity(0, files[0].stem), files[0])]
    return [(numbered(file.stem), file) for file in files]


def numbered(stem: str) -> FrameIdentity:
    """Return the identity of a frame by the name of its file: its number too, where the name is one."""
    return FrameIdentity(int(stem) if stem.isascii() and stem.isdecimal() and len(stem) < 10 else None, stem)


def read_pictures(pictures: Sequence[Picture], clip: Clip) -> IdPictures:
    """Read a series for `clip`. Raises UserError, naming the file, for pictures that do not fit, or show nothing."""
    seen: list[dict[int, RleMask]] = []
    palette = None
    for _, file in pictures:
        picture = read_mask(file, (clip.width, clip.height))
        palette = picture.palette if palette is None else palette
        counts = np.bincount(picture.values.ravel(), minlength=256)
        there = (int(value) for value in np.flatnonzero(counts[1:]) + 1)
        seen.append({value: RleMask.encode(picture.values == value) for value in there})
    values = tuple(sorted({value for on_frame in seen for value in on_frame}))
    assert palette is not None
    nothing = RleMask.empty(clip.width, clip.height)
    labels = tuple(tuple(Found(value, on_frame.get(value, nothing)) for value in values) for on_frame in seen)
    many = f"There are {len(values)} different ids; if that is too many, edges were smoothed when the files were saved."
    return IdPictures(values, palette, labels, (many,) if len(values) > MANY_OBJECTS else ())
