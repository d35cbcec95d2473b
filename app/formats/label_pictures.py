"""Anchors from PNG files: one picture, or a folder of pictures named by frame number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.mask_png import ONLY_255, VOID_VALUE, read_mask
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from engines.labels.rle import RleMask
from engines.propagation.types import MaskAnchor

MANY_OBJECTS = 40
"""More ids than this in grey pictures are more likely smoothed edges than objects."""


@dataclass(frozen=True, slots=True)
class LabelPictures:
    """What a person gave.

    `anchors`; `palette`, uint8 (256, 3) RGB, of the first picture; `notes` to tell; and the pixels to be left out of
    scores, `void`, by frame.
    """

    anchors: tuple[MaskAnchor, ...]
    palette: NDArray[np.uint8]
    notes: tuple[str, ...]
    void: Mapping[int, RleMask] = field(default_factory=dict)

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Return the ids of all objects, rising."""
        return tuple(sorted({anchor.object_id for anchor in self.anchors}))

    @property
    def frames(self) -> tuple[int, ...]:
        """Return the frames that have a picture, rising."""
        return tuple(sorted({anchor.frame for anchor in self.anchors}))


def read_labels(path: Path, clip: Clip) -> LabelPictures:
    """Read one PNG or every PNG of a folder as anchors for `clip`.

    Every picture is an anchor of every object that any of them shows: an object that is missing
    from one is "not here" on that frame. The value 255 is void where there are others, else an
    object. Raises UserError, naming the file, for pictures that do not fit the clip, and where there
    is no picture or no object.
    """
    pictures = frame_pictures(path)
    for frame, file in pictures.items():
        if frame >= clip.n_frames:
            raise UserError(
                f"{file} is for frame {frame}, but {clip.path.name} has frames 0 to {clip.n_frames - 1}",
                "name labels by frame number, counted from 0",
            )
    seen: dict[tuple[int, int], RleMask] = {}
    palette = None
    for frame, file in sorted(pictures.items()):
        picture = read_mask(file, (clip.width, clip.height))
        palette = picture.palette if palette is None else palette
        counts = np.bincount(picture.values.ravel(), minlength=256)
        for object_id in np.flatnonzero(counts[1:]) + 1:
            seen[int(object_id), frame] = RleMask.encode(picture.values == object_id)
    if not seen:
        raise UserError(f"{path} shows no object: every pixel is 0", "give each object's pixels its id, 1 to 255")
    assert palette is not None
    void: dict[int, RleMask] = {}
    if len({value for value, _ in seen}) > 1:
        void = {frame: seen.pop((VOID_VALUE, frame)) for frame in pictures if (VOID_VALUE, frame) in seen}
    nothing = RleMask.empty(clip.width, clip.height)
    anchors = tuple(
        MaskAnchor(object_id, frame, seen.get((object_id, frame), nothing))
        for object_id in sorted({object_id for object_id, _ in seen})
        for frame in sorted(pictures)
    )
    notes = _notes(path, pictures, clip, len(anchors) // len(pictures))
    if {anchor.object_id for anchor in anchors} == {VOID_VALUE}:
        notes.append(ONLY_255)
    if void:
        notes.append(
            f"Pixels of the value {VOID_VALUE} are void: they are no object, and nothing is carried from them."
        )
    return LabelPictures(anchors, palette, tuple(notes), void)


def frame_pictures(path: Path) -> dict[int, Path]:
    """Return the PNG at `path`, or the PNGs in the folder `path`, by frame number.

    A single picture whose name is no number is for frame 0. Raises UserError where there is no
    picture, or where several have names that do not tell their frames.
    """
    if not path.exists():
        raise UserError(f"There is no {path}", "give a PNG file, or a folder of them named by frame number")
    if path.is_file():
        files = [path]
    else:
        with told_to_the_user(path):
            files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".png" and file.is_file())
    if not files:
        raise UserError(f"There is no PNG in {path}", "give a PNG file, or a folder of them named by frame number")
    if len(files) == 1:
        return {frame_number(files[0]) or 0: files[0]}
    pictures: dict[int, Path] = {}
    for file in files:
        frame = frame_number(file)
        if frame is None:
            raise UserError(f"The name of {file} does not tell its frame", "name it by frame number, as in 00012.png")
        if frame in pictures:
            raise UserError(f"{pictures[frame]} and {file.name} are for the same frame", "keep one of them")
        pictures[frame] = file
    return pictures


def frame_number(file: Path) -> int | None:
    """Return the number that a file is named by, None where its name is none."""
    return int(file.stem) if file.stem.isascii() and file.stem.isdecimal() else None


def _notes(path: Path, pictures: dict[int, Path], clip: Clip, n_objects: int) -> list[str]:
    """Return what a person should know about how the pictures were understood."""
    notes = []
    shifted = _shifted(pictures, clip)
    if shifted is not None:
        frame, file = shifted
        notes.append(
            f"{file.name} was taken for frame {frame}, which is {clip.names[frame]}, "
            f"because frames are counted from 0 and {clip.names[0]} is frame 0."
        )
    if n_objects > MANY_OBJECTS:
        notes.append(
            f"{path} holds {n_objects} different ids; if that is too many, its edges were smoothed when it was saved."
        )
    return notes


def _shifted(pictures: dict[int, Path], clip: Clip) -> tuple[int, Path] | None:
    """Return the first picture that a reader of file names would take for another frame, None where there is none."""
    numbers = {int(Path(name).stem): frame for frame, name in enumerate(clip.names) if Path(name).stem.isdecimal()}
    for frame, file in sorted(pictures.items()):
        if frame_number(file) is not None and numbers.get(frame, frame) != frame:
            return frame, file
    return None
