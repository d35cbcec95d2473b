"""`bench [engines] [cycle] [media] [window] [inspect]`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any, get_args

from app.cli.console import Console
from app.cli.entry import positive
from app.errors import UserError
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
from engines.propagation.registry import ENGINES
from engines.propagation.types import Quality

SUITES = ("media", "window", "inspect", "engines", "cycle")
DEFAULT_DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
_ONE_HOUR_FRAMES = 108_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"{', '.join(SUITES)} (default: all)")
    group = parser.add_argument_group("engines, cycle")
    group.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="laid out as DAVIS (default: ../shared/data)"
    )
    group.add_argument("--sequences", type=_names, metavar="A,B", help="(default: all that have a truth)")
    group.add_argument(
        "--engines",
        type=_names,
        default=[*ENGINES, PEER],
        metavar="A,B",
        help=f"each as ENGINE, ENGINE@WEIGHTS or ENGINE@WEIGHTS:QUALITY, {' and '.join(STAND_INS)} being weights too "
        "(default: all)",
    )
    group.add_argument("--quality", choices=get_args(Quality), default="normal", help="(default: normal)")
    group.add_argument("--cached", action="store_true", help="measure speed with cached features as well")
    group.add_argument(
        "--objects", type=positive, default=1, metavar="N", help="cut each object into N, to see what more cost"
    )
    group = parser.add_argument_group("media")
    group.add_argument(
        "--frames", type=int, default=_ONE_HOUR_FRAMES, metavar="N", help="length of the clip (default: one hour)"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Measure what was asked for and print a table for each suite."""
    for unknown in sorted(set(args.suites) - set(SUITES)):
        raise UserError(f"There is nothing called {unknown} to measure", f"choose from {', '.join(SUITES)}")
    args.entrants = [Entrant.parse(text, args.quality) for text in args.engines]
    suites = [name for name in SUITES if name in (args.suites or SUITES)]
    facts: dict[str, Any] = {}
    texts: list[str] = []
    for suite in suites:
        console.note(f"Measuring {suite}.")
        if suite == "engines":
            rows = _engines(args, console)
            facts[suite] = [_engine_facts(row) for row in rows]
            texts.append(table(rows))
        elif suite == "cycle":
            cycles = _cycles(args, console)
            facts[suite] = [_cycle_facts(row) for row in cycles]
            texts.append(cycle_table(cycles))
        elif suite == "media":
            facts[suite] = _media(args)
            texts.append(_figures("one long clip", facts[suite]))
        elif suite == "inspect":
            facts[suite] = args.inspect_bench()
            texts.append(_figures("inspecting in the window", facts[suite]))
        else:
            facts[suite] = args.stroke_bench()
            texts.append(_figures("strokes in the window", facts[suite]))
    console.result(facts, "\n\n".join(texts))
    return 0


def _engines(args: argparse.Namespace, console: Console) -> list[EngineRow]:
    """Return a row for each sequence and engine, and a mean for each engine."""
    names = find_sequences(args.data, args.sequences)
    cells = [(name, entrant) for name in names for entrant in args.entrants]
    engines = BenchLoader()
    steps = (
        bench_sequence(args.data, name, entrant, engines, args.device, cached=args.cached, n_objects=args.objects)
        for name, entrant in cells
    )
    rows = list(console.follow(steps, len(cells), "sequences"))
    return rows + mean_rows(args.data, rows)


def _cycles(args: argparse.Namespace, console: Console) -> list[CycleRow]:
    """Return a row for each sequence and engine, and a mean for each engine."""
    names = find_sequences(args.data, args.sequences)
    cells = [(name, entrant) for name in names for entrant in args.entrants if entrant.engine != PEER]
    engines = BenchLoader()
    steps = (bench_there_and_back(args.data, name, entrant, engines, args.device) for name, entrant in cells)
    rows = list(console.follow(steps, len(cells), "sequences"))
    return rows + mean_cycles(rows)


def _media(args: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one clip that is made, measured and thrown away."""
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        return bench_media(Path(folder), args.frames)


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
