"""SLEAP's ``.slp``: an HDF5 file with tables of frames, instances and points, and JSON for skeleton, video and tracks.

What a person made is an instance of `points`, what a run found one of `pred_points`, with scores. A track is the same
animal from frame to frame. Places are in pixels, pixel centres at whole numbers (from format 1.1 on; before it half a
pixel more). As sleap-io reads and writes it: https://io.sleap.ai/latest/formats/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats import sleap_skeleton
from app.formats.bounded import fields, one_file, reading, rows, text, whole
from app.formats.hdf5 import attribute, member, open_hdf5, table, texts
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.joints import animal, in_order, one_skeleton, plain_numbers
from app.formats.numbering import Identities
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from app.project.model import Object, Provenance
from app.project.skeleton import Skeleton
from engines.labels.points import Joint, Points

FILE_NAME = "labels.slp"
_FORMAT = 1.2
_NEWEST = 3.0
_CENTRES_SINCE = 1.1
_MAX_JSON_BYTES = 64_000
"""HDF5's limit for an attribute of the kind that SLEAP reads."""
_USER, _PREDICTED = 0, 1
_NO_TRACK = -1

_FRAME = np.dtype(
    [("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"), ("instance_id_start", "u8"), ("instance_id_end", "u8")]
)
_INSTANCE = np.dtype(
    [
        ("instance_id", "i8"),
        ("instance_type", "u1"),
        ("frame_id", "u8"),
        ("skeleton", "u4"),
        ("track", "i4"),
        ("from_predicted", "i8"),
        ("score", "f4"),
        ("point_id_start", "u8"),
        ("point_id_end", "u8"),
        ("tracking_score", "f4"),
    ]
)
_POINT = np.dtype([("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")])
_PREDICTED_POINT = np.dtype([*_POINT.descr, ("score", "f8")])


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where there is not one skeleton, or too large a one."""
    _metadata(one_skeleton(source))
    return Plan((FILE_NAME, *FILES), max(1, len(source.frames)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the file and the side-car; yields once for each labelled frame."""
    skeleton = one_skeleton(source)
    tracks = {found.object_id: place for place, found in enumerate(source.objects)}
    frames: list[tuple[int, ...]] = []
    instances: list[tuple[Any, ...]] = []
    points_of: dict[int, list[NDArray[Any]]] = {_USER: [], _PREDICTED: []}
    n_joints = len(skeleton.joints)
    for number, frame in enumerate(source.frames):
        first = len(instances)
        for found, label, points in source.points_on(frame):
            if points.joints:
                is_predicted = label.provenance is Provenance.DERIVED
                kind = _PREDICTED if is_predicted else _USER
                start = n_joints * len(points_of[kind])
                ids = (len(instances), kind, number, 0, tracks[found.object_id], -1)
                score = label.confidence if is_predicted else 0.0
                instances.append((*ids, score, start, start + n_joints, 0.0))
                points_of[kind].append(_points(in_order(points, skeleton), with_scores=is_predicted))
        frames.append((number, 0, frame, first, len(instances)))
        yield
    with h5py.File(folder / FILE_NAME, "w") as file:
        group = file.create_group("metadata")
        group.attrs["format_id"] = _FORMAT
        group.attrs["json"] = np.bytes_(_metadata(skeleton))
        file["videos_json"] = [np.bytes_(json.dumps(_video(source)))]
        names = [np.bytes_(json.dumps([0, found.name])) for found in source.objects]
        file["tracks_json"] = names
        file.create_dataset("suggestions_json", (0,), "S1", maxshape=(None,))
        file["frames"] = np.array(frames, _FRAME)
        file["instances"] = np.array(instances, _INSTANCE)
        for kind, name, dtype in ((_USER, "points", _POINT), (_PREDICTED, "pred_points", _PREDICTED_POINT)):
            file[name] = np.concatenate([np.empty(0, dtype), *points_of[kind]])
    write_side_car(source, folder, {object_id: place + 1 for object_id, place in tracks.items()})
    if not frames:
        yield


