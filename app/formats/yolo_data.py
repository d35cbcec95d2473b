"""What YOLO's formats share: `data.yaml` with the names of classes, and a text file for each frame in `labels`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS, finite, read_text, read_yaml, reading, whole
from app.formats.id_pictures import numbered
from app.formats.interface import FileContent, Found, LabelSource, Plan
from app.formats.numbering import Identities, categories, category
from app.formats.side_car import FILES, has_side_car, read_side_car, write_side_car
from app.media.clip import Clip
from app.os_errors import told_to_the_user
from app.project.model import Object
from engines.labels.points import Points
from engines.labels.rle import RleMask

DATA_FILE = "data.yaml"
LABELS = "labels"

AsObject = Callable[[Object, Path], Object]
"""An object as it is to be, by what lies in the folder with `data.yaml`."""
Coded = Callable[[RleMask], list[float]]
"""A mask as numbers in [0, 1], shares of the picture's width and height."""
Decoded = Callable[[list[float], Clip], RleMask | Points]


def plan_yolo(source: LabelSource, losses: tuple[str, ...] = ()) -> Plan:
    """Return what `write_yolo` would write: a text file for each frame with a label."""
    files = (f"{LABELS}/{frame:05d}.txt" for frame in source.frames)
    return Plan((*files, DATA_FILE, *FILES), source.clip.n_frames, losses)


def write_yolo(source: LabelSource, folder: Path, coded: Coded) -> Iterator[None]:
    """Write the text files, `data.yaml` and the side-car; yields once a frame."""
    classes = classes_of(source)

    def lines(frame: int) -> Iterator[str]:
        for found, _, mask in source.labels_on(frame):
            if mask.area:
                yield f"{classes[category(found)]} {' '.join(f'{value:.6f}' for value in coded(mask))}"

    yield from write_files(source, folder, lines)
    write_side_car(source, folder)


def write_files(
    source: LabelSource, folder: Path, lines: Callable[[int], Iterator[str]], more_data: str = ""
) -> Iterator[None]:
    """Write the text files and `data.yaml`, which gets `more_data` at its end; yields once a frame."""
    (folder / LABELS).mkdir()
    for frame in range(source.clip.n_frames):
        if source.labels.get(frame):
            text = "".join(f"{line}\n" for line in lines(frame))
            (folder / LABELS / f"{frame:05d}.txt").write_text(text, encoding="ascii")
        yield
    classes = classes_of(source)
    names = "".join(f"  {number}: {yaml_text(name)}\n" for name, number in classes.items())
    text = f"path: .\ntrain: images\nval: images\nnames:{' {}' if not classes else ''}\n{names}{more_data}"
    (folder / DATA_FILE).write_text(text, encoding="utf-8")


def classes_of(source: LabelSource) -> dict[str, int]:
    """Return the classes of the objects, numbered from 0."""
    return {name: number - 1 for name, number in categories(source).items()}


def yaml_text(value: str | list[str]) -> str:
    """Return texts as they stand in a line of YAML, in any script."""
    made = yaml.safe_dump(value, allow_unicode=True, default_style='"', default_flow_style=True, width=1_000_000)
    return str(made).strip()


def read_yolo(path: Path, clip: Clip, decoded: Decoded, as_object: AsObject | None = None) -> FileContent:
    """Read the folder with `data.yaml` or with text files, or one text file. `as_object` completes its objects.

    Objects are told apart by the side-car where it lists as many labels on a frame as its file has lines.
    """
    if not path.exists():
        raise UserError(f"There is no {path}", "check the path")
    root = path if (path / LABELS).is_dir() or path.is_file() else path.parent if path.name == LABELS else path
    folder = root / LABELS if (root / LABELS).is_dir() else path
    with told_to_the_user(path):
        files = [path] if path.is_file() else sorted(folder.glob("*.txt"))
    if not files and not has_side_car(root):
        raise UserError(f"There is no text file of YOLO in {path}", f"give the folder with {LABELS}")
    home = root if root.is_dir() else root.parent
    if home.name == LABELS and not (home / DATA_FILE).exists():
        home = home.parent
    names = _class_names(home / DATA_FILE)
    tracks = _tracks(home)
    identities = Identities()
    by_place: list[list[tuple[int, list[float]]]] = []
    frames = tuple(numbered(file.stem) for file in files)
    for place, file in enumerate(files):
        with reading(file, "YOLO"):
            lines = [line.split() for line in read_text(file).splitlines() if line.strip()]
            known = tracks.get(frames[place].number, ())
            rows = []
            for row, (class_number, *numbers) in enumerate(lines):
                number = whole(class_number, high=MAX_OBJECTS)
                track = known[row] if len(known) == len(lines) else None
                object_id = identities.object_id(place, track, names.get(number, f"class {number}"))
                rows.append((object_id, [finite(value, 10.0) for value in numbers]))
            by_place.append(rows)

    objects = tuple(as_object(found, home) if as_object else found for found in identities.objects)

    def labels() -> Iterator[tuple[int, tuple[Found, ...]]]:
        for place, rows in enumerate(by_place):
            with reading(files[place], "YOLO"):
                found = tuple(Found(object_id, decoded(numbers, clip)) for object_id, numbers in rows)
            yield place, tuple(label for label in found if not isinstance(label.mask, Points) or label.mask.joints)

    return FileContent(objects, frames, labels(), home, identities.notes)


def _tracks(folder: Path) -> dict[int | None, tuple[int, ...]]:
    """Return which objects the lines of each frame's file are for, by the side-car."""
    side_car = read_side_car(folder)
    return {
        number: tuple(object_id for object_id, said in labels.items() if not said.is_empty)
        for number, (_, labels) in side_car.frames.items()
    }


def _class_names(file: Path) -> dict[int, str]:
    """Return the names in `data.yaml`, a list or by number; none where there is no such file."""
    if not file.exists():
        return {}
    with reading(file, "YOLO's description"):
        content = read_yaml(file)
        names = content.get("names", {}) if isinstance(content, dict) else {}
        numbered_names = names.items() if isinstance(names, dict) else enumerate(names)
        return {whole(number, high=MAX_OBJECTS): str(name)[:200] for number, name in numbered_names}
