"""One folder of palette PNGs, as DAVIS 2017 has for each sequence: value = object id, 0 = background, 255 = void.

Without a side-car every PNG counts as a label of every object: one that is missing from it is "not here".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.id_pictures import painted, pictures_in, read_pictures
from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.mask_png import MAX_VALUE, ONLY_255, VOID_VALUE, davis_palette, grey_palette, write_mask
from app.formats.numbering import numbering_losses, values, void_object, void_values
from app.formats.side_car import FILES, has_side_car, write_side_car
from app.media.clip import Clip
from app.project.model import Object
from app.project.verbs import COLOURS


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write: a PNG for every frame, labelled or not."""
    files = (*(f"{frame:05d}.png" for frame in range(source.clip.n_frames)), *FILES)
    return Plan(files, source.clip.n_frames, numbering_losses(source, _highest(source)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a PNG for every frame, and the side-car; yields once a frame."""
    numbers = values(source, _highest(source)) | void_values(source, VOID_VALUE)
    for frame in range(source.clip.n_frames):
        write_mask(folder / f"{frame:05d}.png", painted(source, frame, numbers), davis_palette())
        yield
    write_side_car(source, folder, numbers)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a folder of PNGs, or one PNG. The value 255 is void where there are others, else an object."""
    pictures = pictures_in(path)
    found = read_pictures(pictures, clip)
    folder = path if path.is_dir() else path.parent
    if not found.values and not has_side_car(folder):
        raise UserError(f"{path} shows no object: every pixel is 0", "give each object's pixels its id, 1 to 255")
    identities = tuple(identity for identity, _ in pictures)
    has_void = VOID_VALUE in found.values and len(found.values) > 1
    objects = tuple(
        void_object(value) if has_void and value == VOID_VALUE else Object(value, f"object {value}", colour)
        for value, colour in zip(found.values, colours(found.values, found.palette), strict=True)
    )
    told = (f"Pixels of the value {VOID_VALUE} are void.",) if has_void else ()
    if found.values == (VOID_VALUE,) and not has_side_car(folder):
        told = (ONLY_255,)
    return FileContent(objects, identities, iter(enumerate(found.labels)), folder, (*found.notes, *told))


def _highest(source: LabelSource) -> int:
    """Return the highest value that a thing can have."""
    return VOID_VALUE - 1 if len(source.things) < len(source.objects) else MAX_VALUE


def colours(numbers: tuple[int, ...], palette: NDArray[np.uint8]) -> list[tuple[int, int, int]]:
    """Return the colours of objects in pictures with `palette`; masks in grey get colours of ours."""
    if np.array_equal(palette, grey_palette()):
        return [COLOURS[place % len(COLOURS)] for place in range(len(numbers))]
    return [(int(red), int(green), int(blue)) for red, green, blue in (palette[number] for number in numbers)]