def read(path: Path, clip: Clip) -> FileContent:
    """Read the file, or the folder with ``labels.slp``. Of several videos the one called like the clip is read."""
    file = one_file(path, FILE_NAME)
    with reading(file, "SLEAP's labels"):
        with open_hdf5(file) as opened:
            content = _Content.of(opened)
            video = _video_of(opened, clip, file)
        kept = np.flatnonzero(content.frames["video"] == video)
        identities = Identities()
        skeleton_of: dict[int, Skeleton] = {}
        found_on = [_found_on(content, int(row), identities, skeleton_of) for row in kept]
        objects = tuple(_object(found, place, skeleton_of) for place, found in enumerate(identities.objects))
        frames = tuple(FrameIdentity(whole(int(number))) for number in content.frames["frame_idx"][kept])
    return FileContent(objects, frames, iter(enumerate(found_on)), file.parent, identities.notes)


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """The file's tables; `shift_px` brings its places to ours."""

    skeletons: list[Skeleton]
    tracks: list[str]
    frames: NDArray[Any]
    instances: NDArray[Any]
    points: dict[int, NDArray[Any]]
    shift_px: float

    @classmethod
    def of(cls, file: h5py.File) -> _Content:
        """Return what `file` holds. Raises ValueError and KeyError where something is missing or does not fit."""
        metadata = member(file, "metadata")
        version = float(attribute(metadata, "format_id"))
        if not 0 < version < _NEWEST:
            raise ValueError(f"it is of format {version:g}, which is not known here")
        skeletons = sleap_skeleton.decoded(fields(json.loads(str(attribute(metadata, "json")))))
        tracks = [text(rows(json.loads(told))[1]) for told in texts(file, "tracks_json")]
        points = {
            _USER: _records(file, "points", _POINT),
            _PREDICTED: _records(file, "pred_points", _PREDICTED_POINT),
        }
        shift_px = 0.0 if version >= _CENTRES_SINCE else -0.5
        instances = _records(file, "instances", np.dtype(_INSTANCE.descr[:-1]))
        return cls(skeletons, tracks, _records(file, "frames", _FRAME), instances, points, shift_px)


def _records(file: h5py.File, name: str, wanted: np.dtype[Any]) -> NDArray[Any]:
    """Return a table with the columns that are wanted. Raises ValueError where one is missing."""
    found = table(file, name)
    missing = set(wanted.names or ()) - set(found.dtype.names or ())
    if found.ndim != 1 or missing:
        raise ValueError(f"its table {name} has no {', '.join(sorted(missing)) or 'rows'}")
    made = np.empty(len(found), wanted)
    for column in wanted.names or ():
        if found.dtype[column].kind not in "biuf" or found.dtype[column].shape:
            raise ValueError(f"{column} of its {name} is no number")
        with np.errstate(invalid="ignore"):
            made[column] = found[column]
    return made


def _found_on(
    content: _Content, row: int, identities: Identities, skeleton_of: dict[int, Skeleton]
) -> tuple[Found, ...]:
    """Return the labels of a frame; where a person corrected what a run had found, the correction."""
    start, end = (int(content.frames[name][row]) for name in ("instance_id_start", "instance_id_end"))
    if not 0 <= start <= end <= len(content.instances):
        raise ValueError("a frame has instances that are not there")
    there = content.instances[start:end].tolist()
    corrected = {row[5] for row in there if row[1] == _USER}
    by_hand = {row[4] for row in there if row[1] == _USER and row[4] != _NO_TRACK}
    found = []
    for instance_id, kind, _, skeleton_id, track, _, score, first, last in there:
        if kind not in content.points or not 0 <= skeleton_id < len(content.skeletons):
            raise ValueError(f"instance {instance_id} is of no kind, or of no skeleton")
        if kind == _PREDICTED and (instance_id in corrected or track in by_hand):
            continue
        skeleton = content.skeletons[skeleton_id]
        points = _joints(content, kind, first, last, len(skeleton.joints))
        if not points.joints:
            continue
        if track >= len(content.tracks):
            raise ValueError(f"instance {instance_id} is of no track")
        is_tracked = track >= 0
        name = content.tracks[track] if is_tracked else ""
        object_id = identities.object_id(row, track + 1 if is_tracked else None, "", name)
        if skeleton_of.setdefault(object_id, skeleton) != skeleton:
            raise ValueError(f"{name or 'an animal'} has two skeletons")
        sure = min(max(float(np.nan_to_num(score)), 0.0), 1.0) if kind == _PREDICTED else None
        provenance = Provenance.DERIVED if kind == _PREDICTED else Provenance.ANCHOR
        found.append(Found(object_id, points, None, sure, provenance))
    return tuple(found)


