"""The suite of `bench` that carries textures."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from app.cli.console import Console
from app.tasks.bench_texture import N_FRAMES, WAYS, bench_texture, mean_textures, texture_table
from engines.training.sheet import PICTURES


def texture(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each rendered sheet and way of following it, and the means."""
    cells = [(number, length) for length in args.counts or (N_FRAMES,) for number in range(len(PICTURES))]
    steps = (row for number, length in cells for row in bench_texture(number, length, args.quality))
    rows = list(console.follow(steps, len(cells) * len(WAYS), "ways"))
    rows += mean_textures(rows)
    return [asdict(row) for row in rows], texture_table(rows)
