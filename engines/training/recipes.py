"""The recipes by name. Asking what there is needs no torch; building one does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engines.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class RecipeInfo:
    """What a recipe is, and which encoders it can teach, the one it is meant for first."""

    name: str
    summary: str
    architectures: tuple[str, ...]


RECIPES: dict[str, RecipeInfo] = {
    recipe.name: recipe
    for recipe in (
        RecipeInfo(
            "walk",
            "known warps between crops, walks through time and back, colours put together: that of small",
            ("small", "large"),
        ),
        RecipeInfo(
            "walk-flow",
            "walk, and points of different frames that flow is sure of: that of large",
            ("large", "small"),
        ),
        RecipeInfo(
            "cycle",
            "the thesis's: a patch tracked back and forth by a weak localizer, at the scale that fits a processor",
            ("resnet18", "resnet50", "small", "large"),
        ),
        RecipeInfo(
            "cycle-240",
            "the thesis's at its own scale: frames of 240 px, 32 samples a step",
            ("resnet18", "resnet50", "small", "large"),
        ),
    )
}
DEFAULT_RECIPE = "walk"

_WALKS = {"walk": 0.0, "walk-flow": 1.0}
"""Those of `WalkRecipe`, with the weight of pairs from flow."""


def build_recipe(
    name: str, architecture: str | None = None, size_px: int | None = None, n_samples: int | None = None
) -> Recipe:
    """Return the recipe called `name` for an encoder; None leaves what the recipe is meant for.

    `size_px` is the side of the pictures that the network sees, `n_samples` how many moments there are in a step.
    Raises ValueError for what the recipe cannot do.
    """
    if name not in RECIPES:
        raise ValueError(f"there is no recipe {name}; there are {', '.join(RECIPES)}")
    able = RECIPES[name].architectures
    architecture = architecture or able[0]
    if architecture not in able:
        raise ValueError(f"the recipe {name} cannot teach the encoder {architecture}; it can {', '.join(able)}")
    if name in _WALKS:
        return _walk(name, architecture, size_px, n_samples)
    return _cycle(name, architecture, size_px, n_samples)


def _walk(name: str, architecture: str, size_px: int | None, n_samples: int | None) -> Recipe:
    from engines.training.walk import WalkRecipe

    recipe = WalkRecipe(name=name, architecture=architecture, flow=_WALKS[name])
    size = size_px or recipe.views.size_px
    if size % 8 or size < 32:
        raise ValueError(f"pictures of {size} px do not fit the recipe {name}: give a multiple of 8 from 32 up")
    views = replace(recipe.views, size_px=size)
    return replace(recipe, views=views, n_samples=n_samples or recipe.n_samples)


def _cycle(name: str, architecture: str, size_px: int | None, n_samples: int | None) -> Recipe:
    from engines.training.cycle import CycleRecipe, options_for, scaled_down

    own = CycleRecipe(architecture=architecture, options=options_for(architecture))
    recipe = scaled_down(architecture) if name == "cycle" else own
    size = size_px or recipe.frame_px
    if size % 24 or size < 96:
        raise ValueError(f"pictures of {size} px do not fit the recipe {name}: give a multiple of 24 from 96 up")
    return replace(recipe, frame_px=size, n_samples=n_samples or recipe.n_samples)
