"""Frames in colour, as PNGs called by their number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image

from app.errors import UserError
from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.numbering import stranger
from app.formats.painted_files import read_series
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from app.project.model import ABSENT, Kind, Provenance

_CARRIED = "Carried colour goes along as each frame shows it, without how sure it is pixel by pixel."


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where the project colours nothing."""
    if not source.objects:
        raise UserError("There is no colour in this project", "colour a frame, or choose another format")
    told = []
    if len(source.objects) > 1:
        told.append(f"Of {len(source.objects)} colourings only the lowest goes along.")
    labels = (label for on_frame in source.labels.values() for label in on_frame.values())
    if any(label.provenance is Provenance.DERIVED for label in labels):
        told.append(_CARRIED)
    return Plan((*(_name(frame) for frame in _frames(source)), *FILES), source.clip.n_frames, tuple(told))


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a PNG for each frame in colour, and the side-car; yields once a frame."""
    source = _first(source)
    shown = set(_frames(source))
    with source.clip.open() as frames:
        for frame in range(source.clip.n_frames):
            if frame in shown:
                coloured = source.dressed(frame, frames.image(frame))
                assert coloured is not None  # there is colour
                Image.fromarray(coloured.image).save(folder / _name(frame))
            yield
    write_side_car(source, folder)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a PNG, or a folder of them."""
    found = replace(stranger(1, 0, name="Colour"), kind=Kind.COLOUR)
    return read_series([(found, path)], path if path.is_dir() else path.parent, clip, needs_alpha=False)


def _first(source: LabelSource) -> LabelSource:
    """Return `source` with its lowest object alone, called 1, and seen."""
    first = source.objects[0]
    labels = {
        frame: {1: on_frame[first.object_id]}
        for frame, on_frame in source.labels.items()
        if first.object_id in on_frame
    }
    return replace(source, objects=(replace(first, object_id=1, is_hidden=False),), labels=labels)


def _frames(source: LabelSource) -> list[int]:
    """Return the frames in colour, rising."""
    first = source.objects[0].object_id
    labels = ((frame, source.labels[frame].get(first)) for frame in source.frames)
    return [frame for frame, label in labels if label is not None and label.presence not in ABSENT]


def _name(frame: int) -> str:
    return f"{frame:05d}.png"
