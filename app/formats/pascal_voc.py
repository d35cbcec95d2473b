"""Pascal VOC: an XML with boxes and two palette PNGs, by object and by class, for each labelled frame.

As in the development kit of VOC 2012, the k-th object of an XML has the value k in `SegmentationObject`, positions
count from 1, and 255 is nobody's. `track_id` in an object's XML is ours; readers of VOC pass it over.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from app.errors import UserError
from app.formats.bounded import MAX_FRAME_NUMBER, finite, inside, reading, whole, xml_elements
from app.formats.boxes import box_mask
from app.formats.exclusive import exclusive_on
from app.formats.id_pictures import numbered
from app.formats.interface import FileContent, Found, LabelSource, Plan
from app.formats.mask_png import VOID_VALUE, davis_palette, read_mask, write_mask
from app.formats.numbering import Identities, categories, category, void_object, xml_text
from app.formats.side_car import FILES, has_side_car, read_side_car, write_side_car
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from app.project.model import Kind, Label, Object
from engines.labels.rle import RleMask

MAX_OBJECTS = VOID_VALUE - 1
ANNOTATIONS, BY_OBJECT, BY_CLASS = "Annotations", "SegmentationObject", "SegmentationClass"
LIST_FILE = "ImageSets/Segmentation/default.txt"
CLASSES_FILE = "labelmap.txt"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    frames = source.frames
    files = [f"{ANNOTATIONS}/{frame:05d}.xml" for frame in frames]
    files += [f"{folder}/{frame:05d}.png" for folder in (BY_OBJECT, BY_CLASS) for frame in frames]
    return Plan((*files, LIST_FILE, CLASSES_FILE, *FILES), source.clip.n_frames)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the files of each labelled frame, the lists and the side-car; yields once a frame."""
    numbers = categories(source)
    if max(len(source.things), len(numbers)) > MAX_OBJECTS:
        raise UserError(
            f"The project has {len(source.things)} objects, but Pascal VOC holds {MAX_OBJECTS}",
            "delete some, or split it",
        )
    for name in (ANNOTATIONS, BY_OBJECT, BY_CLASS):
        (folder / name).mkdir()
    for frame in range(source.clip.n_frames):
        if source.labels.get(frame):
            labels = [(found, label, mask) for found, label, mask in exclusive_on(source, frame) if mask.area]
            _write_frame(source, frame, labels, numbers, folder)
        yield
    (folder / LIST_FILE).parent.mkdir(parents=True)
    (folder / LIST_FILE).write_text("".join(f"{frame:05d}\n" for frame in source.frames), encoding="ascii")
    colours = davis_palette()
    names = ["background", *numbers]
    lines = (f"{name}:{','.join(map(str, colours[place].tolist()))}::\n" for place, name in enumerate(names))
    (folder / CLASSES_FILE).write_text(f"# label:color_rgb:parts:actions\n{''.join(lines)}", encoding="utf-8")
    write_side_car(source, folder)


def read(path: Path, clip: Clip) -> FileContent:
    """Read the folder with `Annotations`: masks where there is a PNG by object, else boxes."""
    folder = path / ANNOTATIONS if (path / ANNOTATIONS).is_dir() else path
    root = folder.parent if folder.name == ANNOTATIONS else folder
    with told_to_the_user(path):
        files = sorted(folder.glob("*.xml")) if folder.is_dir() else [path]
    if not path.exists() or not (files or has_side_car(root)):
        raise UserError(f"There is no XML of Pascal VOC in {path}", f"give the folder with {ANNOTATIONS}")
    identities = Identities()
    void_id = _void_id(root)
    frames = tuple(numbered(file.stem) for file in files)
    by_place: list[tuple[Found, ...]] = []
    n_boxes = 0
    for place, file in enumerate(files):
        with reading(file, "Pascal VOC"):
            annotation = _parsed(file)
            size = (whole(annotation.findtext("size/width")), whole(annotation.findtext("size/height")))
            if size != (clip.width, clip.height):
                raise ValueError(f"its picture is not {clip.width} x {clip.height}, the size of the clip")
            picture = inside(root, f"{BY_OBJECT}/{file.stem}.png")
            values = read_mask(picture, size).values if picture.is_file() else None
            found = []
            for value, item in enumerate(annotation.findall("object"), 1):
                track = item.findtext("track_id")
                name = item.findtext("name") or ""
                object_id = identities.object_id(place, None if track is None else whole(track), name)
                mask = _box(item, clip) if values is None else RleMask.encode(values == value)
                n_boxes += values is None
                found.append(Found(object_id, mask))
            void = None if values is None else RleMask.encode(values == VOID_VALUE)
            if void is not None and void.area:
                found.append(Found(void_id, void))
            by_place.append(tuple(found))
    objects = identities.objects
    if any(label.object_id == void_id for labels in by_place for label in labels):
        objects = (*objects, void_object(void_id))
    boxes = (f"Objects without a mask were taken in as boxes: {n_boxes}.",) if n_boxes else ()
    return FileContent(objects, frames, iter(enumerate(by_place)), root, (*identities.notes, *boxes))


