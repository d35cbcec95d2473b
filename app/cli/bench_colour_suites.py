"""The suites of `bench` that colour pictures and clips."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from app.cli.console import Console
from app.tasks.bench_colour import (
    COUNTS,
    bench_clip,
    bench_hint_speed,
    bench_hints,
    bench_speed,
    clips_table,
    held_out_stills,
    hints_table,
    mean_hints,
    speed_table,
)
from app.tasks.bench_engines import find_sequences
from engines.colour.sizes import SIZES
from engines.colour.weights import find_colour_weights
from engines.tensor_file import WeightsError

_N_PICTURES = 40


def colour(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each size of network, and how long hints take."""
    rows = list(console.follow((bench_speed(size, args.device) for size in SIZES), len(SIZES), "networks"))
    hints_s = bench_hint_speed()
    return {"networks": [asdict(row) for row in rows], "hints_s": hints_s}, speed_table(rows, hints_s)


def hints(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure pictures that training held out, with hints of their true colours."""
    files = held_out_stills(args.data, _N_PICTURES)
    steps = bench_hints(files, args.network, args.device, args.counts or COUNTS)
    rows = mean_hints([row for found in console.follow(steps, len(files), "pictures") for row in found])
    return [asdict(row) for row in rows], hints_table(rows)


def clips(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure clips coloured from their first frame, the network only where there is one."""
    names = find_sequences(args.data, args.sequences)
    network: str | None = args.network
    if not network:
        try:
            find_colour_weights()
        except WeightsError:
            network = None
    most = args.counts[0] if args.counts else None
    steps = (list(bench_clip(args.data, name, network, args.device, most)) for name in names)
    rows = [row for found in console.follow(steps, len(names), "clips") for row in found]
    return [asdict(row) for row in rows], clips_table(rows)
