"""The suites of `bench` that run engines: how good they are, how fast, and what they take."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.console import Console
from app.tasks.bench_adaptation import adaptation_facts, adaptation_table, bench_adaptation
from app.tasks.bench_anchors import AnchorRow, add_rows, anchors_table, bench_anchors, read_rows
from app.tasks.bench_confidence import (
    all_together,
    bench_confidence,
    confidence_facts,
    confidence_table,
)
from app.tasks.bench_cycle import CycleRow, bench_there_and_back, cycle_table, mean_cycles
from app.tasks.bench_engines import (
    PEER,
    BenchLoader,
    EngineRow,
    Entrant,
    bench_sequence,
    find_sequences,
    mean_rows,
    table,
)
from app.tasks.bench_memory import MemoryRow, bench_memory, bench_search_memory, memory_table
from app.tasks.bench_points import bench_points, find_point_sequences, n_ways, point_facts, points_table
from app.tasks.bench_reconstruction import WAYS as RECONSTRUCTIONS
from app.tasks.bench_reconstruction import (
    bench_reconstruction,
    mean_reconstructions,
    reconstruction_facts,
    reconstruction_table,
)
from app.tasks.bench_tap import N_SCENES, bench_tap, mean_taps, tap_facts, tap_table
from app.tasks.bench_tap import WAYS as TAP_WAYS
from app.tasks.bench_tubes import WAYS as TUBE_WAYS
from app.tasks.bench_tubes import bench_tubes, find_tube_sequences, mean_tubes, recall_of, tubes_table
from app.tasks.engine_loader import EngineLoader, feature_folder
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES

_ALL = [*ENGINES, PEER]
_LENGTHS = [100, 1_000, 10_000]
_TUBE_LENGTHS = [100, 300, 600]
_COUNTS = [1, 2, 3, 5, 8]


def engines(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each sequence and engine, and a mean for each engine."""
    names = find_sequences(args.data, args.sequences)
    cells = [(name, entrant) for name in names for entrant in _entrants(args, _ALL)]
    with tempfile.TemporaryDirectory() as folder:
        engines = BenchLoader(Path(folder))  # features on disk, as in use
        steps = (
            bench_sequence(args.data, name, entrant, engines, args.device, cached=args.cached, n_objects=args.objects)
            for name, entrant in cells
        )
        rows = list(console.follow(steps, len(cells), "sequences"))
    rows += mean_rows(args.data, rows)
    return [_engine_facts(row) for row in rows], table(rows)


