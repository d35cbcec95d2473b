"""`weights [list | import FILE | show NAME | remove NAME]`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli.console import Console
from app.errors import UserError
from app.tasks.engine_loader import pick_device, torch_told
from app.tasks.weights import (
    all_weights,
    best_for,
    chosen_weights,
    import_weights,
    remove_weights,
    size_text,
    weights_card,
)
from engines.weights import DEFAULT_WEIGHTS, WeightsInfo

FAMILIES = ("timecycle", "crw", "uvc", "dul", "vfs", "spatial-then-temporal", "dino", "resnet")


class _Subject(argparse.Action):
    """What an action is done to: `list` has nothing, the others need one."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *values: Any) -> None:
        action, subject = namespace.action, values[0]
        if action == "list" and subject is not None:
            parser.error(f"list takes no name: {subject}")
        if action != "list" and subject is None:
            parser.error(f"{action} what? Give {'a FILE' if action == 'import' else 'a NAME'}")
        setattr(namespace, self.dest, subject)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "import", "show", "remove"),
        default="list",
        help="list those there are (default), import a published checkpoint, show a card, remove imported ones",
    )
    parser.add_argument("subject", nargs="?", action=_Subject, metavar="FILE_OR_NAME", help="of import, show, remove")
    group = parser.add_argument_group("import")
    group.add_argument("--name", default="", help="what to call them (default: after the network)")
    group.add_argument("--family", choices=FAMILIES, default="", help="whose they are, where the file leaves that open")
    group.add_argument("--stride", type=int, choices=(4, 8), help="of a ResNet's features in pixels (default: 8)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Do what is asked for."""
    return {"list": _list, "import": _import, "show": _show, "remove": _remove}[args.action](args, console)


def _list(args: argparse.Namespace, console: Console) -> int:
    found, faults = all_weights()
    for fault in faults.values():
        console.note(str(fault))
    device = _device(args.device, console)
    lines = [
        f"{info.name:<28} {size_text(info):<32} {_whence(info):<9} {info.title}; for {best_for(info)}" for info in found
    ]
    if not lines:
        lines.append("There are no weights. Bring published ones in with `weights import FILE`.")
    if device is not None:
        lines.append(f"Engines that match features run on {device}; {DEFAULT_WEIGHTS} is the default.")
    facts = {
        "weights": [facts_of(info) for info in found],
        "unusable": {name: str(fault) for name, fault in faults.items()},
        "default": DEFAULT_WEIGHTS,
        "device": device,
    }
    console.result(facts, "\n".join(lines))
    return 0


def _device(name: str, console: Console) -> str | None:
    """Return where networks would run, or None, with a note, where they cannot."""
    try:
        with torch_told():
            return str(pick_device(name))
    except UserError as error:
        console.note(str(error))
        return None


def _import(args: argparse.Namespace, console: Console) -> int:
    imported = import_weights(Path(args.subject).expanduser(), args.name, args.family, args.stride)
    info = imported.info
    if imported.left_out:
        parts = ", ".join(f"{part} ({count})" for part, count in sorted(imported.left_out.items()))
        console.note(f"Left out, because matching does not need them: {parts}.")
    if note := info.about.get("notes"):
        console.note(note)
    console.result(
        {**facts_of(info), "left_out": imported.left_out},
        f"{info.title} is in as {info.name}, {size_text(info)}: use it with --weights {info.name}.",
    )
    return 0


def _show(args: argparse.Namespace, console: Console) -> int:
    info = chosen_weights(args.subject)
    card = weights_card(info)
    console.result({**facts_of(info), "card": card}, card.rstrip())
    return 0


def _remove(args: argparse.Namespace, console: Console) -> int:
    if args.subject.endswith(".safetensors"):
        raise UserError(f"{args.subject} is a file", "give the name under which `weights list` has it")
    file = remove_weights(args.subject)
    console.result({"removed": args.subject, "file": str(file)}, f"{args.subject} is removed; it was {file}.")
    return 0


def facts_of(info: WeightsInfo) -> dict[str, Any]:
    """Return what is known of weights for a program."""
    return {
        "name": info.name,
        "title": info.title,
        "summary": info.summary,
        "best_for": best_for(info),
        "architecture": info.architecture,
        "options": info.options,
        "parameters": info.n_parameters,
        "bytes": info.n_bytes,
        "fingerprint": info.fingerprint,
        "shipped": info.is_shipped,
        "file": str(info.file),
    }


def _whence(info: WeightsInfo) -> str:
    return "shipped" if info.is_shipped else "imported"
