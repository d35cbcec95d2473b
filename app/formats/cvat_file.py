"""CVAT for video 1.1 (XML): one track for each object, what its variants share.

A mask is CVAT's own run lengths, row by row within the mask's box, background first. A track goes on until it is
said to be outside; where labels have a gap, it is outside with the attribute `presence` saying `unlabelled`.
Specification: https://docs.cvat.ai/docs/manual/advanced/xml_format/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from app.errors import UserError
from app.formats.bounded import finite, one_file, reading, share, whole, xml_elements
from app.formats.boxes import box_mask
from app.formats.coco_file import said_in
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.numbering import Identities, categories, category, xml_text
from app.formats.outlines import mask_from_outlines
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip
from app.project.model import Label, Provenance
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

Shape = Literal["mask", "box"]

FILE_NAME = "annotations.xml"
UNLABELLED = "unlabelled"
_SHAPES = ("box", "mask", "polygon")
_OTHER_SHAPES = ("points", "polyline", "cuboid", "ellipse", "skeleton", "tag")
_ATTRIBUTES = ("presence", "provenance", "confidence")


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return Plan((FILE_NAME, *FILES), source.clip.n_frames * max(1, len(source.objects)))


def write(source: LabelSource, folder: Path, shape: Shape) -> Iterator[None]:
    """Write the XML file a track at a time, and the side-car; yields once a frame and object."""
    clip = source.clip
    with (folder / FILE_NAME).open("w", encoding="utf-8") as file:
        file.write(_head(source, shape))
        for found in source.objects:
            file.write(f'  <track id="{found.object_id}" label={_quoted(category(found))} source="manual">\n')
            last: Label | None = None
            last_mask = RleMask.empty(clip.width, clip.height)
            for frame in range(clip.n_frames):
                label = source.labels.get(frame, {}).get(found.object_id)
                if label is not None:
                    mask = source.mask(label.mask_id)
                    last_mask = mask if mask.area else last_mask
                    file.write(_shape_element(frame, label, mask, last_mask, shape))
                elif last is not None:
                    file.write(_shape_element(frame, None, None, last_mask, shape))
                last = label
                yield
            file.write("  </track>\n")
        if not source.objects:
            yield from (None for _ in range(clip.n_frames))
        file.write("</annotations>\n")
    write_side_car(source, folder)


def read(path: Path, clip: Clip, shape: Shape) -> FileContent:
    """Read the XML file, or the folder with `annotations.xml`. Shapes of other kinds are passed over, and told."""
    file = one_file(path, FILE_NAME)
    identities = Identities()
    by_frame: dict[int, list[Found]] = {}
    passed_over: set[str] = set()
    track: int | None = None
    with reading(file, "CVAT for video"):
        for event, element in xml_elements(file):
            if event == "start":
                if element.tag == "track":
                    track = identities.object_id(0, whole(element.attrib["id"]), element.attrib.get("label", ""))
                elif element.tag == "image":
                    raise UserError(f"{file} is CVAT for images, which has no tracks", "export CVAT for video 1.1")
                continue
            if track is not None and element.tag in _SHAPES:
                found = _found(track, element, clip, shape)
                if found is not None:
                    by_frame.setdefault(whole(element.attrib["frame"]), []).append(found)
                element.clear()
            elif element.tag in _OTHER_SHAPES:
                passed_over.add(element.tag)
                element.clear()
            elif element.tag == "track":
                track = None
                element.clear()
    frames = sorted(by_frame)
    notes = (f"Shapes of other kinds were passed over: {', '.join(sorted(passed_over))}.",) if passed_over else ()
    labels = ((place, tuple(by_frame.pop(frame))) for place, frame in enumerate(frames))
    return FileContent(identities.objects, tuple(map(FrameIdentity, frames)), labels, file.parent, notes)


def _head(source: LabelSource, shape: Shape) -> str:
    clip = source.clip
    attributes = "".join(
        f"<attribute><name>{name}</name><mutable>True</mutable><input_type>text</input_type>"
        "<default_value></default_value><values></values></attribute>"
        for name in _ATTRIBUTES
    )
    kind = "rectangle" if shape == "box" else shape
    labels = "".join(
        f"      <label><name>{_escaped(name)}</name><type>{kind}</type><attributes>{attributes}</attributes></label>\n"
        for name in categories(source)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n'
        f"      <name>{_escaped(source.video)}</name>\n      <size>{clip.n_frames}</size>\n"
        "      <mode>interpolation</mode>\n      <overlap>0</overlap>\n      <start_frame>0</start_frame>\n"
        f"      <stop_frame>{clip.n_frames - 1}</stop_frame>\n      <labels>\n{labels}      </labels>\n"
        f"      <original_size><width>{clip.width}</width><height>{clip.height}</height></original_size>\n"
        "    </task>\n  </meta>\n"
    )


def _shape_element(frame: int, label: Label | None, mask: RleMask | None, last: RleMask, shape: Shape) -> str:
    """Return the element of a label, or of a gap where there is none; one that shows nothing has the `last` shape."""
    is_outside = mask is None or mask.area == 0
    shown = last if mask is None or is_outside else mask
    left, top, right, bottom = shown.box
    is_occluded = label is not None and label.presence is Presence.OCCLUDED
    common = f'frame="{frame}" keyframe="1" outside="{is_outside:d}" occluded="{is_occluded:d}" z_order="0"'
    if shape == "box":
        opening = f'    <box {common} xtl="{left}" ytl="{top}" xbr="{right}" ybr="{bottom}">'
    else:
        runs = ", ".join(map(str, _run_lengths(shown)))
        size = f'left="{left}" top="{top}" width="{max(1, right - left)}" height="{max(1, bottom - top)}"'
        opening = f'    <mask {common} rle="{runs}" {size}>'
    said = {"presence": UNLABELLED}
    if label is not None:
        said = {
            "presence": label.presence.value,
            "provenance": label.provenance.value,
            "confidence": repr(label.confidence),
        }
    attributes = "".join(f'<attribute name="{name}">{value}</attribute>' for name, value in said.items())
    return f"{opening}{attributes}</{shape}>\n"


def _run_lengths(mask: RleMask) -> list[int]:
    """Return the run lengths of a mask in its box, background first; of one pixel of background where it is empty."""
    flat = mask.crop().ravel()
    if flat.size == 0:
        return [1]
    edges = np.concatenate(([0], [0] if flat[0] else [], np.flatnonzero(flat[1:] != flat[:-1]) + 1, [flat.size]))
    return np.diff(edges.astype(int)).tolist()


def _found(object_id: int, element: Element, clip: Clip, shape: Shape) -> Found | None:
    """Return the label of an element, None for one that only ends a track where labels have a gap."""
    facts = element.attrib
    said = {child.attrib.get("name"): child.text for child in element if child.tag == "attribute"}
    if said.get("presence") == UNLABELLED:
        return None
    presence, provenance = said_in(said)
    if facts.get("outside") == "1":
        mask = RleMask.empty(clip.width, clip.height)
    else:
        mask = _mask(element, clip)
        if shape == "box":
            left, top, right, bottom = mask.box
            mask = box_mask(left, top, right - left, bottom - top, clip.width, clip.height)
    if presence is None and facts.get("occluded") == "1":
        presence = Presence.OCCLUDED  # where nothing is to be seen; CVAT also says so of what is half hidden
    if provenance is None and facts.get("keyframe") == "0":
        provenance = Provenance.DERIVED
    return Found(object_id, mask, presence, share(said.get("confidence")), provenance)


def _mask(element: Element, clip: Clip) -> RleMask:
    facts = element.attrib
    if element.tag == "box":
        left, top, right, bottom = (finite(facts[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
        return box_mask(left, top, right - left, bottom - top, clip.width, clip.height)
    if element.tag == "polygon":
        outline = [finite(value) for pair in facts["points"].split(";") for value in pair.split(",")]
        return mask_from_outlines([outline], clip.width, clip.height)
    left, top = whole(facts["left"]), whole(facts["top"])
    width, height = whole(facts["width"], 1), whole(facts["height"], 1)
    if left + width > clip.width or top + height > clip.height:
        raise ValueError(f"a mask reaches outside {clip.width} x {clip.height}, the size of the clip")
    lengths = np.array([whole(length) for length in facts["rle"].split(",")], np.int64)
    values = np.zeros(len(lengths), bool)
    values[1::2] = True
    if lengths.max() > width * height or lengths.sum() > width * height:
        raise ValueError("the run lengths of a mask are longer than its box")
    flat = np.zeros(width * height, bool)
    flat[: int(lengths.sum())] = np.repeat(values, lengths)
    return RleMask.encode_crop(flat.reshape(height, width), (left, top), clip.width, clip.height)


def _escaped(name: str) -> str:
    return escape(xml_text(name))


def _quoted(name: str) -> str:
    return quoteattr(xml_text(name))
