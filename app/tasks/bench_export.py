"""How long exports of long clips take, and how much memory: it must not grow with the clip beyond its labels."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.media.clip import Clip, open_clip
from app.project import verbs
from app.project.clip_location import record_of
from app.project.edits import Edit, Swap
from app.project.model import Label, LabelKey, Object, Provenance
from app.project.project import Project
from app.tasks.bench_media import HEIGHT, WIDTH, make_long_clip
from app.tasks.exchange import export_labels, label_source, snapshot
from app.tasks.markdown import markdown_table, megabytes
from app.tasks.memory import forget_peak, peak_since_forgotten_bytes
from engines.labels.rle import RleMask

N_OBJECTS = 10
_N_SHAPES = 25
"""Of each object, over and over: like a walk's."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """What one export took: processor time of all threads, peak memory of the process, and what it wrote."""

    format: str
    n_frames: int
    n_objects: int
    processor_s: float
    peak_bytes: int | None
    base_bytes: int | None
    """Taken before it began: the open project and the program."""
    n_files: int
    n_bytes: int


def bench_export(formats: Sequence[str], lengths: Sequence[int]) -> Iterator[ExportRow]:
    """Yield a row for each of `lengths`, shortest first, and each of `formats`, of a project made for the purpose."""
    for n_frames in sorted(lengths):
        with tempfile.TemporaryDirectory(prefix="throughline-bench-") as place:
            folder = Path(place)
            make_long_clip(folder / "long.mp4", n_frames)
            clip = open_clip(folder / "long.mp4")
            with Project.create(folder / "long.throughline", record_of(clip, folder)) as project:
                _fill(project, clip)
                for name in formats:
                    yield _measured(project, clip, name, folder / name)


def _measured(project: Project, clip: Clip, name: str, out: Path) -> ExportRow:
    tells = forget_peak()
    base_bytes = peak_since_forgotten_bytes() if tells else None
    started_s = time.process_time()
    deque(export_labels(label_source(snapshot(project, clip)), name, out), maxlen=0)
    processor_s = time.process_time() - started_s
    peak_bytes = peak_since_forgotten_bytes() if tells else None
    sizes = [file.stat().st_size for file in out.rglob("*") if file.is_file()]
    n_bytes = sum(sizes)
    return ExportRow(name, clip.n_frames, N_OBJECTS, processor_s, peak_bytes, base_bytes, len(sizes), n_bytes)


def _fill(project: Project, clip: Clip) -> None:
    """Put objects that move through the picture into an empty project, with a label on every frame of the clip."""
    rng = np.random.default_rng(0)
    objects: dict[int, Swap[Object]] = {}
    labels: dict[LabelKey, Swap[Label]] = {}
    for object_id in range(1, N_OBJECTS + 1):
        colour = verbs.COLOURS[object_id % len(verbs.COLOURS)]
        objects[object_id] = Swap(None, Object(object_id, f"thing {object_id}", colour, position=object_id))
        shapes = [_outlined(rng) for _ in range(_N_SHAPES)]
        speed, start = rng.uniform(0.5, 3, 2), rng.uniform(0, 500, 2)
        for frame in range(clip.n_frames):
            shape = shapes[frame % _N_SHAPES]
            mask_id = project.add_mask(_moved(shape, start + speed * frame))
            provenance = Provenance.DERIVED if frame % 100 else Provenance.ANCHOR
            confidence = 0.9 if frame % 100 else 1.0
            labels[object_id, frame] = Swap(None, Label(provenance, mask_id, confidence=confidence))
    project.apply(Edit("fill", objects, labels))
    project.flush()


def _outlined(rng: np.random.Generator) -> RleMask:
    """Return a blob with an uneven outline, some 90 pixels across, in the upper left corner of a picture."""
    rows, columns = np.mgrid[:120, :120] - 60
    angle = np.arctan2(rows, columns)
    radius = 45 + sum(rng.uniform(0, 10 / n) * np.sin(n * angle + rng.uniform(0, 2 * np.pi)) for n in range(2, 12))
    return RleMask.encode_crop(np.hypot(rows, columns) < radius, (0, 0), WIDTH, HEIGHT)


def _moved(shape: RleMask, at: np.ndarray) -> RleMask:
    """Return a shape with its box near (x, y) `at`, which turns back at the edges of the picture."""
    left, top, right, bottom = shape.box
    wide, high = right - left, bottom - top
    x, y = (
        int(abs((value + room) % (2 * room) - room))
        for value, room in zip(at, (WIDTH - wide, HEIGHT - high), strict=True)
    )
    return RleMask(WIDTH, HEIGHT, (x, y, x + wide, y + high), shape.runs, shape.area)


def export_table(rows: Sequence[ExportRow]) -> str:
    """Return `rows` as a Markdown table."""
    head = ("format", "frames x objects", "processor s", "peak MB", "before it MB", "files", "MB written")
    lines = []
    for row in rows:
        cells = [row.format, f"{row.n_frames:,} x {row.n_objects}", f"{row.processor_s:.1f}"]
        cells += [megabytes(row.peak_bytes), megabytes(row.base_bytes), f"{row.n_files:,}", f"{row.n_bytes / 1e6:.1f}"]
        lines.append(cells)
    return markdown_table(head, lines)
