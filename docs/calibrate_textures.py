"""Measure what the confidence of a carried texture is worth, and fit the constants of `engines.texture.confidence`.

    python docs/calibrate_textures.py [SCENES]

Rendered scenes of seeds that nothing else uses; one object of each is carried from its first frame at draft quality. A
place is right where the vertices that the frame truly shows are off by less than 3 px in the mean; frames that show
none count as wrong. Prints the constants, and how often places of each confidence were right, each scene being told by
constants that were fitted to the others.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

# Scripts in docs/ are run from the root without being installed.
sys.path.insert(0, str(Path(__file__).parents[1]))

from engines.texture.confidence import chance_right, log_certain
from engines.texture.mesh import Texture, at_rest, mesh_over
from engines.texture.sweep import MeshSweep
from engines.training.scene import SceneFrames
from engines.training.synthetic import random_scene

FIRST_SEED = 700_000
N_FRAMES = 24
RIGHT_PX = 3.0
_RIM = np.ones((5, 5), np.uint8)


def main(n_scenes: int) -> None:
    """Carry an object through each scene and print what was found."""
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + n_scenes):
        rows = measured(seed)
        found.append(rows)
        print(
            f"scene {seed}: {len(rows)} frames, {rows[:, -1].mean():.2f} right" if len(rows) else f"scene {seed}: none"
        )
    found = [rows for rows in found if len(rows)]
    print("constants", np.round(fitted(np.concatenate(found)), 3).tolist())
    told = []
    for number, rows in enumerate(found):
        constants = fitted(np.concatenate([other for k, other in enumerate(found) if k != number]))
        told.append(np.column_stack([1 / (1 + np.exp(-rows[:, :-1] @ constants)), rows[:, -1]]))
    chances, right = np.concatenate(told).T
    for low in np.arange(0, 1, 0.2):
        inside = (chances >= low) & (chances < low + 0.2 + 1e-9)
        if inside.any():
            share = right[inside].mean()
            print(f"told {chances[inside].mean():.2f}: {inside.sum()} frames, {share:.2f} right")
    every = np.concatenate(found)
    present = np.mean([chance_right(float(np.exp(row[1])) - 0.01, float(row[2])) for row in every])
    print(f"the present constants tell {present:.3f} in the mean, {every[:, -1].mean():.3f} are right")


def measured(seed: int) -> NDArray[np.float64]:
    """Return for each frame of a scene that shows the object 1, the signs, and whether its place is right."""
    scene = random_scene(seed, n_frames=N_FRAMES)
    region = cv2.erode((scene.ids(0) == 1).astype(np.uint8), _RIM) > 0
    if np.count_nonzero(region) < 400:
        return np.zeros((0, 4))
    frames = SceneFrames(scene)
    picture = frames.image(0)
    paint = np.dstack([picture, region.astype(np.uint8) * np.uint8(255)])
    texture = Texture(0, paint, picture, mesh_over(region))
    at = np.rint(texture.mesh.vertices).astype(int)
    inside = (at >= 0).all(1) & (at < (scene.width, scene.height)).all(1)
    inner = np.zeros(len(at), bool)
    inner[inside] = region[at[inside, 1], at[inside, 0]]
    rows = []
    sweep = MeshSweep(frames, texture, region, "draft")
    sweep.start(at_rest(texture.mesh, 0))
    for frame in range(1, N_FRAMES):
        placement = sweep.advance(frame)
        certain, share = sweep.signs
        flow, _ = scene.flow_between(0, placement.frame)
        ids = scene.ids(placement.frame)
        start = texture.mesh.vertices[inner]
        true = start + cv2.remap(flow, start[:, None], None, cv2.INTER_LINEAR)[:, 0]
        columns, lines = np.rint(true).astype(int).T
        seen = (columns >= 0) & (lines >= 0) & (columns < scene.width) & (lines < scene.height)
        seen[seen] = ids[lines[seen], columns[seen]] == 1
        off = np.hypot(*(placement.vertices[inner] - true).T)
        right = seen.any() and off[seen].mean() < RIGHT_PX
        rows.append((1.0, log_certain(certain), share, float(right)))
    return np.array(rows)


def fitted(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the constants of a logistic model of the last column by those before it."""
    signs, right = rows[:, :-1], rows[:, -1]

    def loss(constants: NDArray[np.float64]) -> float:
        score = signs @ constants
        return float(np.mean(np.logaddexp(0, score) - right * score) + 1e-3 * np.sum(constants[1:] ** 2))

    return np.asarray(minimize(loss, np.zeros(signs.shape[1])).x)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
