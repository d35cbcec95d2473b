"""A folder of numbered pictures, or a single one, as a clip."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media.picture import Picture, StopAsked, damaged, never, whole
from app.media.picture_file import TYPE_OF_SUFFIX, probe_picture, read_picture, white_level

SEQUENCE_RATE_FPS = 25.0

_MAX_GAP = 1000
"""Numbers further apart than this, on average, are no frame numbers but dates or the like."""

_SIZE_TRIES = 20
"""So many pictures from the first on are looked at until one tells the size of the clip."""


@dataclass(frozen=True, eq=False)
class PictureFiles:
    """The picture files of a clip in order, all of one size. Any thread."""

    paths: tuple[Path, ...]
    times_s: NDArray[np.float64]
    """(n,) strictly increasing: 25 numbers a second, gaps in the numbering kept."""
    width: int
    height: int
    white: float | None
    """The value shown as white in pictures of more than 8 bit."""
    notices: tuple[str, ...]


class PictureFilesSource:
    """Exact access to picture files. Any one thread."""

    def __init__(self, files: PictureFiles) -> None:
        self._files = files

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def run_start(self, frame: int) -> int:
        """Return `frame`: every picture stands alone."""
        return frame

    def pictures(self, first: int, last: int, stop: StopAsked = never) -> Iterator[tuple[int, Picture]]:
        """Yield ``(frame, picture)`` for `first` to `last`, both included; fewer when `stop` says so.

        In place of one that cannot be read comes a grey picture.
        """
        for frame in range(first, last + 1):
            if stop():
                return
            yield frame, self._picture(self._files.paths[frame])

    def _picture(self, path: Path) -> Picture:
        height, width = self._files.height, self._files.width
        try:
            image = read_picture(path, self._files.white)
        except ValueError as error:
            return damaged(f"{path.name} cannot be read ({error}).", height, width)
        if image.shape[:2] != (height, width):
            size = f"{image.shape[1]} x {image.shape[0]}"
            return damaged(f"{path.name} is {size} pixels, unlike the clip's {width} x {height}.", height, width)
        return whole(image)


def survey_folder(folder: Path) -> PictureFiles:
    """Return the pictures of a folder in the order of their numbers.

    Only the most common type of picture counts; hidden files never do.

    Raises
    ------
    UserError
        If the folder holds no pictures, or none that can be read.
    """
    try:
        names = [entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.is_file()]
    except PermissionError as error:
        raise UserError(f"{folder.name} cannot be read", "ask its owner for permission to read it") from error
    types = Counter(TYPE_OF_SUFFIX.get(path.suffix.lower()) for path in names)
    del types[None]
    if not types:
        raise UserError(f"{folder.name} holds no pictures", "choose a folder of JPEG, PNG, WebP or TIFF files")
    common = min(types, key=lambda name: (-types[name], str(name)))
    paths = sorted((p for p in names if TYPE_OF_SUFFIX.get(p.suffix.lower()) == common), key=natural_key)
    others = [f"{count} {name}" for name, count in sorted(types.items(), key=str) if name != common]
    notices = [f"{folder.name} also holds {' and '.join(others)} pictures; they are left out."] if others else []
    times_s, gaps = _times_s(paths)
    if gaps:
        missing = "1 number is" if gaps == 1 else f"{gaps} numbers are"
        notices.append(f"{missing} missing in {folder.name}; what is missing stays a gap in time.")
    return _with_size(paths, times_s, notices, folder.name)


def survey_still(path: Path) -> PictureFiles:
    """Return a single picture as a clip of one frame.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    return _with_size([path], np.zeros(1), [], path.name)


def natural_key(path: Path) -> tuple[tuple[str | int, ...], str]:
    """Return what sorts file names as people number them: 7 before 10, 007 equal to 7."""
    # Texts stand at even places and numbers at odd ones, so that only like is compared with like.
    parts = re.split(r"(\d+)", path.stem.casefold())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts)), path.name


def _times_s(paths: list[Path]) -> tuple[NDArray[np.float64], int]:
    """Return the time of each picture in seconds, and how many numbers are missing between them."""
    numbers = _frame_numbers(paths)
    if numbers is None:
        return np.arange(len(paths)) / SEQUENCE_RATE_FPS, 0
    offsets = numbers - numbers[0]
    return offsets / SEQUENCE_RATE_FPS, int(offsets[-1]) + 1 - len(paths)


def _frame_numbers(paths: list[Path]) -> NDArray[np.int64] | None:
    """Return the number that alone tells the names apart, strictly increasing; None if there is none such."""
    parts = [re.split(r"(\d+)", path.stem.casefold()) for path in paths]
    if len({len(p) for p in parts}) != 1:
        return None
    columns = list(zip(*parts, strict=True))
    changing = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    if any(place % 2 == 0 for place in changing):
        return None
    differing = [place for place in changing if len({int(number) for number in columns[place]}) > 1]
    if len(differing) != 1:
        return None
    numbers = [int(number) for number in columns[differing[0]]]
    span = numbers[-1] - numbers[0]
    is_rising = all(a < b for a, b in pairwise(numbers))
    return (
        np.array([n - numbers[0] for n in numbers], np.int64) if is_rising and span <= _MAX_GAP * len(paths) else None
    )


def _with_size(paths: list[Path], times_s: NDArray[np.float64], notices: list[str], name: str) -> PictureFiles:
    """Return the files with the size of the first that can be read."""
    for path in paths[:_SIZE_TRIES]:
        facts = probe_picture(path)
        if facts is None:
            continue
        samples = {paths[0], paths[len(paths) // 2], paths[-1]}
        white = max((w for w in map(white_level, samples) if w is not None), default=None)
        if white is not None and white not in (255.0, 65535.0):
            notices.append(f"The values of {name} reach up to {white:g}, which is shown as white.")
        if facts.n_pages > 1:
            notices.append(f"{path.name} holds {facts.n_pages} pictures; the first one is shown.")
        return PictureFiles(tuple(paths), times_s, facts.width, facts.height, white, tuple(notices))
    raise UserError(f"No picture in {name} can be read", "copy the pictures again, or choose another folder")
