"""Make the constants of `engines.propagation.doubt` anew, from rendered scenes whose truth is exact.

    python docs/calibrate_doubt.py --pictures ../shared/data/images --scenes 10

The scenes are those of `calibrate_confidence.py`; every other one has an anchor on its last frame too. Labels of the
learned engine, of flow and of copying count alike, so that the constants are none of theirs alone. Some pixels of every
label are kept in `--rows`, a file a scene, and a scene that is there is not carried again, so delete the folder after
an engine has changed. No clip with a truth of its own is looked at.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from calibrate_confidence import LEAST_AREA, N_FRAMES, Puppets, puppets  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from scipy.optimize import minimize  # noqa: E402

from app.tasks.engine_loader import EngineLoader  # noqa: E402
from engines.labels.doubt import DoubtMap  # noqa: E402
from engines.labels.rle import RleMask  # noqa: E402
from engines.metrics.calibration import expected_calibration_error, rank_area  # noqa: E402
from engines.propagation import carry as carrying  # noqa: E402
from engines.propagation.doubt import inputs, signs_of  # noqa: E402
from engines.propagation.fusion import CroppedLabel  # noqa: E402
from engines.propagation.schedule import stretches_of  # noqa: E402
from engines.propagation.types import MaskAnchor, MaskEngine  # noqa: E402

ENGINES = ("learned", "flow", "copy")
PIXELS = 300
"""Of each label."""
N_FOLDS = 4
RIDGE = 1e-4


def observed(engine: MaskEngine, clip: Puppets, has_last: bool) -> NDArray[np.float32]:
    """Carry the objects of `clip`; return for some pixels of each label the inputs, whether inside, how wrong."""
    ids = [i for i in range(1, len(clip.parts) + 1) if np.count_nonzero(clip.truth(i, 0)) > LEAST_AREA]
    places = (0, N_FRAMES - 1) if has_last else (0,)
    anchors = [MaskAnchor(i, frame, RleMask.encode(clip.truth(i, frame))) for i in ids for frame in places]
    stretches = [stretch for i in ids for stretch in stretches_of(i, places, N_FRAMES, "both")]
    chance = np.random.default_rng(clip.seed)
    labels: list[CroppedLabel] = []
    rows: list[NDArray[np.float32]] = []

    def noting(label: CroppedLabel, width: int, height: int) -> DoubtMap | None:
        labels.append(label)
        return None

    with mock.patch.object(carrying, "doubt_of", noting):
        for result in carrying.carry(engine, clip, anchors, stretches, "both"):  # type: ignore[arg-type]
            signs = signs_of(labels.pop(), clip.width, clip.height)
            if signs is None:
                continue
            left, top, right, bottom = signs.box
            differs = (clip.truth(result.object_id, result.frame) != result.mask.decode())[top:bottom, left:right]
            shape = signs.margin.shape[::-1]
            wrong = cv2.resize(differs.astype(np.float32), shape, interpolation=cv2.INTER_AREA)
            taken = chance.choice(wrong.size, min(PIXELS, wrong.size), replace=False)
            planes = np.stack([*inputs(signs), signs.inside, wrong]).astype(np.float32)
            rows.append(planes.reshape(len(planes), -1).T[taken])
    return np.concatenate(rows)


def fitted(x: NDArray[np.float64], wrong: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of the inputs that give the least cross entropy."""

    def loss(beta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        p = np.clip(1 / (1 + np.exp(-x @ beta)), 1e-7, 1 - 1e-7)
        entropy = -weights @ (wrong * np.log(p) + (1 - wrong) * np.log(1 - p)) / weights.sum()
        slope = x.T @ (weights * (p - wrong)) / weights.sum() + np.concatenate([[0], 2 * RIDGE * beta[1:]])
        return float(entropy + RIDGE * beta[1:] @ beta[1:]), slope

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return np.asarray(found)


def chances(
    rows: NDArray[np.float64], learn_from: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Return the chance of every row by a model made of some of them, and its weights, outside and inside."""
    p, betas = np.zeros(len(rows)), []
    for is_inside in (False, True):
        side = (rows[:, -2] > 0.5) == is_inside
        own = side & learn_from
        betas.append(fitted(rows[own, :-2], rows[own, -1], weights[own]))
        p[side] = 1 / (1 + np.exp(-rows[side, :-2] @ betas[-1]))
    return p, betas


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry what is missing, fit, and say how good it is on scenes that were left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder to cut layers from (default: those of scikit-image)")
    parser.add_argument("--scenes", type=int, default=10)
    parser.add_argument("--rows", type=Path, default=ROOT / "out" / "doubt")
    args = parser.parse_args(arguments)
    pictures = sorted(args.pictures.glob("*.jpg")) if args.pictures else []
    args.rows.mkdir(parents=True, exist_ok=True)
    engines = EngineLoader()
    kept: list[tuple[int, int, NDArray[np.float32]]] = []  # scene, engine, rows
    for seed in range(args.scenes):
        for number, name in enumerate(ENGINES):
            file = args.rows / f"{seed:03d}-{name}.npy"
            if not file.exists():
                np.save(file, observed(engines.load(name), puppets(seed, pictures), seed % 2 == 1))
                print(file.name, flush=True)
            kept.append((seed, number, np.load(file)))
    scenes, which = (np.concatenate([np.full(len(found[2]), found[place]) for found in kept]) for place in (0, 1))
    rows = np.concatenate([found[2] for found in kept]).astype(np.float64)
    weights = (1 / np.bincount(which))[which] * len(rows) / len(ENGINES)
    predicted = np.zeros(len(rows))
    for fold in range(N_FOLDS):
        left_out = scenes % N_FOLDS == fold
        predicted[left_out] = chances(rows, ~left_out, weights)[0][left_out]
    for number, name in enumerate(ENGINES):
        p, wrong = predicted[which == number], rows[which == number, -1]
        told = f"area {rank_area(p, wrong):.3f}, calibration error {expected_calibration_error(p, wrong):.3f}"
        print(f"{name}: {len(p)} pixels of scenes left out, {wrong.mean():.3f} of them wrong, {told}")
    _, betas = chances(rows, np.ones(len(rows), bool), weights)
    print("WEIGHTS =", [[round(float(weight), 3) for weight in beta] for beta in betas])
    return 0


if __name__ == "__main__":
    sys.exit(main())
