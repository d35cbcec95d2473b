"""TAP-Vid: ``points`` (N, T, 2) in [0, 1] and ``occluded`` (N, T) of N points over the T frames of a video.

Places are shares of the picture's width and height from its upper left corner, so that the middle of the first pixel
is half a pixel in (https://github.com/google-deepmind/tapnet/tree/main/tapnet/tapvid). Written is an .npz file, read
also the benchmark's own pickles, without unpickling: see `plain_pickle`. Joints of all objects are points one after
another; which is which only the side-car knows.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.bounded import one_file, reading, refuse_odd_file
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.joints import MAX_NUMBERS, animal, found_on, plain_numbers, series, some_skeleton
from app.formats.npz import table
from app.formats.pickled_arrays import StoredArray
from app.formats.plain_pickle import read_plain
from app.formats.side_car import FILES, has_side_car, read_side_car, write_side_car
from app.media.clip import Clip
from app.project.model import Object
from app.project.skeleton import Skeleton, skeleton_of
from engines.labels.points import MAX_JOINTS

FILE_NAME = "tapvid.npz"
_PICKLES = (".pkl", ".pickle")
_MAX_PICKLE_BYTES = 64 << 30
"""The benchmark's pickles hold their videos, which are left where they are."""
_FARTHEST = 100.0
"""Of a place, in pictures: a file that has farther ones is not of shares."""
_WHAT = "points of TAP-Vid"

Tracks = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Places (N, T, 2) as shares, and which are occluded (N, T)."""


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where there are no points."""
    some_skeleton(source)
    gap = "What is not labelled is written as occluded, at no place (NaN)."
    return Plan((FILE_NAME, *FILES), max(1, len(source.objects)), (gap,))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the file and the side-car; yields once for each object."""
    size = np.array([source.clip.width, source.clip.height])
    points, occluded = [], []
    for found in source.objects:
        positions, visible = series(source, found)
        points.append(((positions + 0.5) / size).swapaxes(0, 1))
        occluded.append(~visible.T)
        yield
    np.savez_compressed(folder / FILE_NAME, points=np.concatenate(points), occluded=np.concatenate(occluded))
    numbers = {found.object_id: place for place, found in enumerate(source.objects, 1)}
    write_side_car(source, folder, numbers, with_sure=True)


def read(path: Path, clip: Clip) -> FileContent:
    """Read an .npz file or a pickle, or the folder with ``tapvid.npz``. Of several videos the clip's is read."""
    file = one_file(path, FILE_NAME)
    with reading(file, _WHAT):
        points, occluded = _pickled(file, clip) if file.suffix.lower() in _PICKLES else _stored(file)
        if points.shape[:2] != occluded.shape or points.ndim != 3 or points.shape[2] != 2:
            raise ValueError(f"points {points.shape} and occluded {occluded.shape} do not fit")
        at = plain_numbers(points)
        if np.nanmax(np.abs(at), initial=0) > _FARTHEST:
            raise ValueError("its places are no shares of the picture's width and height")
        at = at * np.array([clip.width, clip.height]) - 0.5
        if not has_side_car(file.parent):  # others have nothing to say of a point that they do not see
            at[occluded & (points == 0).all(-1)] = np.nan
        at[np.isnan(at).any(-1)] = np.nan
        objects = _objects(file, len(at))
    frames = tuple(FrameIdentity(frame) for frame in range(at.shape[1]))
    return FileContent(objects, frames, _labels(objects, at, ~occluded), file.parent)


def _labels(
    objects: tuple[Object, ...], at: NDArray[np.float64], visible: NDArray[np.bool_]
) -> Iterator[tuple[int, tuple[Found, ...]]]:
    counts = [len(found.skeleton.joints) if found.skeleton else 0 for found in objects]
    ends = np.cumsum(counts)[:-1]
    owners = [found.object_id for found in objects]
    for frame in range(at.shape[1]):
        yield frame, found_on(owners, np.split(at[:, frame], ends), np.split(visible[:, frame], ends))


def _stored(file: Path) -> Tracks:
    """Return what an .npz file holds."""
    with zipfile.ZipFile(file) as archive:
        points = table(archive, "points", (None, None, 2))
        occluded = table(archive, "occluded", points.shape[:2])
    return _checked(points, occluded)


def _pickled(file: Path, clip: Clip) -> Tracks:
    """Return what a pickle holds of the clip."""
    refuse_odd_file(file, _MAX_PICKLE_BYTES)
    with file.open("rb") as opened:
        content = _of_clip(read_plain(opened), clip)
        points, occluded = content.get("points"), content.get("occluded")
        if not isinstance(points, StoredArray) or not isinstance(occluded, StoredArray):
            raise ValueError("it has no points and occluded")
        return _checked(points.load(opened), occluded.load(opened))


def _of_clip(content: Any, clip: Clip) -> dict[Any, Any]:
    """Return the part of the benchmark that is for the clip: a dict by name, a list of parts, or one part."""
    if isinstance(content, dict) and "points" in content:
        return content
    by_name = dict(enumerate(content)) if isinstance(content, list) else content
    if not isinstance(by_name, dict) or not all(isinstance(part, dict) for part in by_name.values()):
        raise ValueError("it has no points and occluded")
    if len(by_name) == 1:
        return dict(next(iter(by_name.values())))
    named = [name for name in (clip.path.name, clip.path.stem) if name in by_name]
    if not named:
        raise UserError(
            f"The file has points of {len(by_name)} videos, none of them called {clip.path.stem}",
            "name the clip as the file does",
        )
    return dict(by_name[named[0]])


def _checked(points: NDArray[Any], occluded: NDArray[Any]) -> Tracks:
    if points.dtype.kind != "f" or occluded.dtype.kind not in "biu" or points.size > MAX_NUMBERS:
        raise ValueError(f"points are {points.dtype} {points.shape}, occluded {occluded.dtype}")
    return points, occluded.astype(bool)


def _objects(file: Path, n_points: int) -> tuple[Object, ...]:
    """Return whose points they are: as the side-car says, else of one object."""
    if n_points == 0:
        raise ValueError("it has no points")
    known = [(number, each.skeleton) for number, each in read_side_car(file.parent).objects.items() if each.skeleton]
    if sum(len(skeleton.joints) for _, skeleton in known) == n_points:
        return tuple(animal(number, place, skeleton) for place, (number, skeleton) in enumerate(known))
    if n_points > MAX_JOINTS:
        raise ValueError(f"it has {n_points} points, more than {MAX_JOINTS}")
    return (animal(1, 0, _numbered(n_points), "points"),)


def _numbered(n_points: int) -> Skeleton:
    return skeleton_of("points", [f"point {place}" for place in range(1, n_points + 1)])
