"""A finder of flow whose answers are known, and which a test can hold in the middle of its work."""

import threading

import numpy as np

from app.tasks.long_flow import FoundFlow
from engines.propagation.long_flow import LongFlow

STEP_PX = 2.0
"""Everything moves to the right by so much a frame."""


class PretendFinder:
    """Finds that all moved by `STEP_PX` a frame, and that the left half is seen. `asked` lists the pairs of frames."""

    def __init__(self, clip, weights=""):
        self.clip, self.weights = clip, weights
        self.asked = []
        self.threads = set()
        self.gate = threading.Event()
        self.gate.set()
        self.is_closed = False

    def find(self, frame, other):
        self.asked.append((frame, other))
        self.threads.add(threading.current_thread().name)
        yield 0.5
        while not self.gate.wait(0.01):
            yield 0.5
        height, width = self.clip.height // 2, self.clip.width // 2
        flow = np.zeros((height, width, 2), np.float32)
        flow[..., 0] = STEP_PX * (other - frame) / 2
        certainty = np.zeros((height, width), np.float32)
        certainty[:, : width // 2] = 1
        warped = np.full((self.clip.height, self.clip.width, 3), (250, 10, 10), np.uint8)
        colours = np.full((height, width, 3), (10, 250, 10), np.uint8)
        yield FoundFlow(LongFlow(frame, other, flow, certainty), warped, colours)

    def close(self):
        self.is_closed = True
