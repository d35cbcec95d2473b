"""YOLO's segments: `class x y x y …` a line, one polygon for each mask.

Corners lie in the pixels along the inside of an outline, as shares of the picture's size. That is what Ultralytics'
own reader fills again to the very same mask: it cuts x times width to whole pixels and fills the outline with its
edge. Others, as supervision, round. Parts that lie apart are joined as Ultralytics' converter from COCO joins them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.formats.interface import FileContent, LabelSource, Plan
from app.formats.yolo_data import plan_yolo, read_yolo, write_yolo
from app.media.clip import Clip
from engines.labels.rle import RleMask

MAX_POINTS = 1_000_000
_WITHIN = 0.25
"""Of a pixel: from there, cutting off and rounding lead to the same one."""


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    loss = "Holes in masks are filled, and parts that lie apart are joined by a line one pixel wide."
    return plan_yolo(source, (loss,) if source.objects else ())


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write a text file for each labelled frame, `data.yaml` and the side-car; yields once a frame."""
    return write_yolo(source, folder, _coded)


def read(path: Path, clip: Clip) -> FileContent:
    """Read the folder with `data.yaml` or with text files, or one text file."""
    return read_yolo(path, clip, _decoded)


def _coded(mask: RleMask) -> list[float]:
    left, top, _, _ = mask.box
    parts, _ = cv2.findContours(mask.crop().astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    ring = parts[0][:, 0, :]
    for part in parts[1:]:
        ring = _joined(ring, part[:, 0, :])
    while len(ring) < 3:
        ring = np.concatenate((ring, ring[-1:]))
    return ((ring + np.array([left + _WITHIN, top + _WITHIN])) / (mask.width, mask.height)).ravel().tolist()


def _joined(ring: NDArray[np.int32], part: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return `ring` with a way from its corner nearest to `part`, around that and back."""
    distances = np.abs(ring[:, None, :] - part[None, :, :]).sum(axis=2)
    at, to = np.unravel_index(int(distances.argmin()), distances.shape)
    around = np.roll(part, -int(to), axis=0)
    return np.concatenate((ring[: at + 1], around, around[:1], ring[at:]))


def _decoded(numbers: list[float], clip: Clip) -> RleMask:
    if len(numbers) < 6 or len(numbers) % 2 or len(numbers) > 2 * MAX_POINTS:
        raise ValueError(f"an outline has {len(numbers)} numbers")
    size = (clip.width, clip.height)
    points = np.clip(np.array(numbers).reshape(-1, 2) * size, 0, np.array(size) - 1).astype(np.int32)
    mask = np.zeros((clip.height, clip.width), np.uint8)
    cv2.fillPoly(mask, [points], 1)
    return RleMask.encode(mask.astype(bool))
