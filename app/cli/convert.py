"""`convert FILE --from NAME --to NAME --clip CLIP --out DIR`."""

from __future__ import annotations

import argparse
from contextlib import closing

from app.cli.console import Console
from app.cli.export_labels import add_export_arguments, export, refuse_file_name, wanted
from app.cli.import_labels import add_import_arguments
from app.formats.interface import LabelSource
from app.formats.placing import Match
from app.tasks.exchange import converted, read_to_import
from app.tasks.whole_clip import open_whole_clip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_import_arguments(parser, "--from")
    add_export_arguments(parser, "--to")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write labels in one format as another; what the first says of them is kept where the second holds it."""
    refuse_file_name(args.out)
    clip = open_whole_clip(args.clip)
    found = read_to_import(args.file, args.written_as, clip, Match(args.match))
    with closing(converted(found, clip, wanted(args))) as steps:
        source = next(step for step in console.follow(steps, found.n_steps, "frames") if isinstance(step, LabelSource))
        return export(args, console, source, (*clip.notices, *found.notes))
