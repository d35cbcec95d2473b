"""OTB's text: `x,y,width,height` a line, one line for each frame, positions counting from 0; one file for each object.

`NaN` stands for a frame without a label, a box of no size for an object that is not there. OTB itself counts positions
from 1; the readers of GOT-10k, PyTracking and most data sets since take them as they stand, and so do we.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS, finite, read_text, reading
from app.formats.boxes import box_mask, box_of
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.numbering import stranger
from app.formats.side_car import FILES, has_side_car, write_side_car
from app.media.clip import Clip
from app.os_errors import told_to_the_user

_NAME = re.compile(r"groundtruth(?:_rect)?(?:\.(\d{1,6}))?\.txt", re.ASCII)


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return Plan((*_names(source), *FILES), source.clip.n_frames)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a file for each object, and the side-car; yields once a frame."""
    with ExitStack() as stack:
        files = [stack.enter_context((folder / name).open("w", encoding="ascii")) for name in _names(source)]
        for frame in range(source.clip.n_frames):
            boxes = {found.object_id: box_of(mask) for found, _, mask in source.labels_on(frame)}
            for found, file in zip(source.objects, files, strict=True):
                box = boxes.get(found.object_id, ("NaN",) * 4)
                file.write(f"{','.join(map(str, box))}\n")
            yield
    places = {found.object_id: place for place, found in enumerate(source.objects, 1)}
    write_side_car(source, folder, places)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a text file, or those in a folder. Numbers may be apart by commas, tabs or blanks."""
    if not path.exists():
        raise UserError(f"There is no {path}", "check the path")
    with told_to_the_user(path):
        found = sorted(path.iterdir()) if path.is_dir() else [path]
    files = [file for file in found if file.is_file() and (_NAME.fullmatch(file.name) or file == path)]
    if not files and not has_side_car(path):
        raise UserError(f"There is no groundtruth_rect.txt in {path}", "give the text file itself")
    if len(files) > MAX_OBJECTS:
        raise UserError(f"{path} has {len(files)} objects", f"give at most {MAX_OBJECTS}")
    files.sort(key=_number)
    by_frame: dict[int, list[Found]] = {}
    for object_id, file in enumerate(files, 1):
        with reading(file, "OTB"):
            lines = read_text(file).splitlines()
            if len(lines) > clip.n_frames:
                raise ValueError(f"it has {len(lines)} lines, but the clip has {clip.n_frames} frames")
            for frame, line in enumerate(lines):
                numbers = [float(number) for number in re.split(r"[,\s]+", line.strip()) if number]
                if numbers and all(math.isnan(number) for number in numbers):
                    continue
                x, y, width, height = (finite(number) for number in numbers)
                mask = box_mask(x, y, width, height, clip.width, clip.height)
                by_frame.setdefault(frame, []).append(Found(object_id, mask))
    frames = sorted(by_frame)
    objects = tuple(stranger(object_id, object_id - 1) for object_id in range(1, len(files) + 1))
    labels = ((place, tuple(by_frame.pop(frame))) for place, frame in enumerate(frames))
    folder = path if path.is_dir() else path.parent
    return FileContent(objects, tuple(map(FrameIdentity, frames)), labels, folder)


def _names(source: LabelSource) -> list[str]:
    n_objects = len(source.objects)
    if n_objects == 1:
        return ["groundtruth_rect.txt"]
    return [f"groundtruth_rect.{place}.txt" for place in range(1, n_objects + 1)]


def _number(file: Path) -> tuple[int, str]:
    named = _NAME.fullmatch(file.name)
    return int(named[1]) if named and named[1] else 0, file.name
