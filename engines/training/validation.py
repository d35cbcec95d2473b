"""How well features match on rendered scenes, whose truth is exact: training is judged by this, not by scored clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engines.correspondence.encoder import Encoder, encode
from engines.device import Compute
from engines.training.synthetic import default_pictures, random_scene

GAPS = (1, 4, 16)
_WIDTH, _HEIGHT, _N_FRAMES = 384, 224, 18
_N_POINTS = 400
_NEAR_PX = 8.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `validate` found.

    `right` is the share of points, by gap in frames, whose best match over the whole other picture lies within
    8 px of the truth. `stays` is, among points that moved by more than 24 px, the share whose best match lies
    within 8 px of where the point *was*: features that have learnt position instead of looks score high here.
    """

    right: dict[int, float]
    stays: float

    @property
    def mean(self) -> float:
        """Mean of `right` over the gaps."""
        return float(np.mean(list(self.right.values())))

    @property
    def figures(self) -> dict[str, float]:
        """All of it, by the names of a curve's columns."""
        return {f"right {gap}": share for gap, share in self.right.items()} | {"mean": self.mean, "stays": self.stays}


class Validation:
    """Rendered pictures with truth, made once and the same always."""

    def __init__(self, n_scenes: int = 6, gaps: Sequence[int] = GAPS) -> None:
        self._gaps = tuple(gaps)
        self._scenes = []
        for seed in range(n_scenes):
            scene = random_scene(seed, _WIDTH, _HEIGHT, _N_FRAMES, default_pictures(), n_objects=3)
            rng = np.random.default_rng(seed)
            images = np.stack([scene.render(frame).image for frame in (0, *self._gaps)])
            truth = [_points(*scene.flow_between(0, gap), rng) for gap in self._gaps]
            self._scenes.append((images, truth))

    def judge(self, encoder: Encoder, compute: Compute) -> Verdict:
        """Return how well `encoder` matches."""
        hits: dict[int, list[NDArray[np.bool_]]] = {gap: [] for gap in self._gaps}
        stays = []
        for images, truth in self._scenes:
            features = encode(encoder, images, compute).coarse
            for number, (gap, (start, end)) in enumerate(zip(self._gaps, truth, strict=True), start=1):
                found = _best_match(encoder, features[0], features[number], start)
                hits[gap].append(np.linalg.norm(found - end, axis=1) < _NEAR_PX)
                moved = np.linalg.norm(end - start, axis=1) > 3 * _NEAR_PX
                stays.append(np.linalg.norm(found - start, axis=1)[moved] < _NEAR_PX)
        right = {gap: float(np.concatenate(each).mean()) for gap, each in hits.items()}
        return Verdict(right, float(np.concatenate(stays).mean()))


def _points(
    flow: NDArray[np.float32], valid: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where random points that stay visible lie in both pictures, x and y, (n, 2) each."""
    rows, cols = np.nonzero(valid)
    chosen = rng.choice(len(rows), min(_N_POINTS, len(rows)), replace=False)
    start = np.column_stack([cols[chosen], rows[chosen]]).astype(np.float64)
    return start, start + flow[rows[chosen], cols[chosen]]


def _best_match(
    encoder: Encoder, here: torch.Tensor, there: torch.Tensor, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the pixel (x, y) of the cell of features (C, h, w) `there` most like each point's own cell."""
    height, width = here.shape[1:]
    cells = np.rint((points - encoder.centre) / encoder.stride).astype(int)
    cols, rows = np.clip(cells[:, 0], 0, width - 1), np.clip(cells[:, 1], 0, height - 1)
    queries = here[:, torch.as_tensor(rows), torch.as_tensor(cols)]
    best = (queries.T @ there.flatten(1)).argmax(1).cpu().numpy()
    return np.column_stack([best % width, best // width]) * encoder.stride + encoder.centre
