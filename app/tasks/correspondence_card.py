"""The card of an encoder that was trained here: what it is, how to make it again, what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.tasks.markdown import markdown_table
from app.tasks.training_card import TrainingFacts, opening, recipe_and_curve
from engines.training.curve import Row, judged


def card(facts: TrainingFacts) -> str:
    """Return the card as Markdown."""
    info = facts.weights
    parts = [
        *opening(facts, f"Encoder `{info.architecture}`{_options(info.options)}"),
        markdown_table(("folder", "clips", "frames", "stills"), [list(folder.values()) for folder in facts.data]),
        "No label was read, and no folder inside these.",
        *recipe_and_curve(facts, "## Validation", _validation(facts.rows), "## Weak points", _weak_points(facts)),
    ]
    return "\n\n".join(parts) + "\n"


def _options(options: Mapping[str, Any]) -> str:
    return f" ({', '.join(f'{name} {value}' for name, value in options.items())})" if options else ""


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
            markdown_table(("", "untrained", "trained"), lines),
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
