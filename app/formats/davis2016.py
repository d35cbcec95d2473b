"""One folder of black and white PNGs, as DAVIS 2016 has for each sequence: 255 where anything is labelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.formats.id_pictures import painted, pictures_in, read_pictures
from app.formats.interface import FileContent, Found, LabelSource, Plan
from app.formats.mask_png import grey_palette, write_mask
from app.formats.numbering import stranger
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from app.project.model import Label, Object, Provenance
from app.project.verbs import COLOURS
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

FOREGROUND = 255
_ONE = 1
"""The id of the one object that there can be."""


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write: a PNG for every frame, labelled or not."""
    files = (*(f"{frame:05d}.png" for frame in range(source.clip.n_frames)), *FILES)
    joined = ("All objects are joined into one.",) if len(source.objects) > 1 else ()
    return Plan(files, source.clip.n_frames, joined)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a PNG for every frame, and the side-car; yields once a frame."""
    one = _as_one(source)
    for frame in range(source.clip.n_frames):
        write_mask(folder / f"{frame:05d}.png", painted(one, frame, {_ONE: FOREGROUND}), grey_palette())
        yield
    write_side_car(one, folder)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a folder of PNGs, or one PNG: whatever is not 0 is the one object."""
    pictures = pictures_in(path)
    found = read_pictures(pictures, clip)
    joined = [_joined(labels, clip) for labels in found.labels]
    folder = path if path.is_dir() else path.parent
    identities = tuple(identity for identity, _ in pictures)
    return FileContent((stranger(_ONE, 0),), identities, iter(enumerate(joined)), folder)


def _joined(labels: tuple[Found, ...], clip: Clip) -> tuple[Found, ...]:
    whole = np.zeros((clip.height, clip.width), bool)
    for label in labels:
        assert isinstance(label.mask, RleMask)
        whole |= label.mask.decode()
    return (Found(_ONE, RleMask.encode(whole)),)


def _as_one(source: LabelSource) -> LabelSource:
    """Return `source` with all its objects as one: its label is as sure as the least sure of theirs."""
    lone = source.objects[0] if len(source.objects) == 1 else None
    one = replace(lone, object_id=_ONE) if lone else Object(_ONE, "all objects", COLOURS[0])

    def label(frame: int) -> Label:
        labels = list(source.labels[frame].values())
        least = min(labels, key=lambda found: (found.provenance is Provenance.ANCHOR, found.confidence))
        presences = {found.presence for found in labels}
        presence = least.presence if len(presences) == 1 else Presence.VISIBLE
        return replace(least, mask_id=frame, presence=presence)

    def mask(frame: int) -> RleMask:
        return RleMask.encode(painted(source, frame, {found.object_id: 1 for found in source.objects}) > 0)

    return replace(source, objects=(one,), labels={frame: {_ONE: label(frame)} for frame in source.frames}, mask=mask)
