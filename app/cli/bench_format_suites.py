"""The suites of `bench` that measure formats."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from app.cli.console import Console
from app.errors import UserError
from app.formats.registry import FORMATS
from app.tasks.bench_export import bench_export, export_table

_FORMATS = ("coco", "davis")
_LENGTHS = (1_000, 10_000)


def export(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure a row for each format and length of clip."""
    formats, lengths = args.formats or _FORMATS, args.counts or _LENGTHS
    for unknown in sorted(set(formats) - {row.name for row in FORMATS.values() if row.can_write}):
        raise UserError(f"There is no format called {unknown} to export to", "see the verb formats")
    rows = list(console.follow(bench_export(formats, lengths), len(formats) * len(lengths), "exports"))
    return [asdict(row) for row in rows], export_table(rows)
