"""`import FILE --format NAME --clip CLIP --out PROJECT`."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.console import Console, counted
from app.formats.placing import Match
from app.formats.registry import FORMATS
from app.opening import PROJECT_SUFFIX
from app.tasks.exchange import Becomes, import_labels, read_to_import
from app.tasks.whole_clip import open_whole_clip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_import_arguments(parser, "--format")
    parser.add_argument("--out", type=Path, required=True, metavar="PROJECT", help="the new *.throughline file")
    parser.add_argument(
        "--become",
        choices=[found.value for found in Becomes],
        default=Becomes.ANCHORS.value,
        help="what labels become; as-told: anchors but where the file says that a run made them (default: anchors)",
    )


def add_import_arguments(parser: argparse.ArgumentParser, format_option: str) -> None:
    """Declare what every verb that imports takes."""
    names = tuple(row.name for row in FORMATS.values() if row.can_read)
    parser.add_argument("file", type=Path, metavar="FILE", help="file or folder to import")
    parser.add_argument(format_option, choices=names, required=True, dest="written_as", help="see the verb formats")
    parser.add_argument("--clip", type=Path, required=True, metavar="CLIP", help="the clip that the labels belong to")
    parser.add_argument(
        "--match",
        choices=[found.value for found in Match],
        default=Match.AUTO.value,
        help="by what frames are matched (default: by number where the file has them, else by name, else by time)",
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Make a new project of labels in another format."""
    out = args.out if args.out.suffix == PROJECT_SUFFIX else args.out.with_name(args.out.name + PROJECT_SUFFIX)
    clip = open_whole_clip(args.clip)
    found = read_to_import(args.file, args.written_as, clip, Match(args.match))
    notes = [*clip.notices, *found.notes]
    for note in notes:
        console.note(note)
    n_frames = 0
    steps = import_labels(found, clip, out, Becomes(args.become))
    for n_frames, _ in console.follow(steps, found.n_steps, "frames"):  # noqa: B007
        pass
    facts = {"out": str(out), "format": args.written_as, "files": n_frames, "notes": notes}
    console.result(facts, f"The project {out} has {counted(n_frames, 'labelled frame')}.")
    return 0
