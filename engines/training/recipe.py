"""What a recipe must say for the loop to train it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn

from engines.device import Compute


class Recipe(Protocol):
    """One way of teaching a network. Frozen: the same recipe, seed and pool give the same weights."""

    @property
    def name(self) -> str:
        """What the command line and the card call it."""

    @property
    def architecture(self) -> str:
        """Which network: for encoders a key of `encoder.ARCHITECTURES`."""

    @property
    def options(self) -> dict[str, int | str]:
        """What else the network is built by: for encoders options of `encoder.build_encoder`."""

    @property
    def learning_rate(self) -> float:
        """Of Adam, at its highest."""

    @property
    def betas(self) -> tuple[float, float]:
        """Of Adam."""

    @property
    def weight_decay(self) -> float:
        """Of AdamW; 0 is Adam."""

    @property
    def is_annealed(self) -> bool:
        """Whether the rate rises over the first twentieth of the steps and falls as a cosine, or stays the same."""

    @property
    def average(self) -> float:
        """Decay of the running average of the weights that is kept (Polyak); 0 keeps the last weights."""

    def network(self) -> nn.Module:
        """Return what is taught, untrained."""

    def assistants(self) -> nn.ModuleDict:
        """Return what is trained beside the network and thrown away afterwards."""

    def make_batch(self, pool: Any, rng: np.random.Generator) -> dict[str, Any]:
        """Return one step's input, numpy only, read by `losses`; `pool` is what it draws from. On another thread."""

    def losses(
        self,
        encoder: nn.Module,
        assistants: nn.ModuleDict,
        batch: dict[str, Any],
        compute: Compute,
        progress: float,
        seed: int,
    ) -> tuple[dict[str, Tensor], Tensor | None]:
        """Return the weighted terms of the loss and cells (N, C) of different pictures, for the watch on collapse.

        Cells are None where nothing can collapse. `progress` runs from 0 to 1 over the schedule; `seed` is the step's.
        """
