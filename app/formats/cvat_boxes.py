"""CVAT for video 1.1 with boxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.formats import cvat_file
from app.formats.interface import FileContent, LabelSource, Plan
from app.media.clip import Clip


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return cvat_file.plan(source)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the XML file and the side-car; yields once a frame and object."""
    return cvat_file.write(source, folder, "box")


def read(path: Path, clip: Clip) -> FileContent:
    """Read the XML file, or the folder with `annotations.xml`."""
    return cvat_file.read(path, clip, "box")
