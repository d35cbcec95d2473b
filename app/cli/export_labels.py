"""`export PROJECT --format NAME --out DIR`."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from app.cli.console import Console, counted
from app.errors import UserError
from app.formats.registry import FORMATS
from app.opening import open_project
from app.tasks.exchange import export_labels, export_notes, label_source
from app.whole_folder import refuse_unwritable

_VIDEO_SUFFIXES = {".mp4", ".mkv", ".mov", ".avi", ".webm"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    names = tuple(row.name for row in FORMATS.values() if row.can_write)
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a *.throughline file")
    parser.add_argument("--format", choices=names, required=True, help="see the verb formats")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write the project's anchors and accepted labels; proposals are left out, and how many is told."""
    if args.out.suffix.lower() in _VIDEO_SUFFIXES and not args.out.exists():
        raise UserError(f"{args.out} looks like a file, but --out names a folder", "give the name of a folder")
    opened = open_project(args.project)
    with closing(opened.project) as project:
        refuse_unwritable(args.out)
        source = label_source(project, opened.clip)
        notes = [*opened.clip.notices, *project.notices, *export_notes(source, args.format)]
        for note in notes:
            console.note(note)
        for _ in console.follow(export_labels(source, args.format, args.out), opened.clip.n_frames, "frames"):
            pass
    n_labels = sum(len(on_frame) for on_frame in source.labels.values())
    facts = {
        "out": str(args.out),
        "format": args.format,
        "frames": opened.clip.n_frames,
        "objects": [found.object_id for found in source.objects],
        "labels": n_labels,
        "proposals_left_out": source.n_proposals,
        "notes": notes,
    }
    console.result(
        facts,
        f"{counted(n_labels, 'label')} of {counted(len(source.objects), 'object')} on "
        f"{counted(opened.clip.n_frames, 'frame')}: see {args.out}.",
    )
    return 0
