"""`formats`."""

from __future__ import annotations

import argparse

from app.cli.console import Console
from app.formats.registry import FORMATS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments: none of its own."""


def run(args: argparse.Namespace, console: Console) -> int:
    """List the formats and what each can do."""
    rows = [
        {
            "name": row.name,
            "title": row.title,
            "summary": row.summary,
            "kinds": sorted(kind.value for kind in row.kinds),
            "holds": sorted(trait.name.lower() for trait in row.holds),
            "pictures": row.pictures,
            "options": list(row.options),
            "export": row.can_write,
            "import": row.can_read,
        }
        for row in FORMATS.values()
    ]
    lines = [
        f"{row.name:<14} {'export' if row.can_write else '':<8}{'import' if row.can_read else '':<8}{row.summary}"
        for row in FORMATS.values()
    ]
    console.result({"formats": rows}, "\n".join(lines))
    return 0
