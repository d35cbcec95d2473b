"""The card of weights that were trained here: what they are, how to make them again, what was measured."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.training.curve import Row, columns, judged
from engines.weights import WeightsInfo

_ROWS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """All that a card tells. `rows` are a curve's, see `engines.training.curve`; `data` one entry a folder."""

    weights: WeightsInfo
    command: Sequence[str]
    recipe: Mapping[str, Any]
    data: Sequence[Mapping[str, Any]]
    seconds: float
    rows: Sequence[Row]


def card(facts: TrainingFacts) -> str:
    """Return the card as Markdown."""
    info = facts.weights
    parts = [
        f"# {info.title}",
        info.summary,
        f"Encoder `{info.architecture}`{_options(info.options)}, {info.n_parameters:,} parameters, "
        f"{info.n_bytes / 1e6:.1f} MB, fingerprint `{info.fingerprint}`. {_steps(facts)}",
        "## To make them again",
        f"```\npython main.py {shlex.join(facts.command)}\n```",
        "One thread gives the same weights again on the same processor; more threads, or others, almost the same.",
        "## Learnt from",
        table(("folder", "clips", "frames", "stills"), [list(folder.values()) for folder in facts.data]),
        "No label was read, and no folder inside these.",
        "## Recipe",
        table(("constant", "value"), [[name, f"`{value}`"] for name, value in facts.recipe.items()]),
        "## Validation",
        _validation(facts.rows),
        "## Weak points",
        _weak_points(facts),
        "## Curve",
        curve_table(facts.rows),
    ]
    return "\n\n".join(parts) + "\n"


def _options(options: Mapping[str, Any]) -> str:
    return f" ({', '.join(f'{name} {value}' for name, value in options.items())})" if options else ""


def _steps(facts: TrainingFacts) -> str:
    return f"{facts.rows[-1]['step']:.0f} steps in {facts.seconds / 60:.1f} minutes."


def _gaps(row: Row) -> list[str]:
    return [name.removeprefix("right ") for name in row if name.startswith("right ")]


def _later(gap: str) -> str:
    return f"{gap} {'frame' if gap == '1' else 'frames'} later"


def _validation(rows: Sequence[Row]) -> str:
    """Return before and after."""
    first, last = judged(rows)[0], judged(rows)[-1]
    lines = [[_later(gap), f"{first[f'right {gap}']:.3f}", f"{last[f'right {gap}']:.3f}"] for gap in _gaps(last)]
    lines.append(["mean", f"{first['mean']:.3f}", f"{last['mean']:.3f}"])
    return "\n\n".join(
        (
            "Share of points of rendered scenes with exact truth whose best match over the whole other picture lies "
            "within 8 px of it.",
            table(("", "untrained", "trained"), lines),
        )
    )


def _weak_points(facts: TrainingFacts) -> str:
    """Return what was measured to be weak."""
    last = judged(facts.rows)[-1]
    best = max(judged(facts.rows), key=lambda row: row["mean"])
    lines = [
        f"- {1 - last[f'right {gap}']:.0%} of the points are matched wrongly {_later(gap)}." for gap in _gaps(last)
    ]
    lines.append(
        f"- {last['stays']:.1%} of the points that moved far are matched where they were: "
        "features that know position instead of looks do that."
    )
    if best["mean"] > last["mean"]:
        lines.append(f"- The mean was higher at step {best['step']:.0f}: {best['mean']:.3f}, not {last['mean']:.3f}.")
    if str(facts.recipe.get("name", "")).startswith("cycle") and facts.weights.architecture in ("small", "large"):
        lines.append("- The fine head was not taught by this recipe and is random.")
    return "\n".join(lines)


def curve_table(rows: Sequence[Row]) -> str:
    """Return the rows that were judged, of many an even choice, the last one among them."""
    shown = judged(rows)
    shown = shown[:: -max(1, -(-len(shown) // _ROWS_SHOWN))][::-1]
    names = columns(shown)
    return table(names, [[_figure(name, row.get(name)) for name in names] for row in shown])


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if name in ("step", "seconds") else f"{value:.3f}"


def table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
