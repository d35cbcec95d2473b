"""`bench [SUITE...]`: see `SUITES`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from app.cli.console import Console
from app.cli.entry import positive
from app.errors import UserError
from app.tasks.bench_adaptation import adaptation_facts, adaptation_table, bench_adaptation
from app.tasks.bench_anchors import WAYS, AnchorRow, add_rows, anchors_table, bench_anchors, read_rows
from app.tasks.bench_confidence import (
    all_together,
    bench_confidence,
    confidence_facts,
    confidence_table,
)
from app.tasks.bench_cycle import CycleRow, bench_there_and_back, cycle_table, mean_cycles
from app.tasks.bench_engines import (
    PEER,
    STAND_INS,
    BenchLoader,
    EngineRow,
    Entrant,
    bench_sequence,
    find_sequences,
    mean_rows,
    table,
)
from app.tasks.bench_media import bench_media
from app.tasks.bench_memory import MemoryRow, bench_memory, memory_table
from app.tasks.bench_points import bench_points, find_point_sequences, n_ways, point_facts, points_table
from app.tasks.bench_tubes import WAYS as TUBE_WAYS
from app.tasks.bench_tubes import bench_tubes, find_tube_sequences, mean_tubes, recall_of, tubes_table
from app.tasks.engine_loader import EngineLoader, feature_folder
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES
from engines.propagation.types import Quality

Measured = tuple[Any, str]
"""What a suite found: for programs, and as a Markdown table."""

LONG = ("anchors", "points", "adaptation", "tubes", "memory")
"""Hours, or data that are elsewhere: only where asked for by name."""
DEFAULT_DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
_ONE_HOUR_FRAMES = 108_000
_LENGTHS = [100, 1_000, 10_000]
_COUNTS = [1, 2, 3, 5, 8]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    suites = f"{', '.join(SUITES)} (default: all but {' and '.join(LONG)})"
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=suites)
    group = parser.add_argument_group("engines, cycle, confidence, anchors")
    group.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="laid out as DAVIS (default: ../shared/data)"
    )
    group.add_argument("--sequences", type=_names, metavar="A,B", help="(default: all that have a truth)")
    group.add_argument(
        "--engines",
        type=_names,
        metavar="A,B",
        help=f"each as ENGINE, ENGINE@WEIGHTS or ENGINE@WEIGHTS:QUALITY, {' and '.join(STAND_INS)} being weights too "
        f"(default: all; for confidence and anchors {DEFAULT_ENGINE})",
    )
    group.add_argument("--quality", choices=get_args(Quality), default="normal", help="(default: normal)")
    group.add_argument("--cached", action="store_true", help="measure speed with cached features as well")
    group.add_argument(
        "--objects", type=positive, default=1, metavar="N", help="cut each object into N, to see what more cost"
    )
    group = parser.add_argument_group("confidence, anchors, adaptation, memory")
    group.add_argument(
        "--counts",
        type=_numbers,
        metavar="N,M",
        help="of anchors (default: 1,2,3,5,8; for confidence 1,3; for adaptation 3), for memory of frames (default: "
        "100,1000,10000)",
    )
    group = parser.add_argument_group("anchors")
    group.add_argument("--ways", type=_names, default=list(WAYS), metavar="A,B", help=f"(default: {','.join(WAYS)})")
    group.add_argument("--seeds", type=_numbers, default=[1, 2, 3, 4, 5], metavar="N,M", help="(default: 1,2,3,4,5)")
    group.add_argument(
        "--most", type=positive, metavar="N", help="go on with `suggest` up to so many anchors, until J&F is .90"
    )
    group.add_argument(
        "--rows",
        type=Path,
        metavar="FILE",
        help="keep what is measured in FILE, show all that is in it, and pass over what it holds already: for long "
        "measurements in pieces",
    )
    group = parser.add_argument_group("media")
    group.add_argument(
        "--frames", type=int, default=_ONE_HOUR_FRAMES, metavar="N", help="length of the clip (default: one hour)"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Measure what was asked for and print a table for each suite."""
    for unknown in sorted(set(args.suites) - set(SUITES)):
        raise UserError(f"There is nothing called {unknown} to measure", f"choose from {', '.join(SUITES)}")
    for unknown in sorted(set(args.ways) - set(WAYS)):
        raise UserError(f"Nobody called {unknown} chooses frames", f"choose from {', '.join(WAYS)}")
    args.entrants = _entrants(args, [*ENGINES, PEER])
    suites = [name for name in SUITES if name in (args.suites or set(SUITES) - set(LONG))]
    facts: dict[str, Any] = {}
    texts: list[str] = []
    for suite in suites:
        console.note(f"Measuring {suite}.")
        facts[suite], text = SUITES[suite](args, console)
        texts.append(text)
    console.result(facts, "\n\n".join(texts))
    return 0


def _engines(args: argparse.Namespace, console: Console) -> Measured:
    """Measure a row for each sequence and engine, and a mean for each engine."""
    names = find_sequences(args.data, args.sequences)
    cells = [(name, entrant) for name in names for entrant in args.entrants]
    with tempfile.TemporaryDirectory() as folder:
        engines = BenchLoader(Path(folder))  # features on disk, as in use
        steps = (
            bench_sequence(args.data, name, entrant, engines, args.device, cached=args.cached, n_objects=args.objects)
            for name, entrant in cells
        )
        rows = list(console.follow(steps, len(cells), "sequences"))
    rows += mean_rows(args.data, rows)
    return [_engine_facts(row) for row in rows], table(rows)


