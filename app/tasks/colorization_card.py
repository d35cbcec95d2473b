"""The card of colourizing weights that were trained here."""

from __future__ import annotations

from collections.abc import Mapping

from app.tasks.markdown import markdown_table
from app.tasks.training_card import TrainingFacts, opening, recipe_and_curve
from engines.training.curve import judged

_SAID = {
    "val bits": "bits a dimension of chroma, by the generator",
    "val bits f": "bits a dimension of chroma, by the embedding alone",
    "val rmse": "RMSE of a and b, the embedding's expected colours",
    "val chroma": "mean chroma of these, as a share of the truth's",
    "val looks": "share of cells whose pseudo-class is told rightly",
    "val streets": "share of cells whose street class is told rightly",
    "val entropy": "cross-entropy of pseudo-classes in nats",
}


def colour_card(facts: TrainingFacts, floors: Mapping[str, float]) -> str:
    """Return the card as Markdown. `floors` are the RMSE of answers that need no learning, by name."""
    last = judged(facts.rows)[-1]
    parts = [
        *opening(facts, f"Network `{facts.weights.architecture}`"),
        markdown_table(
            ("folder", "clips", "stills"), [[row["folder"], row["n_clips"], row["n_stills"]] for row in facts.data]
        ),
        "Four frames of each clip. Pictures without colour were left out, and a twentieth, in blocks of neighbours by "
        "name, was kept for the validation: `held_out.txt` beside the curve names the files. Class maps of street "
        "scenes (`camvid-*`) in the folder beside, named with `_labels`, were read; no other label was.",
        *recipe_and_curve(
            facts,
            "## Validation",
            "Middle squares of pictures that were not learnt from, at 32 × 32 cells.",
            markdown_table(
                ("", "trained"), [[said, f"{last[name]:.3f}"] for name, said in _SAID.items() if name in last]
            ),
            markdown_table(
                ("RMSE of a and b without learning", ""), [[name, f"{rms:.3f}"] for name, rms in floors.items()]
            ),
        ),
    ]
    return "\n\n".join(parts) + "\n"
