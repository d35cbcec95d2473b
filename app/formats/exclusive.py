"""Labels of which no two share a pixel, for formats that hold no overlap."""

from __future__ import annotations

from app.formats.interface import LabelSource
from app.project.model import Label, Object
from engines.labels.rle import RleMask


def exclusive_on(source: LabelSource, frame: int) -> list[tuple[Object, Label, RleMask]]:
    """Return the labels on `frame`, bottom first, each without the pixels that upper ones cover."""
    found: list[tuple[Object, Label, RleMask]] = []
    for item, label, mask in source.labels_on(frame):
        found = [(below, said, rest.minus(mask)) for below, said, rest in found]
        found.append((item, label, mask))
    return found
