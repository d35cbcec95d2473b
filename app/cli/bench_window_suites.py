"""The suites of `bench` that no engine takes part in: reading clips, and how long the window lets a person wait."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from app.cli.console import Console
from app.tasks.bench_media import bench_media
from app.tasks.markdown import markdown_table


def media(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure one clip that is made for it and thrown away."""
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        facts = bench_media(Path(folder), args.frames)
    return facts, _figures("one long clip", facts)


def window(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure strokes in the window; `main.py` gives what does it, since nothing here may know of windows."""
    facts = args.stroke_bench()
    return facts, _figures("strokes in the window", facts)


def rerun(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure corrections in the window, likewise."""
    facts = args.rerun_bench()
    return facts, _figures("corrections in the window", facts)


def inspect(args: argparse.Namespace, console: Console) -> tuple[Any, str]:
    """Measure inspecting in the window, likewise."""
    facts = args.inspect_bench()
    return facts, _figures("inspecting in the window", facts)


def _figures(title: str, facts: dict[str, Any]) -> str:
    """Return a Markdown table of two columns; figures of a group are named by it."""
    lines = []
    for name, value in facts.items():
        group = (
            {f"{name} {part}": figure for part, figure in value.items()} if isinstance(value, dict) else {name: value}
        )
        lines += [(row, f"{cell:.1f}" if isinstance(cell, float) else cell) for row, cell in group.items()]
    return markdown_table((title, ""), lines)
