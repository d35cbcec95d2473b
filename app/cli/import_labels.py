"""`import FILE --format NAME --clip CLIP --out PROJECT`."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.console import Console, counted
from app.formats.registry import FORMATS
from app.opening import PROJECT_SUFFIX
from app.tasks.exchange import import_labels, read_to_import
from app.tasks.whole_clip import open_whole_clip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    names = tuple(row.name for row in FORMATS.values() if row.can_read)
    parser.add_argument("file", type=Path, metavar="FILE", help="file or folder to import")
    parser.add_argument("--format", choices=names, required=True, help="see the verb formats")
    parser.add_argument("--clip", type=Path, required=True, metavar="CLIP", help="the clip that the labels belong to")
    parser.add_argument("--out", type=Path, required=True, metavar="PROJECT", help="the new *.throughline file")


def run(args: argparse.Namespace, console: Console) -> int:
    """Make a new project of labels in another format; all of them become anchors."""
    out = args.out if args.out.suffix == PROJECT_SUFFIX else args.out.with_name(args.out.name + PROJECT_SUFFIX)
    clip = open_whole_clip(args.clip)
    found = read_to_import(args.file, args.format, clip)
    notes = [*clip.notices, *found.notes]
    for note in notes:
        console.note(note)
    n_files = 0
    for n_files, _ in console.follow(import_labels(found, clip, out), found.n_steps, "files"):  # noqa: B007
        pass
    facts = {"out": str(out), "format": args.format, "files": n_files, "notes": notes}
    console.result(facts, f"The project {out} has {counted(n_files, 'labelled frame')}.")
    return 0
