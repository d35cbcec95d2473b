"""What is painted, as PNGs with alpha: a folder for each texture, called by its number, with a picture a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS
from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.numbering import stranger
from app.formats.painted_files import read_series
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from app.project.model import ABSENT, Kind, Object, Provenance

_CARRIED = "Carried paint goes along as each frame shows it, without the mesh that carries it."


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write. Raises UserError where there is no texture."""
    if not source.objects:
        raise UserError("There is no texture in this project", "add one and paint it, or choose another format")
    files = tuple(_name(found.object_id, frame) for frame in source.frames for found in _shown(source, frame))
    labels = (label for on_frame in source.labels.values() for label in on_frame.values())
    is_carried = any(label.provenance is Provenance.DERIVED for label in labels)
    return Plan((*files, *FILES), source.clip.n_frames, (_CARRIED,) if is_carried else ())


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a PNG for each label that shows paint, and the side-car; yields once a frame."""
    with source.clip.open() as frames:
        for frame in range(source.clip.n_frames):
            for found in _shown(source, frame):
                alone = replace(source, objects=(replace(found, is_hidden=False),))
                dressed = alone.dressed(frame, frames.image(frame))
                assert dressed is not None  # it is a texture
                path = folder / _name(found.object_id, frame)
                path.parent.mkdir(exist_ok=True)
                Image.fromarray(dressed.layer).save(path)
            yield
    write_side_car(source, folder)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a folder of numbered folders; or a PNG, or a folder of them, as one texture."""
    folders = _numbered_folders(path)
    series = [(_texture(value, place), folder) for place, (value, folder) in enumerate(folders)]
    folder = path if path.is_dir() else path.parent
    return read_series(series or [(_texture(1, 0), path)], folder, clip, needs_alpha=True)


def _texture(value: int, place: int) -> Object:
    return replace(stranger(value, place, name=f"texture {value}"), kind=Kind.TEXTURE)


def _numbered_folders(path: Path) -> list[tuple[int, Path]]:
    if not path.is_dir():
        return []
    with told_to_the_user(path):
        inside = [child for child in path.iterdir() if child.name.isascii() and child.name.isdecimal()]
        found = sorted((int(child.name), child) for child in inside if len(child.name) < 10 and child.is_dir())
    if len(found) > MAX_OBJECTS or len({value for value, _ in found}) < len(found) or (found and found[0][0] < 1):
        raise UserError(f"The folders in {path} do not each have a number of their own", "number textures from 1")
    return found


def _shown(source: LabelSource, frame: int) -> list[Object]:
    return [found for found, label in source.pictures_on(frame) if label.presence not in ABSENT]


def _name(object_id: int, frame: int) -> str:
    return f"{object_id}/{frame:05d}.png"
