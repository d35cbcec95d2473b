"""The recipes of colorization by name. Asking what there is needs no torch; building one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engines.colour.sizes import SIZES
from engines.training.recipes import RecipeInfo

if TYPE_CHECKING:
    from engines.training.colorization import ColorizationRecipe

_SIZES = tuple(SIZES)
_WEIGHTS = {"joint": (1.0, 100.0, 1.0), "colour": (1.0, 0.0, 1.0), "semantic": (0.0, 100.0, 0.0)}
"""Lambda 1 to 3 of each; the thesis compares all three (figure 2.10)."""

COLOUR_RECIPES: dict[str, RecipeInfo] = {
    recipe.name: recipe
    for recipe in (
        RecipeInfo("joint", "colours and semantics together, 1 : 100 : 1: that of the shipped weights", _SIZES),
        RecipeInfo("colour", "colours alone, to see what semantics is worth", _SIZES),
        RecipeInfo("semantic", "semantics alone, to see what colours are worth", _SIZES),
    )
}
DEFAULT_COLOUR_RECIPE = "joint"


def build_colour_recipe(name: str, size: str | None = None, n_samples: int | None = None) -> ColorizationRecipe:
    """Return the recipe called `name` for a network of that size; None leaves what the recipe is meant for.

    Raises ValueError for what there is not.
    """
    if name not in COLOUR_RECIPES:
        raise ValueError(f"there is no recipe {name} for colorization; there are {', '.join(COLOUR_RECIPES)}")
    size = size or _SIZES[0]
    if size not in SIZES:
        raise ValueError(f"there is no network {size} for colorization; there are {', '.join(SIZES)}")
    from engines.training.colorization import ColorizationRecipe

    embedding, semantic, generator = _WEIGHTS[name]
    recipe = ColorizationRecipe(name, size, embedding=embedding, semantic=semantic, generator=generator)
    return replace(recipe, n_samples=n_samples or recipe.n_samples)
