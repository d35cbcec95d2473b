"""What the cards of weights that were trained here have in common: how to make them again, recipe, curve."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.tasks.markdown import markdown_table
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


def opening(facts: TrainingFacts, network: str) -> list[str]:
    """Return what every card begins with, the `network` told in a few words."""
    info = facts.weights
    return [
        f"# {info.title}",
        info.summary,
        f"{network}, {info.n_parameters:,} parameters, {info.n_bytes / 1e6:.1f} MB, fingerprint `{info.fingerprint}`. "
        f"{facts.rows[-1]['step']:.0f} steps in {facts.seconds / 60:.0f} minutes.",
        "## To make them again",
        f"```\npython main.py {shlex.join(facts.command)}\n```",
        "One thread gives the same weights again on the same processor; more threads, or others, almost the same.",
        "## Learnt from",
    ]


def recipe_and_curve(facts: TrainingFacts, *judged_by: str) -> list[str]:
    """Return the recipe's constants, then what the validation says, then the curve."""
    return [
        "## Recipe",
        markdown_table(("constant", "value"), [[name, f"`{value}`"] for name, value in facts.recipe.items()]),
        *judged_by,
        "## Curve",
        curve_table(facts.rows),
    ]


def curve_table(rows: Sequence[Row]) -> str:
    """Return the rows that were judged, of many an even choice, the last one among them."""
    shown = judged(rows)
    shown = shown[:: -max(1, -(-len(shown) // _ROWS_SHOWN))][::-1]
    names = columns(shown)
    return markdown_table(names, [[_figure(name, row.get(name)) for name in names] for row in shown])


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if name in ("step", "seconds") else f"{value:.3f}"
