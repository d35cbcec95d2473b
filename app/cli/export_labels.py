"""`export PROJECT --format NAME --out DIR`."""

from __future__ import annotations

import argparse
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from app.cli.console import Console, counted
from app.errors import UserError
from app.formats.interface import LabelSource
from app.formats.look import OPTIONS, Look, Option
from app.formats.registry import FORMATS
from app.formats.tree import folded
from app.opening import open_project
from app.tasks.exchange import Wanted, export_labels, export_plan, label_source, snapshot
from app.whole_folder import refuse_unwritable

_VIDEO_SUFFIXES = {".mp4", ".mkv", ".mov", ".avi", ".webm"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a *.throughline file")
    add_export_arguments(parser, "--format")


def add_export_arguments(parser: argparse.ArgumentParser, format_option: str) -> None:
    """Declare what every verb that exports takes."""
    names = tuple(row.name for row in FORMATS.values() if row.can_write)
    parser.add_argument(format_option, choices=names, required=True, dest="to", help="see the verb formats")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--anchors-only", action="store_true", help="leave out what runs made")
    parser.add_argument(
        "--min-confidence", type=_share, default=0.0, metavar="C", help="leave out derived labels below C, 0 to 1"
    )
    parser.add_argument(
        "--pictures", action="store_true", help="the clip's frames go along, where the format wants them"
    )
    group = parser.add_argument_group("options of formats for looking")
    for option in OPTIONS.values():
        group.add_argument(f"--{option.name}", **_settings(option))
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written and what gets lost")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write the project's anchors and accepted labels; proposals are left out, and how many is told."""
    refuse_file_name(args.out)
    opened = open_project(args.project)
    with closing(opened.project) as project:
        source = label_source(snapshot(project, opened.clip), wanted(args))
        return export(args, console, source, (*opened.clip.notices, *project.notices))


def wanted(args: argparse.Namespace) -> Wanted:
    """Return what of the labels was asked for, and how it is to look. Raises UserError for what is of no use."""
    return Wanted(args.anchors_only, args.min_confidence, args.pictures, _look(args))


def export(args: argparse.Namespace, console: Console, source: LabelSource, notices: tuple[str, ...]) -> int:
    """Write `source` as asked for, and tell it; or only tell what would be written."""
    if not args.dry_run:
        refuse_unwritable(args.out)
    plan = export_plan(source, args.to, with_pictures=args.pictures)
    notes = [*notices, *plan.notes]
    for note in notes:
        console.note(note)
    n_labels = sum(len(on_frame) for on_frame in source.labels.values())
    facts = {
        "out": str(args.out),
        "format": args.to,
        "frames": source.clip.n_frames,
        "objects": [found.object_id for found in source.objects],
        "labels": n_labels,
        "proposals_left_out": source.told.proposals,
        "files": len(plan.files),
        "notes": notes,
    }
    if args.dry_run:
        console.result(facts | {"tree": list(plan.files)}, "\n".join(folded(plan.files)))
        return 0
    for _ in console.follow(
        export_labels(source, args.to, args.out, with_pictures=args.pictures), plan.n_steps, "steps"
    ):
        pass
    console.result(
        facts,
        f"{counted(n_labels, 'label')} of {counted(len(source.objects), 'object')} on "
        f"{counted(source.clip.n_frames, 'frame')}: see {args.out}.",
    )
    return 0


def refuse_file_name(out: Path) -> None:
    """Raise UserError where a folder is called like a video."""
    if out.suffix.lower() in _VIDEO_SUFFIXES and not out.exists():
        raise UserError(f"{out} looks like a file, but --out names a folder", "give the name of a folder")


def _look(args: argparse.Namespace) -> Look:
    given = {name: value for name in OPTIONS if (value := getattr(args, name)) is not None}
    for name in given:
        if name not in FORMATS[args.to].options:
            raise UserError(f"{FORMATS[args.to].title} takes no --{name}", f"it is for {', '.join(_takers(name))}")
    return Look(**given)


def _settings(option: Option) -> dict[str, Any]:
    """Return what argparse is told; the default stays with us, who want to know what was given."""
    summary = f"{option.summary} [{', '.join(_takers(option.name))}]"
    match option.default:
        case bool():
            return {"action": "store_true", "default": None, "help": summary}
        case str():
            choices = {"choices": tuple(option.choices)} if option.choices else {"metavar": option.name.upper()}
            return {"help": summary, **choices}
    kind = type(option.default)
    return {
        "type": partial(_bounded, kind, option),
        "metavar": "N" if kind is int else "X",
        "help": f"{summary} (default: {option.default})",
    }


def _bounded(kind: type, option: Option, text: str) -> int | float:
    """Return `text` as a number that the option may be; argparse tells the person otherwise."""
    number = kind(text)
    if not option.low <= number <= option.high:
        raise argparse.ArgumentTypeError(f"{text} is not within {option.low} and {option.high}")
    return number


def _takers(option: str) -> list[str]:
    """Return the formats that take an option."""
    return [row.name for row in FORMATS.values() if option in row.options]


def _share(text: str) -> float:
    """Return `text` as a number from 0 to 1; argparse tells the person otherwise."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not within 0 and 1")
    return number
