"""Paths of many files as a person reads them: series folded to their first and last."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import PurePosixPath

_FOLDED_FROM = 4
"""Files of one series, of which fewer are listed one by one."""


def folded(files: Iterable[str]) -> list[str]:
    """Return the lines of a tree: folders before what is in them, indented; files sorted, series on one line."""
    lines: list[str] = []
    shown: set[str] = set()
    ordered = sorted(files, key=lambda name: (PurePosixPath(name).parent.parts, name))
    for folder, inside in groupby(ordered, key=lambda name: PurePosixPath(name).parent):
        for depth, part in enumerate(folder.parts, 1):
            path = "/".join(folder.parts[:depth])
            if path not in shown:
                shown.add(path)
                lines.append(f"{'  ' * (depth - 1)}{part}/")
        indent = "  " * len(folder.parts)
        lines += (f"{indent}{line}" for line in _series(PurePosixPath(name) for name in inside))
    return lines


def _series(paths: Iterable[PurePosixPath]) -> Iterable[str]:
    """Yield names, those that differ only in their number as one line."""
    for (is_numbered, suffix), group in groupby(paths, key=lambda path: (path.stem[-3:].isdecimal(), path.suffix)):
        names = [path.name for path in group]
        if is_numbered and suffix and len(names) >= _FOLDED_FROM:
            yield f"{names[0]} … {names[-1]}  ({len(names):,} files)"
        else:
            yield from names
