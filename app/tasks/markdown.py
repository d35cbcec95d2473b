"""Markdown tables, and how the figures in them are written."""

from __future__ import annotations

from collections.abc import Iterable


def markdown_table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a table without a newline at its end. A cell is what `str` makes of it."""
    names = list(head)
    lines: list[Iterable[object]] = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def figure(value: float | None, digits: int) -> str:
    """Return `value` with so many digits after the point, a dash where it is not known."""
    return "–" if value is None else f"{value:.{digits}f}"


def megabytes(n_bytes: int | None) -> str:
    """Return whole megabytes of 10⁶ bytes, a dash where they are not known."""
    return figure(None if n_bytes is None else n_bytes / 1e6, 0)