def _cycles(args: argparse.Namespace, console: Console) -> Measured:
    """Measure a row for each sequence and engine, and a mean for each engine."""
    names = find_sequences(args.data, args.sequences)
    cells = [(name, entrant) for name in names for entrant in args.entrants if entrant.engine != PEER]
    engines = BenchLoader()
    steps = (bench_there_and_back(args.data, name, entrant, engines, args.device) for name, entrant in cells)
    rows = list(console.follow(steps, len(cells), "sequences"))
    rows += mean_cycles(rows)
    return [_cycle_facts(row) for row in rows], cycle_table(rows)


def _confidences(args: argparse.Namespace, console: Console) -> Measured:
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


def _anchors(args: argparse.Namespace, console: Console) -> Measured:
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


def _points(args: argparse.Namespace, console: Console) -> Measured:
    """Measure a row for each sequence and way of following points."""
    names = find_point_sequences(args.data, args.sequences)
    engines = EngineLoader(feature_folder())
    steps = (row for name in names for row in bench_points(args.data, name, engines, args.device))
    rows = list(console.follow(steps, sum(map(n_ways, names)), "ways"))
    return [point_facts(row) for row in rows], points_table(rows)


def _adaptation(args: argparse.Namespace, console: Console) -> Measured:
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


def _tubes(args: argparse.Namespace, console: Console) -> Measured:
    """Measure a row for each sequence and way of proposing, and a mean for each way."""
    names = find_tube_sequences(args.data, args.sequences)
    engines = EngineLoader(feature_folder())
    steps = (row for name in names for row in bench_tubes(args.data, name, engines, args.device))
    rows = list(console.follow(steps, len(names) * len(TUBE_WAYS), "runs"))
    facts = [asdict(row) for row in [*rows, *mean_tubes(rows)]]
    recall = {way: recall_of(rows, way) for way in TUBE_WAYS}
    lines = [f"{way}: " + ", ".join(f"{share:.2f} within {n}" for n, share in recall[way].items()) for way in recall]
    said = "\n".join(
        [tubes_table([*rows, *mean_tubes(rows)]), "", "Share of objects found by a box overlap of .5:", *lines]
    )
    return {"rows": facts, "recall": recall}, said


def _media(args: argparse.Namespace, console: Console) -> Measured:
    """Measure one clip that is made for it and thrown away."""
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        facts = bench_media(Path(folder), args.frames)
    return facts, _figures("one long clip", facts)


def _memory(args: argparse.Namespace, console: Console) -> Measured:
    """Measure a row for each engine and length of clip."""
    lengths = args.counts or _LENGTHS
    entrants = _entrants(args, [DEFAULT_ENGINE])
    steps = (row for entrant in entrants for row in bench_memory(entrant, BenchLoader(), args.device, lengths))
    rows: list[MemoryRow] = list(console.follow(steps, len(entrants) * len(lengths), "clips"))
    return [asdict(row) for row in rows], memory_table(rows)


def _window(args: argparse.Namespace, console: Console) -> Measured:
    """Measure strokes in the window; `main.py` gives what does it, since nothing here may know of windows."""
    facts = args.stroke_bench()
    return facts, _figures("strokes in the window", facts)


def _rerun(args: argparse.Namespace, console: Console) -> Measured:
    """Measure corrections in the window, likewise."""
    facts = args.rerun_bench()
    return facts, _figures("corrections in the window", facts)


def _inspect(args: argparse.Namespace, console: Console) -> Measured:
    """Measure inspecting in the window, likewise."""
    facts = args.inspect_bench()
    return facts, _figures("inspecting in the window", facts)


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


def _figures(title: str, facts: dict[str, Any]) -> str:
    """Return a Markdown table of two columns; figures of a group are named by it."""
    lines = [f"| {title} | |", "| --- | ---: |"]
    for name, value in facts.items():
        group = (
            {f"{name} {part}": figure for part, figure in value.items()} if isinstance(value, dict) else {name: value}
        )
        lines += [f"| {row} | {f'{cell:.1f}' if isinstance(cell, float) else cell} |" for row, cell in group.items()]
    return "\n".join(lines)


def _names(text: str) -> list[str]:
    """Return the names in a list separated by commas."""
    return [name for name in text.split(",") if name]


def _numbers(text: str) -> list[int]:
    """Return the whole numbers above 0 in a list separated by commas."""
    return [positive(number) for number in text.split(",")]


SUITES: dict[str, Callable[[argparse.Namespace, Console], Measured]] = {
    "memory": _memory,
    "media": _media,
    "window": _window,
    "rerun": _rerun,
    "inspect": _inspect,
    "engines": _engines,
    "cycle": _cycles,
    "confidence": _confidences,
    "anchors": _anchors,
    "points": _points,
    "adaptation": _adaptation,
    "tubes": _tubes,
}
"""Every suite, in the order in which they are measured."""
