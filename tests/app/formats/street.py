"""A small scene for the consumers' own readers: a car with a hole under a person, and void."""

import numpy as np

from app.formats.interface import LabelSource
from app.project.model import Kind, Label, Object, Provenance
from engines.labels.rle import RleMask
from tests.app.formats import material

WIDTH, HEIGHT, N_FRAMES = 32, 24, 4


def thing(frame):
    """Return a ring with a hole and, apart from it, a square: bool (H, W)."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[3:15, 4 + frame : 16 + frame] = True
    mask[6:10, 8 + frame : 12 + frame] = False
    mask[18:22, 25:30] = True
    return mask


def other(frame):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:20, 2 : 9 + frame] = True
    return mask


def street():
    """A car under a person, who is not labelled on frame 1, and void on frame 2."""
    clip = material.bare_clip(WIDTH, HEIGHT, N_FRAMES)
    objects = (
        Object(2, "großes Auto", (1, 2, 3), "car"),
        Object(7, "Ana", (4, 5, 6), "pedestrian"),
        Object(9, "Void", (9, 9, 9), kind=Kind.VOID),
    )
    stored, labels = [], {frame: {} for frame in range(N_FRAMES)}
    for frame in range(N_FRAMES):
        masks = {2: thing(frame)}
        if frame != 1:
            masks[7] = other(frame)
        if frame == 2:
            masks[9] = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) < 2 * WIDTH
        for object_id, mask in masks.items():
            stored.append(RleMask.encode(mask))
            is_derived = frame == 3 and object_id == 2
            provenance = Provenance.DERIVED if is_derived else Provenance.ANCHOR
            labels[frame][object_id] = Label(provenance, len(stored), confidence=0.25 if is_derived else 1.0)
    return LabelSource(clip, objects, labels, lambda mask_id: stored[mask_id - 1], {}.__getitem__)
