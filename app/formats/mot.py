"""MOTChallenge: `gt/gt.txt` with a line for each box, and `seqinfo.ini`.

`frame, id, left, top, width, height, flag, class, visibility`: frames, ids and positions count from 1, as the
MOT16 paper (arXiv 1603.00831, section 3.3) says. In a truth, which is what we write, the flag says whether scoring
considers the box; TrackEval reads it as a whole number, so that a confidence below 1 would leave the box out. In
detections their confidence stands there.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from pathlib import Path

from app.formats.bounded import MAX_FRAME_NUMBER, MAX_OBJECTS, finite, one_file, read_text, reading, share, whole
from app.formats.boxes import box_mask, box_of
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.numbering import Identities, categories, category
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip

LABELS_FILE, CLASSES_FILE, SEQUENCE_FILE = "gt/gt.txt", "gt/labels.txt", "seqinfo.ini"
CLASSES = (
    "pedestrian",
    "person_on_vehicle",
    "car",
    "bicycle",
    "motorbike",
    "non_mot_vehicle",
    "static_person",
    "distractor",
    "occluder",
    "occluder_on_ground",
    "occluder_full",
    "reflection",
    "crowd",
)
"""As MOT16 and MOT20 number them from 1; other classes get numbers after these."""


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write, and that MOTChallenge has no such classes."""
    others = [name for name in categories(source) if name not in CLASSES]
    told = f"MOTChallenge's scorer takes no classes but its own unless it is told to; there are: {', '.join(others)}."
    return Plan((LABELS_FILE, CLASSES_FILE, SEQUENCE_FILE, *FILES), source.clip.n_frames, (told,) if others else ())


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the boxes, the names of classes, `seqinfo.ini` and the side-car; yields once a frame."""
    clip = source.clip
    names = [*CLASSES, *(name for name in categories(source) if name not in CLASSES)]
    (folder / LABELS_FILE).parent.mkdir()
    with (folder / LABELS_FILE).open("w", encoding="ascii") as file:
        for frame in range(clip.n_frames):
            for found, _, mask in source.labels_on(frame):
                if mask.area:
                    x, y, width, height = box_of(mask)
                    number = names.index(category(found)) + 1
                    place = f"{x + 1},{y + 1},{width},{height}"
                    file.write(f"{frame + 1},{found.object_id},{place},1,{number},1\n")
            yield
    (folder / CLASSES_FILE).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    facts = {
        "name": source.video.encode("utf-8", "replace").decode(),
        "imDir": "img1",
        "frameRate": f"{clip.rate_fps:g}",
        "seqLength": clip.n_frames,
        "imWidth": clip.width,
        "imHeight": clip.height,
        "imExt": ".jpg",
    }
    lines = "".join(f"{key}={value}\n" for key, value in facts.items())
    (folder / SEQUENCE_FILE).write_text(f"[Sequence]\n{lines}", encoding="utf-8")
    write_side_car(source, folder)


def read(path: Path, clip: Clip) -> FileContent:
    """Read the folder with `gt/gt.txt` or `det/det.txt`, or a text file in their form."""
    file = one_file(path, LABELS_FILE, "gt.txt", "det/det.txt", "det.txt")
    root = file.parent.parent if file.parent.name in ("gt", "det") else file.parent
    identities = Identities()
    by_frame: dict[int, list[Found]] = {}
    with reading(file, "MOT"):
        names = _class_names(file.parent / Path(CLASSES_FILE).name)
        _check_size(root / SEQUENCE_FILE, clip)
        for line in read_text(file).splitlines():
            if not line.strip():
                continue
            numbers = line.replace(",", " ").split()
            if len(numbers) < 6:
                raise ValueError(f"a line has {len(numbers)} numbers instead of 9")
            frame = whole(numbers[0], 1) - 1
            track = whole(numbers[1], -1)
            class_number = whole(numbers[7], -1, MAX_OBJECTS) if len(numbers) > 8 else 0
            name = names[class_number - 1] if 0 < class_number <= len(names) else ""
            object_id = identities.object_id(frame, None if track < 0 else track, name)
            x, y, width, height = (finite(number) for number in numbers[2:6])
            mask = box_mask(x - 1, y - 1, width, height, clip.width, clip.height)
            confidence = share(numbers[6]) if len(numbers) > 6 else None
            by_frame.setdefault(frame, []).append(Found(object_id, mask, confidence=confidence))
    frames = sorted(by_frame)
    labels = ((place, tuple(by_frame.pop(frame))) for place, frame in enumerate(frames))
    return FileContent(identities.objects, tuple(map(FrameIdentity, frames)), labels, root, identities.notes)


def _class_names(file: Path) -> tuple[str, ...]:
    return tuple(read_text(file).splitlines()) if file.exists() else CLASSES


def _check_size(file: Path, clip: Clip) -> None:
    """Raise ValueError where `seqinfo.ini` is of pictures of another size."""
    if not file.exists():
        return
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read_text(file))
        size = tuple(whole(parser.get("Sequence", key), high=MAX_FRAME_NUMBER) for key in ("imWidth", "imHeight"))
    except configparser.Error as error:
        raise ValueError(f"{file.name} is damaged") from error
    if size != (clip.width, clip.height):
        raise ValueError(f"{file.name} is for pictures of {size[0]} x {size[1]}, not of {clip.width} x {clip.height}")
