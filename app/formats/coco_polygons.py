"""COCO's instance JSON with masks as polygons along the edges of pixels, exact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.formats import coco_file, coco_shapes
from app.formats.interface import FileContent, LabelSource, Plan
from app.media.clip import Clip


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return coco_file.plan(source)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the JSON file and the side-car; yields once a frame."""
    return coco_shapes.write(source, folder, "polygons")


def read(path: Path, clip: Clip) -> FileContent:
    """Read COCO's JSON: a file, or the folder with `annotations.json`."""
    return coco_shapes.read(path, clip, "polygons")
