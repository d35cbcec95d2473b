"""The recipes of the shipped encoders: known warps, walks through time and back, and colours put together.

Four teachers on the same views of three frames: (1) two crops of one frame, whose relation is known (dense
InfoNCE, after LIIR, DUL and CropMAE); (2) the same between crops of different frames, where flow is sure; (3) a walk
from a crop through later frames and back into *another* crop of the first, which must end where the warp says (after
the contrastive random walk; with one crop for both, position alone would close the loop); (4) colours of a frame put
together from an earlier one's (after MAST).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from engines.correspondence.architectures import build_encoder
from engines.correspondence.encoder import Encoder, picture_batch
from engines.device import Compute
from engines.training.flow_pairs import FlowPairs
from engines.training.frame_pool import FramePool
from engines.training.losses import (
    cells_of,
    equivariance_loss,
    places,
    reconstruction_loss,
    splat,
    transition,
    walk_loss,
)
from engines.training.views import ViewSettings, between, random_affine, render

HOME, HOME_AGAIN, OUT, OUT_AGAIN, FAR = range(5)
"""The views of one sample: two crops of the first frame, two of the second, one of the third."""

_FRAME_OF_VIEW = (0, 0, 1, 1, 2)
_PAIRS = ((HOME, HOME_AGAIN), (OUT, OUT_AGAIN))
_FLOWN = ((HOME, OUT), (HOME_AGAIN, FAR))
_WALKS = ((HOME, OUT, HOME_AGAIN), (HOME, OUT, FAR, OUT_AGAIN, HOME_AGAIN), (HOME, FAR, HOME_AGAIN))
"""A short cycle, a long one and one that skips, as in the thesis (section 2.2)."""

_COARSE, _FINE = 8, 4  # strides in pixels


@dataclass(frozen=True, slots=True)
class WalkRecipe:
    """See the module. `warps`, `flow`, `walk` and `colours` are the weights of the terms; 0 leaves one out.

    `fine` is that of both kinds of known pairs at the fine head, beside the coarse one's.
    """

    name: str = "walk"
    architecture: str = "small"
    options: dict[str, int | str] = field(default_factory=dict)
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 1e-4
    is_annealed: bool = True
    average: float = 0.999
    views: ViewSettings = field(default_factory=ViewSettings)
    n_samples: int = 8
    max_gap: int = 8
    still_share: float = 0.25
    n_anchors: int = 128
    n_strangers: int = 256
    edge_dropout: float = 0.1
    warps: float = 1.0
    flow: float = 0.0
    fine: float = 0.5
    walk: float = 0.5
    walk_from: float = 0.1
    """Share of the schedule after which walks begin: before, features are too poor to find any way."""
    colours: float = 1.0

    def network(self) -> Encoder:
        """Return the encoder that is taught."""
        return build_encoder(self.architecture, **self.options)

    def assistants(self) -> nn.ModuleDict:
        """Return nothing: the encoder learns alone."""
        return nn.ModuleDict()

    def make_batch(self, pool: FramePool, rng: np.random.Generator) -> dict[str, Any]:
        """Return `seen` and `true`, uint8 (samples * views, s, s, 3), and `affine` (samples, views, 2, 3).

        With them `flown` (samples, pairs, cells, 3), see `FlowPairs.places`, for cells of the fine head.
        """
        seen, true, affines, flown = [], [], [], []
        finder = FlowPairs()
        for _ in range(self.n_samples):
            frames = pool.sample(rng, 3, self.max_gap, self.still_share)
            centre = rng.uniform(0, 1, 2)
            for frame in _FRAME_OF_VIEW:
                height, width = frames[frame].shape[:2]
                affine = random_affine(rng, self.views, width, height, centre)
                pictures = render(rng, self.views, frames[frame], affine)
                seen.append(pictures[0])
                true.append(pictures[1])
                affines.append(affine)
            if self.flow:
                own = affines[-len(_FRAME_OF_VIEW) :]
                for source, target in _FLOWN:
                    flow = finder.flow(*(frames[_FRAME_OF_VIEW[view]] for view in (source, target)))
                    flown.append(finder.places(flow, own[source], own[target], self.views.size_px, _FINE))
        n_views = len(_FRAME_OF_VIEW)
        batch = {
            "seen": np.stack(seen),
            "true": np.stack(true),
            "affine": np.stack(affines).reshape(self.n_samples, n_views, 2, 3),
        }
        if self.flow:
            batch["flown"] = np.stack(flown).reshape(self.n_samples, len(_FLOWN), -1, 3)
        return batch

    def losses(
        self,
        encoder: nn.Module,
        assistants: nn.ModuleDict,
        batch: dict[str, Any],
        compute: Compute,
        progress: float,
        seed: int,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Return the weighted terms of the loss; see `Recipe.losses`."""
        generator = torch.Generator(compute.device).manual_seed(seed)
        with compute.autocast():
            features = encoder(picture_batch(batch["seen"], compute))
        coarse, fine = (
            cells_of(one).unflatten(0, (self.n_samples, len(_FRAME_OF_VIEW)))
            for one in (features.coarse, features.fine)
        )
        terms: dict[str, Tensor] = {}
        if self.warps:
            terms["warps"] = self.warps * self._warps(coarse, batch["affine"], _COARSE, generator)
        if self.fine:
            terms["fine"] = self.fine * self._warps(fine, batch["affine"], _FINE, generator)
        if self.flow:
            terms["flow"] = self.flow * self._flown(coarse, batch["flown"], _COARSE, generator)
            if self.fine:
                terms["fine flow"] = self.flow * self.fine * self._flown(fine, batch["flown"], _FINE, generator)
        if self.walk and progress >= self.walk_from:
            terms["walk"] = self.walk * self._walks(coarse, batch["affine"], generator)
        if self.colours:
            terms["colours"] = self.colours * self._colours(fine, batch["true"], generator)
        return terms, coarse.detach()[:, HOME, :: coarse.shape[2] // 7].reshape(-1, coarse.shape[-1])

    def _warps(self, cells: Tensor, affines: np.ndarray, stride: int, generator: torch.Generator) -> Tensor:
        """Return the mean of both pairs' equivariance losses on cells (samples, views, n * n, C)."""
        n = round(cells.shape[2] ** 0.5)
        losses = []
        for source, target in _PAIRS:
            place, inside = places(_between(affines, source, target, cells.device), n, stride)
            losses.append(self._matched(cells[:, source], cells[:, target], place, inside, generator))
        return torch.stack(losses).mean()

    def _flown(self, cells: Tensor, flown: np.ndarray, stride: int, generator: torch.Generator) -> Tensor:
        """Return the mean of the losses between frames, on cells (samples, views, n * n, C)."""
        n = round(cells.shape[2] ** 0.5)
        skip = stride // _FINE
        losses = []
        for number, (source, target) in enumerate(_FLOWN):
            known = torch.as_tensor(flown[:, number], device=cells.device).unflatten(1, (n * skip, n * skip))
            known = known[:, ::skip, ::skip].flatten(1, 2)
            place, is_sure = known[..., :2] / skip, known[..., 2] > 0
            losses.append(self._matched(cells[:, source], cells[:, target], place, is_sure, generator))
        return torch.stack(losses).mean()

    def _matched(
        self, queries: Tensor, keys: Tensor, place: Tensor, is_known: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return the loss of cells drawn among `queries` (samples, n * n, C) whose `place` on the keys is known."""
        n = round(keys.shape[1] ** 0.5)
        chosen = _draw(is_known, self.n_anchors, generator)
        drawn = queries.gather(1, chosen[..., None].expand(-1, -1, queries.shape[-1]))
        to = splat(place.gather(1, chosen[..., None].expand(-1, -1, 2)), n)
        to = to * is_known.gather(1, chosen)[..., None]  # a sample without any known place teaches nothing
        # Cells of the next sample's crops: another clip, so never the same surface.
        others = keys.roll(1, 0).flatten(0, 1)
        picked = torch.randperm(len(others), generator=generator, device=keys.device)[: self.n_strangers]
        return equivariance_loss(drawn, keys, to, others[picked])

    def _walks(self, cells: Tensor, affines: np.ndarray, generator: torch.Generator) -> Tensor:
        n = round(cells.shape[2] ** 0.5)
        place, inside = places(_between(affines, HOME, HOME_AGAIN, cells.device), n, _COARSE)
        chosen = _draw(inside, self.n_anchors, generator)
        to = splat(place.gather(1, chosen[..., None].expand(-1, -1, 2)), n)
        start = cells[:, HOME].gather(1, chosen[..., None].expand(-1, -1, cells.shape[-1]))
        losses = []
        for stops in _WALKS:
            steps = [transition(start, cells[:, stops[1]], self.edge_dropout, generator)]
            for here, there in pairwise(stops[1:]):
                steps.append(transition(cells[:, here], cells[:, there], self.edge_dropout, generator))
            losses.append(walk_loss(steps, to))
        return torch.stack(losses).mean()

    def _colours(self, cells: Tensor, true: np.ndarray, generator: torch.Generator) -> Tensor:
        lab = torch.as_tensor(_lab_of_cells(true, _FINE), device=cells.device).unflatten(0, cells.shape[:2])
        chosen = torch.randint(
            cells.shape[2], (self.n_samples, self.n_anchors), generator=generator, device=cells.device
        )
        queries = cells[:, OUT].gather(1, chosen[..., None].expand(-1, -1, cells.shape[-1]))
        colours = lab[:, OUT].gather(1, chosen[..., None].expand(-1, -1, 3))
        return reconstruction_loss(queries, cells[:, HOME], colours, lab[:, HOME])


def _between(affines: np.ndarray, source: int, target: int, device: torch.device) -> Tensor:
    """Return the maps from one view to another of every sample, float32 (samples, 2, 3)."""
    maps = [between(views[source], views[target]) for views in affines]
    return torch.as_tensor(np.stack(maps), dtype=torch.float32, device=device)


def _draw(allowed: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Return indices (B, n) of cells drawn among those `allowed`, bool (B, cells), with return where they are few."""
    weight = allowed.float() + 1e-6
    return torch.multinomial(weight, n, replacement=True, generator=generator)


def _lab_of_cells(images: np.ndarray, stride: int) -> np.ndarray:
    """Return the Lab colours at the cells of pictures (B, s, s, 3), float32 (B, cells, 3), each about in [-1, 1]."""
    small = [cv2.cvtColor(cv2.blur(image, (3, 3))[::stride, ::stride], cv2.COLOR_RGB2LAB) for image in images]
    lab = np.stack(small).reshape(len(images), -1, 3).astype(np.float32)
    return (lab - 128) / np.array([64, 32, 32], np.float32)
