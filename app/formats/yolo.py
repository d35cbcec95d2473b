"""YOLO's boxes: `class x y width height` a line, of the box's centre and size as shares of the picture's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.formats.boxes import box_mask, box_of
from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.yolo_data import plan_yolo, read_yolo, write_yolo
from app.media.clip import Clip
from engines.labels.rle import RleMask


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return plan_yolo(source)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a text file for each labelled frame, `data.yaml` and the side-car; yields once a frame."""
    return write_yolo(source, folder, _coded)


def read(path: Path, clip: Clip) -> FileContent:
    """Read the folder with `data.yaml` or with text files, or one text file."""
    return read_yolo(path, clip, _decoded)


def _coded(mask: RleMask) -> list[float]:
    x, y, width, height = box_of(mask)
    return [(x + width / 2) / mask.width, (y + height / 2) / mask.height, width / mask.width, height / mask.height]


def _decoded(numbers: list[float], clip: Clip) -> RleMask:
    if len(numbers) not in (4, 5, 6):  # trackers append a confidence and an id
        raise ValueError(f"a box has {len(numbers)} numbers instead of 4")
    x, width = numbers[0] * clip.width, numbers[2] * clip.width
    y, height = numbers[1] * clip.height, numbers[3] * clip.height
    return box_mask(x - width / 2, y - height / 2, width, height, clip.width, clip.height)