def _joints(content: _Content, kind: int, first: int, last: int, n_joints: int) -> Points:
    """Return the joints of an instance."""
    of_kind = content.points[kind]
    if not 0 <= first <= last <= len(of_kind) or last - first != n_joints:
        raise ValueError(f"an instance has {last - first} points instead of {n_joints}")
    part = of_kind[first:last]
    at = plain_numbers(np.stack((part["x"], part["y"]), -1)) + content.shift_px
    at[np.isnan(at).any(1)] = np.nan
    sure = np.clip(np.nan_to_num(part["score"]), 0, 1) if kind == _PREDICTED else None
    return Points.of_arrays(at, part["visible"], sure)


def _object(found: Object, place: int, skeleton_of: dict[int, Skeleton]) -> Object:
    return animal(found.object_id, place, skeleton_of[found.object_id], found.name)


def _points(joints: list[Joint | None], *, with_scores: bool) -> NDArray[Any]:
    """Return the rows of one instance."""
    made = np.zeros(len(joints), _PREDICTED_POINT if with_scores else _POINT)
    made["x"] = made["y"] = np.nan
    for row, joint in zip(made, joints, strict=True):
        if joint is not None:
            row["x"], row["y"], row["visible"] = joint.x, joint.y, joint.is_visible
            if with_scores:
                row["score"] = joint.confidence
    return made


def _metadata(skeleton: Skeleton) -> bytes:
    """Return the `json` of a file. Raises UserError where it is more than fits."""
    content = {
        "version": "2.0.0",
        "skeletons": [sleap_skeleton.coded(skeleton)],
        "nodes": [{"name": joint.name, "weight": 1.0} for joint in skeleton.joints],
        "videos": [],
        "tracks": [],
        "suggestions": [],
        "negative_anchors": {},
        "provenance": {},
    }
    made = json.dumps(content).encode()
    if len(made) > _MAX_JSON_BYTES:
        raise UserError(f"SLEAP has no room for {len(skeleton.joints)} joints", "choose another format")
    return made


def _video(source: LabelSource) -> dict[str, Any]:
    """Return what SLEAP is told of the clip; it asks for the file where it does not find it."""
    clip = source.clip
    shape = [clip.n_frames, clip.height, clip.width, 3]
    if clip.kind == "sequence":
        names = list(clip.names)
        return {"filename": names, "backend": {"type": "ImageVideo", "shape": shape, "filename": names}}
    name = clip.path.name
    told = {"type": "MediaVideo", "shape": shape, "filename": name, "grayscale": False, "bgr": True}
    return {"filename": name, "backend": told | {"dataset": "", "input_format": ""}}


def _video_of(file: h5py.File, clip: Clip, path: Path) -> int:
    """Return the number of the video that is the clip."""
    told = [fields(json.loads(row)) for row in texts(file, "videos_json")]
    if len(told) == 1:
        return 0
    wanted = {clip.path.name, clip.path.stem}
    same = [number for number, video in enumerate(told) if _names(video) & wanted]
    if len(same) != 1:
        raise UserError(f"{path} has {len(told)} videos, not one called {clip.path.stem}", "name the clip as it does")
    return same[0]


def _names(video: dict[str, Any]) -> set[str]:
    """Return what a video may be called: its file, with and without its ending, or its folder of pictures."""
    told = video.get("filename") or fields(video.get("backend", {})).get("filename")
    is_list = isinstance(told, list)
    first = told[0] if is_list and told else told
    if not isinstance(first, str):
        return set()
    path = PureWindowsPath(first) if "\\" in first else PurePosixPath(first)
    return {path.parent.name} if is_list else {path.name, path.stem}
