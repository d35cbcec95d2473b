"""Quality and speed of the mask engines on DAVIS-like sequences, first mask given."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import cv2
import numpy as np

from app.errors import UserError
from app.formats.mask_png import read_mask
from app.media.clip import Clip, open_clip
from app.tasks.engine_loader import EngineLoader, pick_device, torch_told
from app.tasks.markdown import markdown_table, megabytes
from app.tasks.memory import forget_peak, peak_since_forgotten_bytes
from app.tasks.propagate import propagate_masks, whole_clip_run
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.metrics.davis import score_object
from engines.propagation.registry import ENGINES
from engines.propagation.types import MaskAnchor, MaskEngine, MaskResult, Quality

PEER = "dis-chain"
"""The classical floor for `flow`: OpenCV's DIS flow (medium), each mask fetched from the one before, nothing else."""


STAND_INS = ("handmade", "random")
"""What may stand for weights in a measurement: features made by hand, and the small network before any training."""


class BenchLoader(EngineLoader):
    """Loads engines for measuring: `STAND_INS` count as weights too."""

    def load(self, name: str, weights: str = "", device: str = "auto", learned: bytes = b"") -> MaskEngine:
        """Return the engine called `name`; see `EngineLoader.load`."""
        if weights not in STAND_INS or not ENGINES[name].needs_weights:
            return super().load(name, weights, device, learned)
        with torch_told():
            import torch

            from engines.correspondence.architectures import build_encoder
            from engines.correspondence.feature_reader import FeatureExtractor
            from engines.correspondence.handmade import HandmadeEncoder
            from engines.propagation.masks import LearnedEngine
        compute = pick_device(device)
        torch.manual_seed(0)
        encoder = HandmadeEncoder() if weights == "handmade" else build_encoder("small").eval()
        extractor = FeatureExtractor(encoder.to(compute.device), weights, compute, self.cache)
        return LearnedEngine(extractor, ENGINES[name].recipe)


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine on one sequence; J and F in [0, 1], frames/s from frame file to mask, and with cached features.

    `first_s` is the seconds from asking to the first frame's mask, and `cached_first_s` with cached features.
    `peak_bytes` is the most memory that the whole process took meanwhile, None where the system does not tell.
    """

    sequence: str
    engine: str
    j: float
    f: float
    n_frames: int
    frames_per_s: float
    first_s: float
    cached_per_s: float | None = None
    cached_first_s: float | None = None
    peak_bytes: int | None = None


def find_sequences(data: Path, names: Sequence[str] | None) -> list[str]:
    """Return the sequences under `data`, laid out as DAVIS is, or `names` if all of them are there; else UserError."""
    root = data / "JPEGImages" / "480p"
    if not root.is_dir():
        raise UserError(f"There are no sequences in {root}", "name a folder laid out as DAVIS is, with --data")
    found = sorted(folder.name for folder in root.iterdir() if (data / "Annotations" / "480p" / folder.name).is_dir())
    unknown = sorted(set(names or ()) - set(found))
    if unknown:
        raise UserError(f"There is no sequence {unknown[0]} in {root}", f"choose from {', '.join(found)}")
    return list(names or found)


def read_sequence(data: Path, sequence: str) -> tuple[Clip, list[RleMask]]:
    """Return the clip and the true mask of every frame; everything that is not 0 is one object."""
    clip = open_clip(data / "JPEGImages" / "480p" / sequence)
    files = sorted((data / "Annotations" / "480p" / sequence).glob("*.png"))
    return clip, [RleMask.encode(read_mask(file, (clip.width, clip.height)).values > 0) for file in files]


@dataclass(frozen=True, slots=True)
class Entrant:
    """An engine as it is measured: `name` is how it was asked for, such as ``learned@small:draft``."""

    name: str
    engine: str
    weights: str
    quality: Quality

    @classmethod
    def parse(cls, text: str, quality: Quality) -> Entrant:
        """Return the entrant that ``ENGINE[@WEIGHTS][:QUALITY]`` means. Raises UserError for an unknown engine."""
        rest, _, last = text.rpartition(":")
        own = rest and last in get_args(Quality)
        engine, _, weights = (rest if own else text).partition("@")
        known = (*ENGINES, PEER)
        if engine not in known:
            raise UserError(f"There is nothing called {engine} to measure", f"choose from {', '.join(known)}")
        return cls(text, engine, weights, cast(Quality, last) if own else quality)


def bench_sequence(
    data: Path,
    sequence: str,
    entrant: Entrant,
    engines: EngineLoader,
    device: str = "auto",
    *,
    cached: bool = False,
    n_objects: int = 1,
) -> EngineRow:
    """Return quality and speed of `entrant` on one sequence; everything that is not 0 is one object.

    `engines` keeps networks from sequence to sequence, but no features. With `cached` an engine that needs weights runs
    twice, and its speed is measured too with what the first run left in memory and on disk. With more than one of
    `n_objects` the object is cut into so many upright strips of one area, each carried for itself; quality is that of
    all of them together.
    """
    clip, truth = read_sequence(data, sequence)
    anchors = strips(truth[0], n_objects)
    found: dict[tuple[int, int], RleMask] = {}  # by frame and object

    def carry_all() -> tuple[float, float]:
        started_s = time.perf_counter()
        first_s = None
        for result in _results(clip, anchors, entrant, engines, device):
            first_s = first_s or time.perf_counter() - started_s
            found[result.frame, result.object_id] = result.mask
        all_s = time.perf_counter() - started_s
        return (clip.n_frames - 1) / all_s, first_s or all_s

    needs_weights = entrant.engine in ENGINES and ENGINES[entrant.engine].needs_weights
    if needs_weights:
        engines.load(entrant.engine, entrant.weights, device)  # which a person waits for once
        engines.cache.clear()
    tells_peak = forget_peak()
    frames_per_s, first_s = carry_all()
    peak_bytes = peak_since_forgotten_bytes() if tells_peak else None
    masks = [truth[0].decode(), *(np.zeros((clip.height, clip.width), bool) for _ in truth[1:])]
    for (frame, _), mask in found.items():
        masks[frame] |= mask.decode()
    score = score_object((a.decode(), b) for a, b in zip(truth, masks, strict=True))
    cached_per_s, cached_first_s = carry_all() if cached and needs_weights else (None, None)
    return EngineRow(
        sequence,
        entrant.name,
        score.j.mean,
        score.f.mean,
        clip.n_frames,
        frames_per_s,
        first_s,
        cached_per_s,
        cached_first_s,
        peak_bytes,
    )


def strips(mask: RleMask, n_objects: int) -> tuple[MaskAnchor, ...]:
    """Return `mask` on frame 0 as objects 1 to `n_objects`: upright strips of one area, from the left."""
    whole = mask.decode()
    rows, columns = np.nonzero(whole)
    order = np.lexsort((rows, columns))
    anchors = []
    for number, pixels in enumerate(np.array_split(order, n_objects), 1):
        part = np.zeros_like(whole)
        part[rows[pixels], columns[pixels]] = True
        anchors.append(MaskAnchor(number, 0, RleMask.encode(part)))
    return tuple(anchors)


def mean_rows(data: Path, rows: Sequence[EngineRow]) -> list[EngineRow]:
    """Return the means of each engine over all sequences, and over each list in `data` that is a part of them."""
    sequences = {row.sequence for row in rows}
    groups = {f"mean of {len(sequences)}": sequences}
    for file in sorted((data / "ImageSets" / "480p").glob("*.txt")):
        listed = set(file.read_text(encoding="utf-8").split())
        if listed < sequences:
            groups[f"mean of {file.stem}"] = listed
    return [
        _mean_row(name, [row for row in rows if row.engine == engine and row.sequence in group])
        for name, group in groups.items()
        for engine in dict.fromkeys(row.engine for row in rows)
    ]


def _mean_row(name: str, rows: Sequence[EngineRow]) -> EngineRow:
    """Return the mean over sequences of one engine; its speed is that of all frames together."""
    n_frames = sum(row.n_frames for row in rows)
    cached = [(row.n_frames - 1, row.cached_per_s) for row in rows if row.cached_per_s is not None]
    return EngineRow(
        name,
        rows[0].engine,
        float(np.mean([row.j for row in rows])),
        float(np.mean([row.f for row in rows])),
        n_frames,
        _together((row.n_frames - 1, row.frames_per_s) for row in rows),
        float(np.mean([row.first_s for row in rows])),
        _together(cached) if cached else None,
        float(np.mean([row.cached_first_s for row in rows if row.cached_first_s is not None])) if cached else None,
        max((row.peak_bytes for row in rows if row.peak_bytes is not None), default=None),
    )


def _together(paces: Iterable[tuple[int, float]]) -> float:
    """Return frames/s over all of (frames, frames/s)."""
    known = list(paces)
    return sum(n_frames for n_frames, _ in known) / sum(n_frames / per_s for n_frames, per_s in known)


def table(rows: Sequence[EngineRow]) -> str:
    """Return `rows` as a Markdown table, a line for each sequence, some columns for each engine."""
    by_cell = {(row.sequence, row.engine): row for row in rows}
    is_cached = {row.engine: row.cached_per_s is not None for row in rows}
    head = ["sequence"]
    for engine in is_cached:
        head += [f"{engine} J", "F", "J&F", "frames/s", "first ms"]
        head += ["cached", "first ms", "peak MB"] if is_cached[engine] else ["peak MB"]
    lines = []
    for sequence in dict.fromkeys(row.sequence for row in rows):
        cells = [sequence]
        for row in (by_cell[sequence, engine] for engine in is_cached):
            cells += [f"{share:.3f}" for share in (row.j, row.f, (row.j + row.f) / 2)]
            cells += _speed(row.frames_per_s, row.first_s) + _speed(row.cached_per_s, row.cached_first_s)
            cells.append(megabytes(row.peak_bytes))
        lines.append(cells)
    return markdown_table(head, lines)


def _speed(per_s: float | None, first_s: float | None) -> list[str]:
    """Return frames/s and the milliseconds to the first one, nothing where they are not known."""
    return [] if per_s is None or first_s is None else [f"{per_s:.1f}", f"{1000 * first_s:.0f}"]


def _results(
    clip: Clip, anchors: tuple[MaskAnchor, ...], entrant: Entrant, engines: EngineLoader, device: str
) -> Iterator[MaskResult]:
    if entrant.engine == PEER:
        return _dis_chain(clip, anchors)
    run = whole_clip_run(clip.n_frames, anchors, entrant.engine, "forward", entrant.quality, entrant.weights, device)
    return propagate_masks(clip, run, engines=engines)


def _dis_chain(clip: Clip, anchors: tuple[MaskAnchor, ...]) -> Iterator[MaskResult]:
    """Yield each mask warped from frame to frame by DIS flow, with no check of any kind."""
    flow_engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    softs = {anchor.object_id: anchor.mask.decode().astype(np.float32) for anchor in anchors}
    rows, columns = np.mgrid[: clip.height, : clip.width].astype(np.float32)
    with clip.open() as frames:
        previous = cv2.cvtColor(frames.image(0), cv2.COLOR_RGB2GRAY)
        for frame in range(1, clip.n_frames):
            current = cv2.cvtColor(frames.image(frame), cv2.COLOR_RGB2GRAY)
            flow = flow_engine.calc(current, previous, cast(Any, None))  # (H, W, 2), x and y to where a pixel came from
            x, y = columns + flow[..., 0], rows + flow[..., 1]
            for object_id, before in softs.items():
                soft = softs[object_id] = np.asarray(cv2.remap(before, x, y, cv2.INTER_LINEAR), np.float32)
                yield MaskResult(object_id, frame, RleMask.encode(soft > 0.5), 1.0, Presence.VISIBLE)
            previous = current
