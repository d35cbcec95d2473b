"""Labels of which no two share a pixel, for formats that hold no overlap."""

from __future__ import annotations

from app.formats.interface import LabelSource
from app.project.model import Label, Object
from engines.labels.rle import RleMask


def exclusive_on(source: LabelSource, frame: int) -> list[tuple[Object, Label, RleMask]]:
    """Return the labels on `frame`, bottom first, each without the pixels that others cover; see `covering_on`."""
    rest: dict[int, RleMask] = {}
    for item, _, mask in source.covering_on(frame):
        rest = {object_id: below.minus(mask) for object_id, below in rest.items()}
        rest[item.object_id] = mask
    return [(item, label, rest[item.object_id]) for item, label, _ in source.labels_on(frame)]
