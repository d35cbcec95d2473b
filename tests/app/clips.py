"""Tiny clips for tests of verbs and formats: a square on a textured ground, moving by whole pixels."""

import numpy as np
from PIL import Image

from app.formats.mask_png import davis_palette, write_mask

WIDTH, HEIGHT, SIDE, STEP = 64, 48, 16, 2


def square(frame):
    """Return the truth of one frame, bool (H, W)."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    left = 6 + STEP * frame
    mask[14 : 14 + SIDE, left : left + SIDE] = True
    return mask


def picture(frame):
    """Return the picture of one frame, RGB uint8 (H, W, 3)."""
    rng = np.random.default_rng(0)
    ground = np.kron(rng.integers(40, 120, (HEIGHT // 4, WIDTH // 4, 3)), np.ones((4, 4, 1)))
    thing = np.kron(rng.integers(130, 255, (SIDE // 4, SIDE // 4, 3)), np.ones((4, 4, 1)))
    ground[square(frame)] = thing.reshape(-1, 3)
    return ground.astype(np.uint8)


def write_frames(folder, n_frames=6, first=0):
    """Write a clip as a folder of PNG frames, numbered from `first`, and return the folder."""
    folder.mkdir(parents=True)
    for frame in range(n_frames):
        Image.fromarray(picture(frame)).save(folder / f"{frame + first:05d}.png")
    return folder


def write_label(path, frame=0, value=1):
    """Write the truth of one frame as a palette PNG and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mask(path, (square(frame) * np.uint8(value)).astype(np.uint8), davis_palette())
    return path
