"""MOTS as text: a line `frame id class height width run-lengths` for each label, frames from 0 as in KITTI MOTS.

Specification: https://www.vision.rwth-aachen.de/page/mots
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.formats.bounded import read_text, reading, whole
from app.formats.coco_rle import counts_of, mask_of, packed, unpacked
from app.formats.exclusive import exclusive_on
from app.formats.interface import FileContent, Found, FrameIdentity, LabelSource, Plan
from app.formats.mots_ids import PER_CLASS, class_name, mots_ids, with_void
from app.formats.numbering import Identities
from app.formats.only_file import only_file
from app.formats.side_car import FILES, write_side_car
from app.media.clip import Clip

FOLDER = "instances_txt"


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write."""
    return Plan((f"{FOLDER}/{source.video}.txt", *FILES), source.clip.n_frames)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the text file and the side-car; yields once a frame."""
    numbers = mots_ids(source)
    size = f"{source.clip.height} {source.clip.width}"
    (folder / FOLDER).mkdir()
    with (folder / FOLDER / f"{source.video}.txt").open("w", encoding="ascii") as file:
        for frame in range(source.clip.n_frames):
            for found, _, mask in exclusive_on(source, frame):
                number = numbers[found.object_id]
                if mask.area:
                    file.write(f"{frame} {number} {number // PER_CLASS} {size} {packed(counts_of(mask))}\n")
            yield
    write_side_car(source, folder, numbers)


def read(path: Path, clip: Clip) -> FileContent:
    """Read a text file, or the folder with the one of the clip. Regions to be ignored are void."""
    file = only_file(path, FOLDER, ".txt", clip)
    with reading(file, "MOTS"):
        identities = Identities()
        by_frame: dict[int, list[tuple[int, str]]] = {}
        for line in read_text(file).splitlines():
            if not line.strip():
                continue
            number, track, class_number, height, width, runs = line.split()
            if (whole(height), whole(width)) != (clip.height, clip.width):
                raise ValueError(f"its masks are not {clip.width} x {clip.height}, the size of the clip")
            object_id = identities.object_id(0, whole(track), class_name(whole(class_number)))
            by_frame.setdefault(whole(number), []).append((object_id, runs))
    frames = sorted(by_frame)

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        for place, frame in enumerate(frames):
            with reading(file, "MOTS"):
                found = tuple(
                    Found(object_id, mask_of(unpacked(runs), clip.width, clip.height))
                    for object_id, runs in by_frame.pop(frame)
                )
            yield place, found

    folder = file.parent.parent if file.parent.name == FOLDER else file.parent
    return FileContent(with_void(identities.objects), tuple(FrameIdentity(frame) for frame in frames), labels(), folder)