def cycle(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each sequence and engine, and a mean for each engine."""
    names = find_sequences(args.data, args.sequences)
    cells = [(name, entrant) for name in names for entrant in _entrants(args, _ALL) if entrant.engine != PEER]
    engines = BenchLoader()
    steps = (bench_there_and_back(args.data, name, entrant, engines, args.device) for name, entrant in cells)
    rows = list(console.follow(steps, len(cells), "sequences"))
    rows += mean_cycles(rows)
    return [_cycle_facts(row) for row in rows], cycle_table(rows)


def confidence(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each sequence, engine and number of anchors, and some for all sequences together."""
    cells = [
        (name, entrant)
        for name in find_sequences(args.data, args.sequences)
        for entrant in _entrants(args, [DEFAULT_ENGINE])
        if entrant.engine != PEER
    ]
    engines, counts = BenchLoader(feature_folder()), args.counts or (1, 3)
    steps = (bench_confidence(args.data, name, entrant, engines, args.device, counts=counts) for name, entrant in cells)
    rows = [row for found in console.follow(map(list, steps), len(cells), "sequences") for row in found]
    rows += all_together(rows)
    return [confidence_facts(row) for row in rows], confidence_table(rows)


def anchors(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure the rows of what was asked for and, with `--rows`, of all earlier pieces."""
    rows = read_rows(args.rows) if args.rows else []
    held = {(row.sequence, row.engine, row.way, row.seed) for row in rows}
    cells = [
        (name, entrant, way, seed)
        for name in find_sequences(args.data, args.sequences)
        for entrant in _entrants(args, [DEFAULT_ENGINE])
        if entrant.engine != PEER
        for way in args.ways
        for seed in (args.seeds if way == "random" else [0])
        if (name, entrant.name, way, seed) not in held
    ]
    engines, counts = BenchLoader(feature_folder()), args.counts or _COUNTS
    for name, entrant, way, seed in console.follow(cells, len(cells), "sittings"):
        how = {"counts": counts, "ways": [way], "seeds": [seed], "most": args.most}
        found = list(bench_anchors(args.data, name, entrant, engines, args.device, **how))
        if args.rows:
            add_rows(args.rows, found)
        rows += found
    return [_anchor_facts(row) for row in rows], anchors_table(rows, counts)


def _entrants(args: argparse.Namespace, default: list[str]) -> list[Entrant]:
    """Return the engines that were asked for."""
    return [Entrant.parse(text, args.quality) for text in args.engines or default]


def points(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each sequence and way of following points."""
    names = find_point_sequences(args.data, args.sequences)
    engines = EngineLoader(feature_folder())
    steps = (row for name in names for row in bench_points(args.data, name, engines, args.device))
    rows = list(console.follow(steps, sum(map(n_ways, names)), "ways"))
    return [point_facts(row) for row in rows], points_table(rows)


def adaptation(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each sequence and number of anchors, and the means."""
    cells = [
        (name, entrant, count)
        for name in find_sequences(args.data, args.sequences)
        for entrant in _entrants(args, [DEFAULT_ENGINE])
        for count in args.counts or (3,)
    ]
    engines = BenchLoader(feature_folder())
    steps = (
        bench_adaptation(args.data, name, entrant, engines, args.device, n_anchors=count)
        for name, entrant, count in cells
    )
    rows = list(console.follow(steps, len(cells), "sequences"))
    return [adaptation_facts(row) for row in rows], adaptation_table(rows)


def tubes(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each sequence and way of proposing, and a mean for each way."""
    names = find_tube_sequences(args.data, args.sequences)
    engines = EngineLoader(feature_folder())
    steps = (row for name in names for row in bench_tubes(args.data, name, engines, args.device))
    rows = list(console.follow(steps, len(names) * len(TUBE_WAYS), "runs"))
    facts = [asdict(row) for row in [*rows, *mean_tubes(rows)]]
    recall = {way: recall_of(rows, way) for way in TUBE_WAYS}
    lines = [
        f"{way}, {kind}: " + ", ".join(f"{share:.2f} within {n}" for n, share in found.items())
        for way in recall
        for kind, found in recall[way].items()
    ]
    said = "\n".join(
        [tubes_table([*rows, *mean_tubes(rows)]), "", "Share of objects found by an overlap of .5:", *lines]
    )
    return {"rows": facts, "recall": recall}, said


def tap(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each scene and way of following points, and a mean for each way."""
    engines, n_scenes = EngineLoader(), (args.counts or [N_SCENES])[0]
    steps = (row for number in range(n_scenes) for row in bench_tap(number, engines, args.device))
    rows = list(console.follow(steps, n_scenes * len(TAP_WAYS), "ways"))
    return [tap_facts(row) for row in [*rows, *mean_taps(rows)]], tap_table(rows)


def reconstruction(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each sequence and way, and a mean for each way."""
    names = find_sequences(args.data, args.sequences)
    engines = EngineLoader()
    steps = (row for name in names for row in bench_reconstruction(args.data, name, engines, args.device, args.quality))
    rows = list(console.follow(steps, len(names) * len(RECONSTRUCTIONS), "ways"))
    rows += mean_reconstructions(rows)
    return reconstruction_facts(rows), reconstruction_table(rows)


def memory(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each engine and length of clip."""
    lengths = args.counts or _LENGTHS
    entrants = _entrants(args, [DEFAULT_ENGINE])
    steps = (row for entrant in entrants for row in bench_memory(entrant, BenchLoader(), args.device, lengths))
    rows: list[MemoryRow] = list(console.follow(steps, len(entrants) * len(lengths), "clips"))
    return [asdict(row) for row in rows], memory_table(rows)


def tube_memory(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each length of clip."""
    lengths = args.counts or _TUBE_LENGTHS
    steps = bench_search_memory(BenchLoader(), args.device, lengths)
    rows: list[MemoryRow] = list(console.follow(steps, len(lengths), "clips"))
    return [asdict(row) for row in rows], memory_table(rows)


def _engine_facts(row: EngineRow) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "engine": row.engine,
        "J": row.j,
        "F": row.f,
        "J&F": (row.j + row.f) / 2,
        "frames": row.n_frames,
        "fps": row.frames_per_s,
        "first_ms": 1000 * row.first_s,
        "cached_fps": row.cached_per_s,
        "cached_first_ms": None if row.cached_first_s is None else 1000 * row.cached_first_s,
        "peak_bytes": row.peak_bytes,
    }


def _cycle_facts(row: CycleRow) -> dict[str, Any]:
    overlaps = {f"{distance} frames": overlap for distance, overlap in row.overlaps.items()}
    return {"sequence": row.sequence, "engine": row.engine, "IoU": overlaps}


def _anchor_facts(row: AnchorRow) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "engine": row.engine,
        "way": row.way,
        "seed": row.seed,
        "anchors": list(row.anchors),
        "J": row.j,
        "F": row.f,
        "J&F": row.j_and_f,
    }
