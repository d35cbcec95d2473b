"""The card of colourizing weights that were trained here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.tasks.training_card import curve_table, table
from engines.training.curve import Row, judged
from engines.weights import WeightsInfo

_SAID = {
    "val bits": "bits a dimension of chroma, by the generator",
    "val bits f": "bits a dimension of chroma, by the embedding alone",
    "val rmse": "RMSE of a and b, the embedding's expected colours",
    "val chroma": "mean chroma of these, as a share of the truth's",
    "val looks": "share of cells whose pseudo-class is told rightly",
    "val streets": "share of cells whose street class is told rightly",
    "val entropy": "cross-entropy of pseudo-classes in nats",
}


@dataclass(frozen=True, slots=True)
class ColourFacts:
    """All that a card tells. `floors` are the RMSE of answers that need no learning, by name."""

    weights: WeightsInfo
    command: Sequence[str]
    recipe: Mapping[str, Any]
    data: Sequence[Mapping[str, Any]]
    seconds: float
    rows: Sequence[Row]
    floors: Mapping[str, float]


def colour_card(facts: ColourFacts) -> str:
    """Return the card as Markdown."""
    info = facts.weights
    last = judged(facts.rows)[-1]
    parts = [
        f"# {info.title}",
        info.summary,
        f"Network `{info.architecture}`, {info.n_parameters:,} parameters, {info.n_bytes / 1e6:.1f} MB, fingerprint "
        f"`{info.fingerprint}`. {last['step']:.0f} steps in {facts.seconds / 60:.0f} minutes.",
        "## To make them again",
        f"```\npython main.py {shlex.join(facts.command)}\n```",
        "One thread gives the same weights again on the same processor; more threads, or others, almost the same.",
        "## Learnt from",
        table(("folder", "clips", "stills"), [[row["folder"], row["n_clips"], row["n_stills"]] for row in facts.data]),
        "Four frames of each clip. Pictures without colour were left out, and a twentieth, in blocks of neighbours by "
        "name, was kept for the validation: `held_out.txt` beside the curve names the files. Class maps of street "
        "scenes (`camvid-*`) in the folder beside, named with `_labels`, were read; no other label was.",
        "## Recipe",
        table(("constant", "value"), [[name, f"`{value}`"] for name, value in facts.recipe.items()]),
        "## Validation",
        "Middle squares of pictures that were not learnt from, at 32 × 32 cells.",
        table(("", "trained"), [[said, f"{last[name]:.3f}"] for name, said in _SAID.items() if name in last]),
        table(("RMSE of a and b without learning", ""), [[name, f"{rms:.3f}"] for name, rms in facts.floors.items()]),
        "## Curve",
        curve_table(facts.rows),
    ]
    return "\n\n".join(parts) + "\n"
