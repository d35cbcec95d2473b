"""`objects PROJECT [ACTION ID... --out PROJECT]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.console import Console, counted
from app.errors import UserError
from app.opening import PROJECT_SUFFIX
from app.project.project import Project
from app.tasks.objects import ACTIONS, change_objects, changed_copy
from engines.labels.presence import Presence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a *.throughline file; it is left as it is")
    parser.add_argument(
        "action",
        nargs="?",
        choices=tuple(ACTIONS),
        help="; ".join(f"{name}: {action.summary}" for name, action in ACTIONS.items())
        + " (default: list the objects)",
    )
    parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="ids of objects, as they are listed")
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="N", help="first frame (default: 0)")
    parser.add_argument("--to", type=int, dest="last", metavar="N", help="last frame (default: the clip's)")
    parser.add_argument("--presence", choices=tuple(each.value for each in Presence), help="for the action presence")
    parser.add_argument("--out", type=Path, metavar="PROJECT", help="the new *.throughline file")


def run(args: argparse.Namespace, console: Console) -> int:
    """List a project's objects, or write a copy in which some are changed."""
    with Project.open(args.project) as project:
        if args.action is None:
            console.result({"objects": _facts(project)}, _table(project))
            return 0
        if args.out is None:
            raise UserError("It is not said where the changed project goes", "give --out with a new name")
        out = args.out if args.out.suffix == PROJECT_SUFFIX else args.out.with_name(args.out.name + PROJECT_SUFFIX)
        presence = None if args.presence is None else Presence(args.presence)
        how = (args.action, args.ids, args.first, args.last, presence)
        edit = changed_copy(project, out, lambda copy: change_objects(copy, *how))
    with Project.open(out) as project:
        n_labels = len({*edit.labels, *edit.proposals})
        facts = {"out": str(out), "did": edit.text, "labels": n_labels, "objects": _facts(project)}
        console.result(facts, f"{edit.text}: {counted(n_labels, 'label')} changed in {out}.\n{_table(project)}")
    return 0


def _facts(project: Project) -> list[dict[str, object]]:
    """Return what a program may want to know of each object."""
    rows: list[dict[str, object]] = []
    for found in project.objects.values():
        labels = project.labels_of(found.object_id)
        stale = sum(project.is_label_stale(found.object_id, frame, label) for frame, label in labels.items())
        rows.append(
            {
                "id": found.object_id,
                "name": found.name,
                "kind": found.kind.value,
                "class": found.class_name,
                "locked": found.is_locked,
                "anchors": project.anchor_frames(found.object_id),
                "labels": len(labels),
                "stale": stale,
            }
        )
    return rows


def _table(project: Project) -> str:
    """Return the objects for a person, one line each."""
    lines = [f"{'id':>4}  {'name':<24}{'kind':<8}{'anchors':>8}{'labels':>8}{'stale':>8}"]
    for row, found in zip(_facts(project), project.objects.values(), strict=True):
        n_anchors = len(project.anchor_frames(found.object_id))
        numbers = f"{n_anchors:>8}{row['labels']:>8}{row['stale']:>8}"
        lines.append(f"{found.object_id:>4}  {found.name[:23]:<24}{found.kind:<8}{numbers}")
    return "\n".join(lines)
