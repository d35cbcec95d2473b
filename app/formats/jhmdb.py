"""J-HMDB's ``joint_positions.mat``, one for each animal or person: ``pos_img`` (2, joints, frames), x and y in pixels.

Pixels count from 1, as in MATLAB. ``pos_world`` has the same places as shares of the picture's height from its middle,
divided by ``scale``, the size of the puppet that people fitted. http://jhmdb.is.tue.mpg.de (README of the joint
positions). Joints have no names there: fifteen of a person in a fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from app.errors import UserError
from app.formats.bounded import reading
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.joints import MAX_NUMBERS, animal, found_on, plain_numbers, series, some_skeleton
from app.formats.mat5 import read_array
from app.formats.side_car import FILES, read_side_car, write_side_car
from app.formats.skeletons import shipped
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from app.project.model import Object
from app.project.skeleton import Skeleton, skeleton_of
from engines.labels.points import MAX_JOINTS

FILE_NAME = "joint_positions.mat"
FOLDER = "joint_positions"
_N_JOINTS = 15
_WHAT = "joints of J-HMDB"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where there are no points."""
    some_skeleton(source)
    losses = ["The size of the puppet is not known: scale is 1 on every frame."]
    if any(_order(found.skeleton) is None for found in source.objects if found.skeleton):
        losses.append(
            "Other programs take joints for J-HMDB's fifteen of a person by their order, which these are not."
        )
    files = (f"{FOLDER}/{name}/{FILE_NAME}" for name in _names(source))
    return Plan((*files, *FILES), max(1, len(source.objects)), tuple(losses))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the files and the side-car; yields once for each object."""
    clip = source.clip
    size = np.array([clip.width, clip.height])
    for name, found in zip(_names(source), source.objects, strict=True):
        positions, _ = series(source, found)
        at = positions[:, _order(found.skeleton) or slice(None)] + 1
        world = (at / size - 0.5) * size / clip.height
        home = folder / FOLDER / name
        home.mkdir(parents=True)
        told = {"pos_img": at.transpose(2, 1, 0), "pos_world": world.transpose(2, 1, 0)}
        savemat(home / FILE_NAME, told | {"scale": np.ones((1, clip.n_frames))}, do_compression=True)
        yield
    numbers = {found.object_id: place for place, found in enumerate(source.objects, 1)}
    write_side_car(source, folder, numbers, with_hidden=True, with_sure=True)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a file, the folder that it lies in, or that with ``joint_positions``: the clip's, one for each object."""
    files = _files(path, clip)
    home = path if (path / FOLDER).is_dir() else files[0].parent
    told = {number: found.skeleton for number, found in read_side_car(home).objects.items()}
    objects: list[Object] = []
    positions: list[NDArray[np.float64]] = []
    for number, file in enumerate(files, 1):
        with reading(file, _WHAT):
            at = read_array(file, "pos_img")
            at = at[..., None] if at.ndim == 2 else at
            if at.ndim != 3 or len(at) != 2 or not 0 < at.shape[1] <= MAX_JOINTS or at.size > MAX_NUMBERS:
                raise ValueError(f"pos_img is {at.shape}")
            places = plain_numbers(at).transpose(2, 1, 0) - 1  # (frames, joints, 2)
            places[np.isnan(places).any(-1)] = np.nan
            positions.append(places)
            objects.append(animal(number, number - 1, _skeleton(at.shape[1], told.get(number))))
    n_frames = max(len(at) for at in positions)
    frames = tuple(FrameIdentity(frame) for frame in range(n_frames))

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        for frame in range(n_frames):
            there = [
                (found.object_id, at[frame]) for found, at in zip(objects, positions, strict=True) if frame < len(at)
            ]
            with reading(files[0], _WHAT):
                seen = [np.ones(len(at), bool) for _, at in there]
                found = found_on([number for number, _ in there], [at for _, at in there], seen)
            yield frame, found

    return FileContent(tuple(objects), frames, labels(), home)


def _names(source: LabelSource) -> list[str]:
    """Return the folder of each object: the video's, and numbered where there are several."""
    if len(source.objects) == 1:
        return [source.video]
    return [f"{source.video}_{place:05d}" for place in range(1, len(source.objects) + 1)]


def _files(path: Path, clip: Clip) -> list[Path]:
    """Return the file for each object. Raises UserError where there is none of the clip."""
    if not path.exists():
        raise UserError(f"There is no {path}", "check the path")
    if not path.is_dir():
        return [path]
    if (path / FILE_NAME).is_file():
        return [path / FILE_NAME]
    folder = path / FOLDER if (path / FOLDER).is_dir() else path
    with told_to_the_user(folder):
        there = sorted(file.parent for file in folder.glob(f"*/{FILE_NAME}"))
    named = [each for each in there if each.name in (clip.path.name, clip.path.stem)]
    parts = [each for each in there if each.name[:-6] in (clip.path.name, clip.path.stem) and each.name[-6] == "_"]
    found = named or parts or there
    if not found or (len(found) > 1 and found is not parts):
        raise UserError(f"There is no {FILE_NAME} for {clip.path.stem} in {path}", "give the file itself")
    return [each / FILE_NAME for each in found]


def _order(skeleton: Skeleton | None) -> list[int] | None:
    """Return the places of J-HMDB's joints in a skeleton, None where that has others."""
    names = [joint.name for joint in _theirs().joints]
    ours = [joint.name for joint in skeleton.joints] if skeleton else []
    return [ours.index(name) for name in names] if set(names) == set(ours) else None


def _skeleton(n_joints: int, told: Skeleton | None) -> Skeleton:
    """Return which joints a file has: J-HMDB's, those that the side-car has told of, or nameless ones."""
    if told is not None and len(told.joints) == n_joints and _order(told) is None:
        return told
    if n_joints == _N_JOINTS:
        return _theirs()
    return skeleton_of("points", [f"joint {place}" for place in range(1, n_joints + 1)])


def _theirs() -> Skeleton:
    return next(each for each in shipped() if "JHMDB" in each.name)
