"""How much memory a run takes on clips of any length: it must not grow with it."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.media.clip import open_clip
from app.tasks.bench_engines import Entrant
from app.tasks.bench_media import HEIGHT, WIDTH, make_long_clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.memory import forget_peak, peak_since_forgotten_bytes
from app.tasks.propagate import propagate_masks, whole_clip_run
from engines.labels.rle import RleMask
from engines.propagation.types import MaskAnchor


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One run over a clip of `n_frames`, carried from its first and its last frame and fused; peak of the process."""

    engine: str
    n_frames: int
    peak_bytes: int | None
    seconds: float


def bench_memory(
    entrant: Entrant, engines: EngineLoader, device: str, lengths: Sequence[int] = (100, 1_000, 10_000)
) -> Iterator[MemoryRow]:
    """Yield a row for each of `lengths`, shortest first, of a moving pattern made for the purpose."""
    disc = cv2.circle(np.zeros((HEIGHT, WIDTH), np.uint8), (WIDTH // 2, HEIGHT // 2), HEIGHT // 5, 1, -1)
    mask = RleMask.encode(disc > 0)
    engines.load(entrant.engine, entrant.weights, device)
    for n_frames in sorted(lengths):
        with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
            make_long_clip(Path(folder) / "long.mp4", n_frames)
            clip = open_clip(Path(folder) / "long.mp4")
            anchors = (MaskAnchor(1, 0, mask), MaskAnchor(1, clip.n_frames - 1, mask))
            run = whole_clip_run(
                clip.n_frames, anchors, entrant.engine, "both", entrant.quality, entrant.weights, device
            )
            tells = forget_peak()
            started_s = time.perf_counter()
            deque(propagate_masks(clip, run, engines=engines), maxlen=0)
            seconds = time.perf_counter() - started_s
            yield MemoryRow(entrant.name, clip.n_frames, peak_since_forgotten_bytes() if tells else None, seconds)


def memory_table(rows: Sequence[MemoryRow]) -> str:
    """Return `rows` as a Markdown table."""
    lines = ["| engine | frames | peak MB | seconds |", "| --- | --- | --- | --- |"]
    for row in rows:
        peak = "–" if row.peak_bytes is None else f"{row.peak_bytes / 1e6:.0f}"
        lines.append(f"| {row.engine} | {row.n_frames} | {peak} | {row.seconds:.0f} |")
    return "\n".join(lines)
