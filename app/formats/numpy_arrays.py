"""One `labels.npz` for NumPy, which loses nothing: bool masks (frame, row, column) for each object, and tables.

`object_<id>` bool (T, H, W); `object_ids` (N,), `names`, `classes`, `kinds`, `colours` (N, 3) RGB; `times_s` (T,);
`state` uint8 (N, T): 0 no label, 1 derived, 2 anchor; `presence` uint8 (N, T), a place in `presences`;
`confidence` float64 (N, T), NaN where there is no label. Nothing in it is pickled.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from app.formats.bounded import finite, one_file, reading, whole
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.npz import exactly, header, table
from app.media.clip import Clip
from app.project.model import Kind, Object, Provenance
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

FILE_NAME = "labels.npz"
_STATES = {0: None, 1: Provenance.DERIVED, 2: Provenance.ANCHOR}
_STATE_OF = {provenance: state for state, provenance in _STATES.items()}


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return Plan((FILE_NAME,), source.clip.n_frames * max(1, len(source.objects)))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the file an object at a time; yields once a frame and object."""
    clip = source.clip
    with zipfile.ZipFile(folder / FILE_NAME, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for found in source.objects:
            with archive.open(f"object_{found.object_id}.npy", "w", force_zip64=True) as file:
                facts = {"descr": "|b1", "fortran_order": False, "shape": (clip.n_frames, clip.height, clip.width)}
                npy.write_array_header_2_0(file, facts)
                nothing = bytes(clip.height * clip.width)
                for frame in range(clip.n_frames):
                    label = source.labels.get(frame, {}).get(found.object_id)
                    file.write(nothing if label is None else source.mask(label.mask_id).decode().tobytes())
                    yield
        if not source.objects:
            yield from (None for _ in range(clip.n_frames))
        for name, table in _tables(source).items():
            with archive.open(f"{name}.npy", "w") as file:
                npy.write_array(file, table, allow_pickle=False)


def read(path: Path, clip: Clip) -> FileContent:
    """Read the file, or the folder with `labels.npz`. Arrays of Python objects are refused, never unpickled."""
    file = one_file(path, FILE_NAME)
    with reading(file, "NumPy labels"), zipfile.ZipFile(file) as archive:
        ids = table(archive, "object_ids", (None,))
        n_objects, n_frames = len(ids), clip.n_frames
        names, classes, kinds = (table(archive, name, (n_objects,)) for name in ("names", "classes", "kinds"))
        colours = table(archive, "colours", (n_objects, 3))
        times_s = table(archive, "times_s", (n_frames,))
        presences = [Presence(str(name)) for name in table(archive, "presences", (None,))]
        state, presence, confidence = (
            table(archive, name, (n_objects, n_frames)) for name in ("state", "presence", "confidence")
        )
        objects = tuple(
            Object(whole(int(number), 1), str(name), _colour(colour), str(class_name), Kind(str(kind)))
            for number, name, class_name, kind, colour in zip(ids, names, classes, kinds, colours, strict=True)
        )
        if len({found.object_id for found in objects}) < n_objects:
            raise ValueError("two objects have the same id")
        if state.max(initial=0) > max(_STATES) or (presence[state > 0]).max(initial=0) >= len(presences):
            raise ValueError("its states are out of range")
        identities = tuple(
            FrameIdentity(frame, time_s=finite(float(time_s), 1e9)) for frame, time_s in enumerate(times_s)
        )

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        with reading(file, "NumPy labels"), zipfile.ZipFile(file) as archive:
            series = [_MaskSeries(archive, found.object_id, clip) for found in objects]
            for frame in range(n_frames):
                masks = [masks.next() for masks in series]
                yield (
                    frame,
                    tuple(
                        Found(
                            found.object_id,
                            RleMask.encode(masks[place]),
                            presences[int(presence[place, frame])],
                            float(np.clip(confidence[place, frame], 0, 1)),
                            _STATES[int(state[place, frame])],
                        )
                        for place, found in enumerate(objects)
                        if state[place, frame]
                    ),
                )

    return FileContent(objects, identities, labels(), file.parent)


def _tables(source: LabelSource) -> dict[str, NDArray[Any]]:
    """Return the arrays beside the masks."""
    objects, n_frames = source.objects, source.clip.n_frames
    presences = list(Presence)
    state = np.zeros((len(objects), n_frames), np.uint8)
    presence = np.zeros((len(objects), n_frames), np.uint8)
    confidence = np.full((len(objects), n_frames), np.nan)
    for frame, on_frame in source.labels.items():
        for place, found in enumerate(objects):
            label = on_frame.get(found.object_id)
            if label is not None:
                state[place, frame] = _STATE_OF[label.provenance]
                presence[place, frame] = presences.index(label.presence)
                confidence[place, frame] = label.confidence
    return {
        "object_ids": np.array([found.object_id for found in objects], np.int64),
        "names": np.array([found.name for found in objects], "U"),
        "kinds": np.array([found.kind.value for found in objects], "U"),
        "classes": np.array([found.class_name for found in objects], "U"),
        "colours": np.array([found.colour for found in objects], np.uint8).reshape(-1, 3),
        "times_s": np.array(source.clip.times_s),
        "state": state,
        "presence": presence,
        "presences": np.array([found.value for found in presences], "U"),
        "confidence": confidence,
    }


class _MaskSeries:
    """The masks of one object, read one frame after another."""

    def __init__(self, archive: zipfile.ZipFile, object_id: int, clip: Clip) -> None:
        self._shape = (clip.height, clip.width)
        self._file = archive.open(f"object_{object_id}.npy")
        shape, is_fortran, dtype = header(self._file)
        if shape != (clip.n_frames, *self._shape) or is_fortran or dtype != np.dtype(bool):
            raise ValueError(f"object_{object_id} is not bool {(clip.n_frames, *self._shape)}, the size of the clip")

    def next(self) -> NDArray[np.bool_]:
        """Return the mask of the next frame. Raises ValueError where the file ends before it."""
        n_bytes = self._shape[0] * self._shape[1]
        return np.frombuffer(exactly(self._file, n_bytes), np.uint8).reshape(self._shape) > 0


def _colour(parts: NDArray[Any]) -> tuple[int, int, int]:
    red, green, blue = (whole(int(part), high=255) for part in parts)
    return red, green, blue
