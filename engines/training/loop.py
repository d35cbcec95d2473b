"""The loop that trains any recipe: fed by another thread, resumable, the same for the same seed."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from engines.device import Compute
from engines.training.losses import spread
from engines.training.recipe import Recipe
from engines.whole_file import whole_file

_WARM_UP = 0.05
_CLIPPED_NORM = 10.0
_BATCHES_AHEAD = 3
_COLLAPSED = 0.95

STATE_FILE = "state.safetensors"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a training stands after a step.

    `spread` is the mean cosine of unlike cells, near 1 where they have collapsed; 0 where a recipe gives none.
    """

    number: int
    n_steps: int
    seconds: float
    losses: dict[str, float]
    spread: float


class Training:
    """A network being taught, `encoder`. One thread; nothing is written but by `save`."""

    def __init__(
        self,
        recipe: Recipe,
        pool: Any,
        n_steps: int,
        seed: int,
        compute: Compute,
        start: Mapping[str, Tensor] | None = None,
    ) -> None:
        """`start` is the state of a network to go on from, None one made by chance."""
        torch.manual_seed(seed)
        self.recipe = recipe
        self.n_steps = n_steps
        self.seed = seed
        self.number = 0
        self.seconds = 0.0
        self._pool = pool
        self._compute = compute
        self.encoder = recipe.network()
        if start is not None:
            self.encoder.load_state_dict(start)
        self._assistants = recipe.assistants()
        self._networks = nn.ModuleDict({"encoder": self.encoder, "assistants": self._assistants})
        self._networks.to(compute.device).train()
        self.encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average = {name: value.detach().clone() for name, value in self.encoder.state_dict().items()}
        self._optimizer = torch.optim.AdamW(
            self._networks.parameters(), recipe.learning_rate, recipe.betas, weight_decay=recipe.weight_decay
        )

    def run(self, until: int | None = None) -> Iterator[Step]:
        """Train up to step `until`, or to the end, and yield after every step.

        Raises ArithmeticError where the loss is no number any more or the features have collapsed.
        """
        last = self.n_steps if until is None else min(until, self.n_steps)
        with ThreadPoolExecutor(1, "batches") as thread:
            ahead = {
                number: thread.submit(self._batch, number)
                for number in range(self.number, min(self.number + _BATCHES_AHEAD, last))
            }
            try:
                while self.number < last:
                    began = time.perf_counter()
                    batch = ahead.pop(self.number).result()
                    if self.number + _BATCHES_AHEAD < last:
                        ahead[self.number + _BATCHES_AHEAD] = thread.submit(self._batch, self.number + _BATCHES_AHEAD)
                    losses, likeness = self._step(batch)
                    self.number += 1
                    self.seconds += time.perf_counter() - began
                    yield Step(self.number, self.n_steps, self.seconds, losses, likeness)
            finally:
                thread.shutdown(cancel_futures=True)

    def weights(self) -> Any:
        """Return a network as the recipe's with the averaged weights, not in training, on the training's device."""
        encoder = self.recipe.network().to(self._compute.device)
        encoder.load_state_dict(self._average if self.recipe.average else self.encoder.state_dict())
        return encoder.eval()

    def save(self, folder: Path) -> None:
        """Write everything that `resume` needs into `folder`, completely or not at all."""
        about = self._about() | {"step": self.number, "seconds": self.seconds}
        with whole_file(folder / STATE_FILE) as part:  # `save_file` says of a full disk what is no OSError
            part.write_bytes(save(self._tensors(), {"training": json.dumps(about)}))

    def resume(self, folder: Path) -> None:
        """Go on from what was saved in `folder`.

        Raises ValueError where it is of another recipe, architecture, seed or length, or no checkpoint at all.
        """
        about = read_checkpoint(folder)
        for word, own in self._about().items():
            if about.get(word, own) != own:
                raise ValueError(f"the checkpoint in {folder} is of {word} {about[word]}, not {own}")
        saved = load_file(folder / STATE_FILE, device=str(self._compute.device))
        with torch.no_grad():  # into the tensors themselves: `_tensors` has copies where memory is channels last
            for name, tensor in self._followed().items():
                tensor.copy_(saved[name])
        self._restore_optimizer(saved)
        self.number, self.seconds = about["step"], about["seconds"]

    def _about(self) -> dict[str, Any]:
        """Return what a checkpoint must agree in to be of this training."""
        recipe = self.recipe
        same = {"recipe": recipe.name, "architecture": recipe.architecture, "seed": self.seed, "n_steps": self.n_steps}
        return same | {"constants": repr(recipe)}

    def _followed(self) -> dict[str, Tensor]:
        """Return the tensors of networks and average by name."""
        tensors = {f"networks.{name}": value for name, value in self._networks.state_dict().items()}
        return tensors | {f"average.{name}": value for name, value in self._average.items()}

    def _tensors(self) -> dict[str, Tensor]:
        """Return networks, average and Adam's moments by name, contiguous as the file wants them."""
        tensors = self._followed()
        for index, state in self._optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{name}": value for name, value in state.items()}
        return {name: value.contiguous() for name, value in tensors.items()}

    def _restore_optimizer(self, saved: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in saved.items():
            if name.startswith("adam."):
                _, index, word = name.split(".")
                state.setdefault(int(index), {})[word] = value
        self._optimizer.load_state_dict(self._optimizer.state_dict() | {"state": state})

    def _batch(self, number: int) -> dict[str, Any]:
        return self.recipe.make_batch(self._pool, np.random.default_rng((self.seed, number)))

    def _step(self, batch: dict[str, Any]) -> tuple[dict[str, float], float]:
        progress = self.number / self.n_steps
        for group in self._optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * (_schedule(progress) if self.recipe.is_annealed else 1)
        terms, cells = self.recipe.losses(
            self.encoder,
            self._assistants,
            batch,
            self._compute,
            progress,
            self.seed * 1_000_003 + self.number,
        )
        total = torch.stack(list(terms.values())).sum()
        likeness = 0.0 if cells is None else float(spread(cells))
        if not math.isfinite(float(total.detach())):
            raise ArithmeticError(f"the loss is no number any more at step {self.number}")
        if likeness > _COLLAPSED:
            raise ArithmeticError(f"all features have become alike (cosine {likeness:.2f}) at step {self.number}")
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self._networks.parameters(), _CLIPPED_NORM)
        self._optimizer.step()
        self._follow()
        return {name: float(term.detach()) for name, term in terms.items()}, likeness

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the present weights, faster in the beginning."""
        decay = min(self.recipe.average, (1 + self.number) / (10 + self.number))
        for name, value in self.encoder.state_dict().items():
            if value.is_floating_point():
                self._average[name].lerp_(value, 1 - decay)
            else:
                self._average[name].copy_(value)


def read_checkpoint(folder: Path) -> dict[str, Any]:
    """Return what a checkpoint says of its training: recipe, architecture, constants, seed, n_steps, step, seconds.

    Raises ValueError where there is none, or a damaged one.
    """
    try:
        with safe_open(folder / STATE_FILE, "pt") as file:
            about: dict[str, Any] = json.loads(file.metadata()["training"])
    except FileNotFoundError as error:
        raise ValueError(f"there is no checkpoint in {folder}") from error
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the checkpoint in {folder} cannot be read") from error
    return about


def _schedule(progress: float) -> float:
    """Return the share of the highest rate: a rise over the first twentieth, then half a cosine."""
    return min(1.0, progress / _WARM_UP + 0.01) * (0.5 + 0.5 * math.cos(math.pi * progress))
