"""Clips and engines for the tests: everything about them is known exactly."""

import numpy as np

from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import Carried, Cost, MaskAnchor

WIDTH, HEIGHT = 40, 30


class CountingClip:
    """A clip held in memory that remembers which frames were asked for, in order."""

    fingerprint = "counting"

    def __init__(self, images):
        self.images = images
        self.height, self.width = images[0].shape[:2]
        self.read = []

    @classmethod
    def blank(cls, n_frames):
        return cls([np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * n_frames)

    def __len__(self):
        return len(self.images)

    def image(self, frame):
        self.read.append(frame)
        return self.images[frame]


class ShiftEngine:
    """Moves every held mask right by one pixel a frame going forward, left going back: exact for such clips.

    Reads each frame that it moves to, and writes down what it is told.
    """

    def __init__(self, confidence=0.9):
        self.confidence = confidence
        self.told = []

    def cost(self, width, height, n_objects, n_frames, quality):
        return Cost(n_frames, float(n_frames * n_objects), width * height * n_objects)

    def begin(self, frames, anchors, quality, path):
        self.told.append(("begin",))
        return ShiftTracker(self, frames)


class ShiftTracker:
    def __init__(self, engine, frames):
        self.engine, self.frames, self.frame, self.held = engine, frames, None, {}

    def move_to(self, frame):
        self.frames.image(frame)
        self.engine.told.append(("move", frame))
        if self.frame is not None:
            assert abs(frame - self.frame) == 1
            for object_id, soft in self.held.items():
                shifted = np.zeros_like(soft)
                if frame > self.frame:
                    shifted[:, 1:] = soft[:, :-1]
                else:
                    shifted[:, :-1] = soft[:, 1:]
                self.held[object_id] = shifted
        self.frame = frame
        return {i: Carried(soft, self.engine.confidence, Presence.VISIBLE) for i, soft in self.held.items()}

    def hold(self, object_id, mask):
        assert mask.any()
        self.engine.told.append(("hold", object_id, self.frame))
        self.held[object_id] = mask.astype(np.float32)

    def release(self, object_id):
        self.held.pop(object_id, None)

    def close(self):
        self.held.clear()


def square(left, top=10, side=6):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top : top + side, max(left, 0) : max(left + side, 0)] = True
    return mask


def anchor(object_id, frame, mask):
    return MaskAnchor(object_id, frame, RleMask.encode(mask))


def nowhere(object_id, frame):
    return MaskAnchor(object_id, frame, RleMask.empty(WIDTH, HEIGHT))
