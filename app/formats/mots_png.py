"""MOTS as pictures: 16-bit PNGs in `instances/<video>`, value = a thousand times the class plus the object.

Specification: https://www.vision.rwth-aachen.de/page/mots
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import UserError
from app.formats.bounded import reading
from app.formats.id_pictures import painted, pictures_in
from app.formats.interface import FileContent, Found, LabelSource, Plan
from app.formats.mots_ids import PER_CLASS, class_name, mots_ids, with_void
from app.formats.numbering import Identities
from app.formats.only_file import only_file
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from engines.labels.rle import RleMask

FOLDER = "instances"
_MAX_CLASS = (1 << 16) // PER_CLASS - 1


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write: a PNG for every frame."""
    files = (f"{FOLDER}/{source.video}/{frame:06d}.png" for frame in range(source.clip.n_frames))
    return Plan((*files, *FILES), source.clip.n_frames)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a PNG for every frame, and the side-car; yields once a frame."""
    numbers = mots_ids(source)
    if max(numbers.values(), default=0) >= 1 << 16:
        raise UserError(f"The objects have more than {_MAX_CLASS} classes", "use fewer, or write MOTS as text")
    pictures = folder / FOLDER / source.video
    pictures.mkdir(parents=True)
    for frame in range(source.clip.n_frames):
        Image.fromarray(painted(source, frame, numbers, np.uint16)).save(pictures / f"{frame:06d}.png")
        yield
    write_side_car(source, folder, numbers)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a folder of PNGs, or the data set with the folder of the clip. Regions to be ignored are void."""
    folder = path
    if path.is_dir() and not any(file.suffix.lower() == ".png" for file in path.iterdir()):
        folder = only_file(path, FOLDER, "", clip)
    pictures = pictures_in(folder)
    identities = Identities()
    shown: list[dict[int, RleMask]] = []
    for _, file in pictures:
        with reading(file, "MOTS"):
            values = _read_values(file, clip)
            on_frame = {}
            for value in (int(value) for value in np.unique(values) if value):
                object_id = identities.object_id(0, value, class_name(value // PER_CLASS))
                on_frame[object_id] = RleMask.encode(values == value)
            shown.append(on_frame)
    nothing = RleMask.empty(clip.width, clip.height)
    labels = (
        tuple(Found(item.object_id, on_frame.get(item.object_id, nothing)) for item in identities.objects)
        for on_frame in shown
    )
    home = folder.parent.parent if folder.parent.name == FOLDER else folder if folder.is_dir() else folder.parent
    return FileContent(
        with_void(identities.objects), tuple(item for item, _ in pictures), iter(enumerate(labels)), home
    )


def _read_values(file: Path, clip: Clip) -> NDArray[np.uint16]:
    with Image.open(file, formats=["PNG"]) as picture:
        if picture.mode not in ("I;16", "I", "L"):
            raise ValueError(f"it is a {picture.mode} picture, not one of 16-bit grey")
        if picture.size != (clip.width, clip.height):
            raise ValueError(f"it is {picture.width} x {picture.height}, but the clip is {clip.width} x {clip.height}")
        values = np.array(picture)
    if values.min() < 0 or values.max() >= 1 << 16:
        raise ValueError("its values are out of range")
    return values.astype(np.uint16)
