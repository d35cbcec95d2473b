"""Make the constants of `engines.propagation.learned_confidence` anew, from rendered scenes whose truth is exact.

    python docs/calibrate_confidence.py --pictures ../shared/data/images --scenes 24

Each scene has two objects of up to three parts that swing about one another, cut from the same few pictures as the
backdrop and as things that pass in front, so that colours mislead and parts are covered. Every other scene has an
anchor on its last frame too. What the engine's signs were is kept in `--rows`, one line a label; a scene that is in it
is not carried again, so delete it after the engine has changed. No clip with a truth of its own is looked at.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from scipy.optimize import minimize  # noqa: E402

from app.tasks.engine_loader import EngineLoader  # noqa: E402
from engines.labels.presence import Presence  # noqa: E402
from engines.labels.rle import RleMask  # noqa: E402
from engines.metrics.calibration import expected_calibration_error, rank_correlation  # noqa: E402
from engines.metrics.davis import region_similarity  # noqa: E402
from engines.propagation import learned_confidence  # noqa: E402
from engines.propagation.carry import carry  # noqa: E402
from engines.propagation.learned_confidence import LearnedSigns  # noqa: E402
from engines.propagation.schedule import stretches_of  # noqa: E402
from engines.propagation.types import MaskAnchor, MaskEngine  # noqa: E402
from engines.training.pictures import default_pictures  # noqa: E402
from engines.training.scene import Layer, Scene  # noqa: E402
from engines.training.synthetic import drift, random_scene  # noqa: E402

WIDTH, HEIGHT, N_FRAMES = 448, 256, 30
LEAST_AREA = 300
"""Pixels that an object must show on the first frame."""
N_FOLDS = 6
RIDGE = 1e-3
DIRECTIONS = {"crispness": 1, "colours": 1, "way": 1, "wavering": -1}
"""Which way each sign may speak: a constant of the other sign would be an accident of the scenes."""


@dataclass(frozen=True)
class Puppets:
    """A scene of which every `stride`-th frame is taken, and the layers that each object consists of."""

    seed: int
    scene: Scene
    parts: tuple[tuple[int, ...], ...]
    stride: int

    @property
    def width(self) -> int:
        """Return the width of its pictures."""
        return self.scene.width

    @property
    def height(self) -> int:
        """Return the height of its pictures."""
        return self.scene.height

    @property
    def fingerprint(self) -> str:
        """Return what the scene's features are kept by."""
        return f"puppets {self.seed} {self.stride} {self.parts}"

    def __len__(self) -> int:
        return N_FRAMES

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return a picture, as a clip does."""
        return self.scene.render(frame * self.stride).image

    def truth(self, object_id: int, frame: int) -> NDArray[np.bool_]:
        """Return what is seen of an object, counted from 1."""
        return np.isin(self.scene.ids(frame * self.stride), self.parts[object_id - 1])


def puppets(seed: int, pictures: Sequence[Path]) -> Puppets:
    """Return the scene of `seed`: the same every time."""
    rng = np.random.default_rng(seed)
    stride = int(rng.choice([1, 2, 3]))
    chosen = rng.choice(len(pictures), int(rng.integers(2, 5)), replace=False) if pictures else []
    images = [cv2.cvtColor(cv2.imread(str(pictures[i])), cv2.COLOR_BGR2RGB) for i in chosen] or default_pictures()
    n_layers = int(rng.integers(3, 7))
    scene = random_scene(int(rng.integers(1 << 30)), WIDTH, HEIGHT, N_FRAMES * stride, images, n_layers)
    layers, left = list(scene.layers), list(range(1, n_layers + 1))
    rng.shuffle(left)
    parts = []
    while left and len(parts) < 2:
        own = [left.pop() for _ in range(min(len(left), int(rng.integers(1, 4))))]
        for number in own[1:]:
            layers[number] = _hung_on(rng, layers[number], layers[own[0]])
        parts.append(tuple(own))
    return Puppets(seed, replace(scene, layers=tuple(layers)), tuple(parts), stride)


def _hung_on(rng: np.random.Generator, layer: Layer, body: Layer) -> Layer:
    """Return `layer` moved so that it swings about the middle of `body`."""
    middle = _middle(body)
    angle = rng.uniform(0, 2 * np.pi) + rng.uniform(0.2, 1.5) * drift(rng, len(middle))
    reach_px = 0.5 * max(body.matte.shape) * rng.uniform(0.5, 1.1)
    wanted = middle + reach_px * np.column_stack([np.cos(angle), np.sin(angle)])
    affine = layer.motion.affine.copy()
    affine[:, :, 2] += wanted - _middle(layer)
    return replace(layer, motion=replace(layer.motion, affine=affine))


def _middle(layer: Layer) -> NDArray[np.float64]:
    """Return where the middle of a layer's picture lies on every frame, (n, 2)."""
    height, width = layer.matte.shape
    middle = np.array([[(width - 1) / 2, (height - 1) / 2]])
    return np.concatenate([layer.motion.forward(frame, middle) for frame in range(layer.motion.n_frames)])


