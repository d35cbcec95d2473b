"""How much memory runs, and finding objects, take on clips of any length: it must not grow with it."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.media.clip import Clip, open_clip
from app.tasks.bench_engines import Entrant
from app.tasks.bench_media import make_long_clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.markdown import markdown_table, megabytes
from app.tasks.memory import forget_peak, peak_since_forgotten_bytes
from app.tasks.propagate import propagate_masks, whole_clip_run
from app.tasks.tube_finder import TubeFinder
from engines.labels.rle import RleMask
from engines.propagation.registry import DEFAULT_ENGINE
from engines.propagation.types import MaskAnchor
from engines.proposals.tubes import Found

CARRIED_SIZE, SEARCHED_SIZE = (320, 180), (640, 360)
"""Of the clips, (width, height): small ones for runs, so that ten thousand frames both ways take half an hour."""

MASKED_FRAMES = 50
"""Of a tube, at most."""


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """What one thing took on a clip of `n_frames`, peak of the process.

    A run is carried from the first and the last frame and fused.
    """

    engine: str
    n_frames: int
    peak_bytes: int | None
    seconds: float


def bench_memory(
    entrant: Entrant, engines: EngineLoader, device: str, lengths: Sequence[int] = (100, 1_000, 10_000)
) -> Iterator[MemoryRow]:
    """Yield a row for each of `lengths`, shortest first, of a moving pattern made for the purpose."""
    width, height = CARRIED_SIZE
    disc = cv2.circle(np.zeros((height, width), np.uint8), (width // 2, height // 2), height // 5, 1, -1)
    mask = RleMask.encode(disc > 0)
    engines.load(entrant.engine, entrant.weights, device)

    def carry(clip: Clip) -> None:
        anchors = (MaskAnchor(1, 0, mask), MaskAnchor(1, clip.n_frames - 1, mask))
        run = whole_clip_run(clip.n_frames, anchors, entrant.engine, "both", entrant.quality, entrant.weights, device)
        deque(propagate_masks(clip, run, engines=engines), maxlen=0)

    for n_frames in sorted(lengths):
        yield _measured(entrant.name, n_frames, CARRIED_SIZE, carry)


def bench_search_memory(engines: EngineLoader, device: str, lengths: Sequence[int]) -> Iterator[MemoryRow]:
    """Yield a row for each of `lengths`, shortest first, of finding objects and making masks of the best one.

    Masks are made of `MASKED_FRAMES` spread evenly: each is handed over before the next one is made.
    """

    def search(clip: Clip) -> None:
        with TubeFinder(clip, engines, "", device) as finder:
            (found,) = deque(finder.find(), maxlen=1)
            assert isinstance(found, Found)
            for tube in found.tubes[:1]:
                deque(finder.masks(tube, range(0, clip.n_frames, -(-clip.n_frames // MASKED_FRAMES))), maxlen=0)

    engines.load(DEFAULT_ENGINE, "", device)
    for n_frames in sorted(lengths):
        yield _measured("object proposals", n_frames, SEARCHED_SIZE, search)


def _measured(name: str, n_frames: int, size: tuple[int, int], work: Callable[[Clip], None]) -> MemoryRow:
    """Return what `work` takes on a clip of the moving pattern."""
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        make_long_clip(Path(folder) / "long.mp4", n_frames, size)
        clip = open_clip(Path(folder) / "long.mp4")
        tells = forget_peak()
        started_s = time.perf_counter()
        work(clip)
        seconds = time.perf_counter() - started_s
        return MemoryRow(name, clip.n_frames, peak_since_forgotten_bytes() if tells else None, seconds)


def memory_table(rows: Sequence[MemoryRow]) -> str:
    """Return `rows` as a Markdown table."""
    lines = [(row.engine, row.n_frames, megabytes(row.peak_bytes), f"{row.seconds:.0f}") for row in rows]
    return markdown_table(("engine", "frames", "peak MB", "seconds"), lines)