def _void_id(folder: Path) -> int:
    """Return the id of the void: what the side-car gives it, else one that no object has."""
    known = read_side_car(folder).objects.values()
    return next((found.object_id for found in known if found.kind is Kind.VOID), MAX_FRAME_NUMBER)


def _write_frame(
    source: LabelSource,
    frame: int,
    labels: list[tuple[Object, Label, RleMask]],
    numbers: dict[str, int],
    folder: Path,
) -> None:
    clip = source.clip
    annotation = Element("annotation")
    for tag, text in (("folder", source.video), ("filename", f"{frame:05d}.jpg")):
        SubElement(annotation, tag).text = xml_text(text)
    SubElement(SubElement(annotation, "source"), "database").text = "Throughline"
    size = SubElement(annotation, "size")
    for tag, side in (("width", clip.width), ("height", clip.height), ("depth", 3)):
        SubElement(size, tag).text = str(side)
    SubElement(annotation, "segmented").text = "1"
    by_object = np.zeros((clip.height, clip.width), np.uint8)
    by_class = np.zeros_like(by_object)
    value = 0
    for found, _, mask in labels:
        left, top, right, bottom = mask.box
        crop = mask.crop()
        is_void = found.kind is Kind.VOID
        value += not is_void
        by_object[top:bottom, left:right][crop] = VOID_VALUE if is_void else value
        by_class[top:bottom, left:right][crop] = VOID_VALUE if is_void else numbers[category(found)]
        if not is_void:
            annotation.append(_object_element(found, mask))
    indent(annotation)
    (folder / ANNOTATIONS / f"{frame:05d}.xml").write_bytes(tostring(annotation, encoding="utf-8"))
    write_mask(folder / BY_OBJECT / f"{frame:05d}.png", by_object, davis_palette())
    write_mask(folder / BY_CLASS / f"{frame:05d}.png", by_class, davis_palette())


def _object_element(found: Object, mask: RleMask) -> Element:
    left, top, right, bottom = mask.box
    item = Element("object")
    rows = (
        ("name", xml_text(category(found))),
        ("pose", "Unspecified"),
        ("truncated", "0"),
        ("difficult", "0"),
        ("track_id", str(found.object_id)),
    )
    for tag, text in rows:
        SubElement(item, tag).text = text
    box = SubElement(item, "bndbox")
    for tag, edge in (("xmin", left + 1), ("ymin", top + 1), ("xmax", right), ("ymax", bottom)):
        SubElement(box, tag).text = str(edge)
    return item


def _parsed(file: Path) -> Element:
    """Return the root of a small XML file."""
    root = None
    for event, element in xml_elements(file):
        if event == "start" and root is None:
            root = element
    return cast(Element, root)


def _box(item: Element, clip: Clip) -> RleMask:
    left, top, right, bottom = (finite(item.findtext(f"bndbox/{tag}")) for tag in ("xmin", "ymin", "xmax", "ymax"))
    return box_mask(left - 1, top - 1, right - left + 1, bottom - top + 1, clip.width, clip.height)
