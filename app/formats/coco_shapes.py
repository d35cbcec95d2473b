"""COCO's instance JSON with masks as run lengths or polygons, or with boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from app.formats import coco_file
from app.formats.bounded import rows, whole
from app.formats.boxes import box_mask, box_of
from app.formats.coco_rle import counts_of, mask_of, packed, unpacked
from app.formats.interface import FileContent, LabelSource
from app.formats.numbering import categories, category
from app.formats.outlines import mask_from_outlines, outlines
from app.formats.side_car import write_side_car
from app.media.clip import Clip
from app.project.model import Label, Object
from engines.labels.rle import RleMask

Shape = Literal["rle", "polygons", "boxes"]


def write(source: LabelSource, folder: Path, shape: Shape) -> Iterator[None]:
    """Write the JSON file and the side-car; yields once a frame."""
    numbers = categories(source)

    def annotated(frame: int) -> Iterator[tuple[Object, Label, dict[str, Any]]]:
        for found, label, mask in source.labels_on(frame):
            if mask.area:
                yield found, label, _annotation(mask, shape) | {"category_id": numbers[category(found)]}

    rows_of = [{"id": number, "name": name} for name, number in numbers.items()]
    yield from coco_file.write(source, folder, rows_of, annotated)
    write_side_car(source, folder)


def read(path: Path, clip: Clip, shape: Shape) -> FileContent:
    """Read COCO's JSON: a file, or the folder with `annotations.json`."""
    return coco_file.read(path, clip, lambda row, _, clip: _mask(row, clip, shape), lambda found, _: found)


def _annotation(mask: RleMask, shape: Shape) -> dict[str, Any]:
    """Return what COCO's row says of a mask."""
    segmentation: Any = []
    if shape == "rle":
        segmentation = rle_of(mask)
    elif shape == "polygons":
        segmentation = [ring.ravel().tolist() for ring in outlines(mask)]
    box = box_of(mask)
    return {
        "segmentation": segmentation,
        "bbox": list(box),
        "area": box[2] * box[3] if shape == "boxes" else mask.area,
        "iscrowd": 0,
    }


def rle_of(mask: RleMask) -> dict[str, Any]:
    """Return a mask as COCO writes it into JSON."""
    return {"size": [mask.height, mask.width], "counts": packed(counts_of(mask))}


def mask_from_rle(segmentation: Mapping[str, Any], clip: Clip) -> RleMask:
    """Return the mask in COCO's JSON, packed or not. Raises ValueError where it is damaged or of another size."""
    if [whole(side) for side in rows(segmentation["size"])] != [clip.height, clip.width]:
        raise ValueError(f"a mask is not {clip.width} x {clip.height}, the size of the clip")
    counts = segmentation["counts"]
    if isinstance(counts, str):
        return mask_of(unpacked(counts), clip.width, clip.height)
    return mask_of(np.array([whole(count) for count in rows(counts)], np.int64), clip.width, clip.height)


def _mask(row: Mapping[str, Any], clip: Clip, shape: Shape) -> RleMask:
    segmentation = row.get("segmentation")
    if shape == "boxes" or not segmentation:
        x, y, width, height = rows(row["bbox"])
        return box_mask(x, y, width, height, clip.width, clip.height)
    if isinstance(segmentation, dict):
        return mask_from_rle(segmentation, clip)
    return mask_from_outlines([rows(outline) for outline in rows(segmentation)], clip.width, clip.height)
