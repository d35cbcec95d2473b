"""The formats there are, by name: a table of strings, so that listing them loads none."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from app.formats.interface import Format, Reader, Trait, Writer
from app.project.model import Kind

_MASKS, _BOXES = frozenset({Kind.MASK}), frozenset({Kind.BOX})
_POINTS = frozenset({Kind.POINTS})
_ANIMALS = frozenset({Trait.OVERLAP, Trait.IDENTITY, Trait.JOINTS})
_TRACKS = frozenset({Trait.OVERLAP, Trait.IDENTITY, Trait.CLASSES})
_SAID = frozenset({Trait.PRESENCE, Trait.CONFIDENCE, Trait.PROVENANCE})
_ID_PICTURES = frozenset({Trait.IDENTITY, Trait.NOT_HERE})
_COCO = _TRACKS | _SAID | {Trait.TIMES}
_IMAGES = "images/{frame:05d}.jpg"
_CVAT = _TRACKS | _SAID | {Trait.NOT_HERE}
_SEEN = frozenset({Trait.OVERLAP, Trait.VOID, Trait.TIMES})
_ALL_KINDS = frozenset({Kind.MASK, Kind.POINTS, Kind.TEXTURE, Kind.COLOUR})


_MODULES = {"numpy": "numpy_arrays", "gif": "animation"}
"""Of formats whose module is not called like them."""

_FILLS = {
    "davis", "davis2016", "youtube-vis", "coco", "coco-polygons", "coco-boxes", "coco-keypoints", "mots-txt",
    "mots-png", "cvat", "cvat-boxes", "mot", "otb", "yolo", "yolo-seg", "yolo-pose",
}  # fmt: skip
"""Those in which a frame without any label is one with nothing on it. In the rest it is not there, or said to be so."""


def _row(
    name: str,
    title: str,
    summary: str,
    holds: frozenset[Trait],
    kinds: frozenset[Kind] = _MASKS,
    pictures: str = "",
    *,
    can_read: bool = True,
    options: tuple[str, ...] = (),
) -> Format:
    module = f"app.formats.{_MODULES.get(name, name.replace('-', '_'))}"
    return Format(name, title, summary, kinds, holds, can_read, True, module, pictures, options, name in _FILLS)


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        _row(
            "davis",
            "DAVIS 2017 masks",
            "a folder with one palette PNG a frame, value = object id, 255 = void",
            _ID_PICTURES | {Trait.VOID},
        ),
        _row(
            "davis2016",
            "DAVIS 2016 masks",
            "a folder with one black and white PNG a frame, all objects being one",
            frozenset({Trait.NOT_HERE}),
        ),
        _row(
            "youtube-vos",
            "YouTube-VOS",
            "palette PNGs of the labelled frames, and meta.json with the categories",
            _ID_PICTURES | {Trait.CLASSES},
            pictures="JPEGImages/{video}/{frame:05d}.jpg",
        ),
        _row(
            "youtube-vis",
            "YouTube-VIS",
            "one JSON in which each object has a mask for every frame, as run lengths",
            _TRACKS,
            pictures="JPEGImages/{video}/{frame:05d}.jpg",
        ),
        _row("coco", "COCO masks", "one JSON with masks as run lengths, tracks by id", _COCO, pictures=_IMAGES),
        _row(
            "coco-polygons",
            "COCO polygons",
            "one JSON with masks as polygons along the edges of pixels, tracks by id",
            _COCO,
            pictures=_IMAGES,
        ),
        _row("coco-boxes", "COCO boxes", "one JSON with boxes, tracks by id", _COCO, _BOXES, _IMAGES),
        _row(
            "mots-txt",
            "MOTS text",
            "a text file with a line for each mask, as run lengths",
            frozenset({Trait.IDENTITY, Trait.VOID}),
        ),
        _row(
            "mots-png",
            "MOTS pictures",
            "a folder with one 16-bit PNG a frame, value = 1000 x class + object",
            _ID_PICTURES | {Trait.VOID},
        ),
        _row(
            "cvat",
            "CVAT for video 1.1, masks",
            "one XML with a track for each object, as CVAT takes it in",
            _CVAT,
            pictures="images/frame_{frame:06d}.jpg",
        ),
        _row(
            "cvat-boxes",
            "CVAT for video 1.1, boxes",
            "one XML with a track of boxes for each object, as CVAT takes it in",
            _CVAT,
            _BOXES,
            "images/frame_{frame:06d}.jpg",
        ),
        _row(
            "labelme",
            "LabelMe",
            "a JSON with polygons for each labelled frame",
            _COCO | {Trait.NAMES},
            pictures="{frame:05d}.jpg",
        ),
        _row(
            "pascal-voc",
            "Pascal VOC",
            "boxes in an XML, and palette PNGs by object and by class, for each labelled frame",
            frozenset({Trait.IDENTITY, Trait.CLASSES, Trait.VOID}),
            pictures="JPEGImages/{frame:05d}.jpg",
        ),
        _row(
            "yolo-seg",
            "YOLO segments",
            "a text file with a polygon for each mask, for each labelled frame",
            frozenset({Trait.OVERLAP, Trait.CLASSES}),
            pictures=_IMAGES,
        ),
        _row(
            "yolo",
            "YOLO boxes",
            "a text file with a box for each mask, for each labelled frame",
            frozenset({Trait.OVERLAP, Trait.CLASSES}),
            _BOXES,
            _IMAGES,
        ),
        _row(
            "mot",
            "MOT boxes",
            "a text file with a line for each box, as MOTChallenge scores it",
            _TRACKS,
            _BOXES,
            "img1/{number:06d}.jpg",
        ),
        _row(
            "otb",
            "OTB boxes",
            "a text file with a box a line for each object",
            frozenset({Trait.OVERLAP, Trait.IDENTITY, Trait.NOT_HERE}),
            _BOXES,
            "img/{frame:05d}.jpg",
        ),
        _row(
            "coco-keypoints",
            "COCO keypoints",
            "one JSON with joints, their visibility and bones, tracks by id",
            _COCO | {Trait.JOINTS, Trait.VISIBILITY, Trait.BONES},
            _POINTS,
            _IMAGES,
        ),
        _row(
            "deeplabcut",
            "DeepLabCut",
            "a CSV and an HDF5 table with the joints on each labelled frame, and config.yaml",
            _ANIMALS | {Trait.BONES},
            _POINTS,
            "labeled-data/{video}/img{frame:04d}.png",
        ),
        _row(
            "sleap",
            "SLEAP",
            "one .slp with tables of frames, instances and points, tracks by id",
            _ANIMALS
            | {Trait.CONFIDENCE, Trait.PROVENANCE, Trait.JOINT_CONFIDENCE, Trait.VISIBILITY, Trait.BONES, Trait.SIDES},
            _POINTS,
        ),
        _row(
            "tap-vid",
            "TAP-Vid",
            "one .npz with every joint as a point: its place on each frame, and where it is occluded",
            frozenset({Trait.OVERLAP, Trait.VISIBILITY}),
            _POINTS,
        ),
        _row(
            "jhmdb",
            "J-HMDB",
            "a joint_positions.mat for each animal or person",
            frozenset({Trait.OVERLAP, Trait.IDENTITY}),
            _POINTS,
        ),
        _row(
            "yolo-pose",
            "YOLO poses",
            "a text file with a box and joints for each animal or person, for each labelled frame",
            frozenset({Trait.OVERLAP, Trait.CLASSES, Trait.JOINTS, Trait.VISIBILITY, Trait.SIDES}),
            _POINTS,
            _IMAGES,
        ),
        _row(
            "points",
            "Points",
            "one JSON with the joints of every animal on each labelled frame",
            _ANIMALS | {Trait.JOINT_CONFIDENCE, Trait.VISIBILITY, Trait.BONES, Trait.SIDES},
            _POINTS,
        ),
        _row("numpy", "NumPy arrays", "one .npz with masks and tables; nothing is lost", frozenset(Trait)),
        _row(
            "textures",
            "Textures",
            "every frame with its textures, the paint alone as RGBA PNGs, and where on its own frame each pixel is",
            frozenset({Trait.OVERLAP, Trait.TIMES}),
            frozenset({Kind.TEXTURE}),
            can_read=False,
        ),
        _row(
            "paint",
            "Paint of textures",
            "a folder for each texture with one RGBA PNG a frame, the paint alone",
            frozenset({Trait.OVERLAP, Trait.IDENTITY}),
            frozenset({Kind.TEXTURE}),
        ),
        _row(
            "colours",
            "Frames in colour",
            "one PNG for each frame that has colour",
            frozenset({Trait.OVERLAP, Trait.IDENTITY}),
            frozenset({Kind.COLOUR}),
        ),
        _row(
            "overlay",
            "Overlay video",
            "the clip as a video with its labels drawn over it, or the labels alone, at the clip's own time stamps",
            _SEEN,
            _ALL_KINDS,
            can_read=False,
            options=("codec", "ground", "opacity", "frames", "step", "stamps"),
        ),
        _row(
            "side-by-side",
            "Side-by-side video",
            "the clip as it is and with its labels, in one video, at the clip's own time stamps",
            _SEEN,
            _ALL_KINDS,
            can_read=False,
            options=("codec", "layout", "opacity", "frames", "step", "stamps"),
        ),
        _row(
            "contact-sheet",
            "Contact sheet",
            "one PNG of many small pictures with their labels, each with its frame and time stamp",
            _SEEN,
            _ALL_KINDS,
            can_read=False,
            options=("opacity", "frames", "step", "tiles", "side"),
        ),
        _row(
            "gif",
            "Animated GIF",
            "the clip with its labels, in 256 colours, small enough to be sent",
            _SEEN,
            _ALL_KINDS,
            can_read=False,
            options=("opacity", "frames", "step", "stamps", "side"),
        ),
    )
}


def writer(name: str) -> Writer:
    """Return the writing half of the format called `name`, which has to have one."""
    return cast(Writer, import_module(FORMATS[name].module))


def reader(name: str) -> Reader:
    """Return the reading half of the format called `name`, which has to have one."""
    return cast(Reader, import_module(FORMATS[name].module))
