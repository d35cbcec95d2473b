"""`doctor`."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from itertools import groupby

from app.cli.console import Console
from app.tasks.doctor import Finding, examine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments: none of its own."""


def run(args: argparse.Namespace, console: Console) -> int:
    """Say what there is and what to do about what is missing; 0 where the verbs can work."""
    findings = list(examine())
    is_usable = not any(found.is_essential and found.remedy for found in findings)
    console.result({"usable": is_usable, "findings": [asdict(found) for found in findings]}, report(findings))
    return 0 if is_usable else 1


def report(findings: list[Finding]) -> str:
    """Return the findings for a person, by topic, and below them what to do."""
    lines = []
    for topic, group in groupby(findings, key=lambda found: found.topic):
        lines.append(topic)
        lines += [f"  {'!' if found.remedy else ' '} {found.name:<32} {found.state}" for found in group]
    remedies = list(dict.fromkeys(found.remedy for found in findings if found.remedy))
    lines += ["", "what to do", *(f"  {remedy}" for remedy in remedies)] if remedies else ["", "Nothing is missing."]
    return "\n".join(lines)