def observed(engine: MaskEngine, clip: Puppets, has_last: bool) -> Iterator[dict[str, float]]:
    """Carry the objects of `clip`, and yield the signs of each label as one side carried it, with its true IoU."""
    ids = [i for i in range(1, len(clip.parts) + 1) if np.count_nonzero(clip.truth(i, 0)) > LEAST_AREA]
    places = (0, N_FRAMES - 1) if has_last else (0,)
    anchors = [MaskAnchor(i, frame, RleMask.encode(clip.truth(i, frame))) for i in ids for frame in places]
    seen: list[LearnedSigns] = []

    def noting(signs: LearnedSigns) -> float:
        seen.append(signs)
        return 0.5

    for direction in ("forward", "backward") if has_last else ("forward",):
        stretches = [stretch for i in ids for stretch in stretches_of(i, places, N_FRAMES, direction)]
        with mock.patch.object(learned_confidence, "expected_iou", noting):
            for result in carry(engine, clip, anchors, stretches, direction):  # type: ignore[arg-type]
                if result.presence is Presence.VISIBLE:  # else no confidence was asked for
                    truth = clip.truth(result.object_id, result.frame)
                    iou = region_similarity(truth, result.mask.decode())
                    yield {"object": result.object_id, "iou": iou, **asdict(seen.pop(0))}


def fitted(signs: NDArray[np.float64], truth: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the constant and the weight of each sign that give the least cross entropy; see `DIRECTIONS`."""
    mean, spread = signs.mean(0), signs.std(0) + 1e-9
    scaled = np.column_stack([np.ones(len(signs)), (signs - mean) / spread])

    def loss(beta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        p = np.clip(1 / (1 + np.exp(-scaled @ beta)), 1e-6, 1 - 1e-6)
        entropy = -weights @ (truth * np.log(p) + (1 - truth) * np.log(1 - p)) / weights.sum()
        slope = scaled.T @ (weights * (p - truth)) / weights.sum()
        ridge = np.concatenate([[0], 2 * RIDGE * beta[1:]])
        return float(entropy + RIDGE * beta[1:] @ beta[1:]), slope + ridge

    bounds = [(None, None), *((0, None) if way > 0 else (None, 0) for way in DIRECTIONS.values())]
    beta = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.concatenate([[beta[0] - (beta[1:] * mean / spread).sum()], beta[1:] / spread])


def inputs(rows: Sequence[dict[str, float]]) -> NDArray[np.float64]:
    """Return the signs (n, 4) as the formula takes them."""
    signs = np.array([astuple(LearnedSigns(**{name: row[name] for name in DIRECTIONS})) for row in rows])
    crisp = np.clip(signs[:, 0], learned_confidence._BOUND, 1 - learned_confidence._BOUND)
    signs[:, 0] = np.log(crisp / (1 - crisp))
    return signs


def main() -> int:
    """Carry what is missing, fit, and say how good it is on scenes that were left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder to cut layers from (default: those of scikit-image)")
    parser.add_argument("--scenes", type=int, default=24)
    parser.add_argument("--weights", default="", help="(default: the shipped ones)")
    parser.add_argument("--rows", type=Path, default=ROOT / "out" / "confidence.jsonl")
    args = parser.parse_args()
    pictures = sorted(args.pictures.glob("*.jpg")) if args.pictures else []
    args.rows.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in args.rows.read_text().splitlines()] if args.rows.exists() else []
    engine = EngineLoader().load("learned", args.weights)
    for seed in sorted(set(range(args.scenes)) - {row["scene"] for row in rows}):
        found = [{"scene": seed, **row} for row in observed(engine, puppets(seed, pictures), seed % 2 == 1)]
        with args.rows.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in found)
        rows += found
        print(f"scene {seed}: {len(found)} labels", flush=True)
    signs, truth = inputs(rows), np.array([row["iou"] for row in rows])
    scenes = np.array([row["scene"] for row in rows])
    _, thing, n_of = np.unique(
        [f"{row['scene']} {row['object']}" for row in rows], return_inverse=True, return_counts=True
    )
    weights = 1 / np.sqrt(n_of[thing])  # labels of one object are much alike
    predicted = np.zeros(len(rows))
    for fold in range(N_FOLDS):
        left_out = scenes % N_FOLDS == fold
        beta = fitted(signs[~left_out], truth[~left_out], weights[~left_out])
        predicted[left_out] = 1 / (1 + np.exp(-beta[0] - signs[left_out] @ beta[1:]))
    error = float(np.abs(predicted - truth).mean())
    print(f"{len(rows)} labels of {len(n_of)} objects, mean IoU {truth.mean():.3f}. On scenes left out:")
    print(f"mean error {error:.3f}, Spearman {rank_correlation(predicted, truth):.3f}", end=", ")
    print(f"calibration error {expected_calibration_error(predicted, truth):.3f}")
    names = ("_CONSTANT", *(f"_PER_{sign.upper()}" for sign in DIRECTIONS))
    for name, value in zip(names, fitted(signs, truth, weights), strict=True):
        print(f"{name} = {value:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
